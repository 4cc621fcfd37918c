internal import CHDF5
import VectorCore

extension HDF5Dataset {
  /// Reads the first `limit` rows, by default all, of a dataset n × d as Float32.
  ///
  /// The matrix is the only large allocation. Blocks of plain numbers, with or without shuffle and gzip, are read and
  /// decoded without the library on up to eight cores. All other datasets are read through the library, one slab at a
  /// time.
  ///
  /// - Parameters:
  ///   - limit: the greatest number of rows to read.
  ///   - inspect: receives each run of floats right after it was read, while it is in the cache, and the position of
  ///     its first float in row-major order. Several threads call it at the same time.
  /// - Throws: `wrongShape` unless the dataset has two dimensions, `tooLarge`, `corrupt`, or HDF5's own error.
  /// - Complexity: O(n·d).
  public func readMatrix(
    rows limit: Int = .max, inspect: @Sendable (_ floats: Span<Float>, _ first: Int) -> Void = { _, _ in }
  ) throws(HDF5Error) -> Matrix {
    guard shape.count == 2 else {
      throw .wrongShape(path: place.path, name: name, shape: shape, expected: "rows × columns")
    }
    let rows = min(shape[0], limit)
    let columns = shape[1]
    _ = try checkedCount([rows, columns], elementSize: MemoryLayout<Float>.stride)
    let blocks = try StoredBlocks(of: self, rows: rows)
    return try Matrix(rows: rows, columns: columns) { (floats) throws(HDF5Error) in
      guard let target = floats.baseAddress, !floats.isEmpty else { return }
      if let blocks {
        try blocks.read(into: target, inspect)
      } else {
        try readThroughLibrary(rows: rows, columns: columns, into: target, inspect)
      }
    }
  }

  /// Reads through HDF5, which supports any filter, byte order and floating-point format.
  private func readThroughLibrary(
    rows: Int, columns: Int, into target: UnsafeMutablePointer<Float>, _ inspect: (Span<Float>, Int) -> Void
  ) throws(HDF5Error) {
    let float = try Library.locked { () throws(HDF5Error) in try ElementType.float32.makeType(place) }
    try read(float, firstRow: 0, shape: [rows, columns], elementSize: MemoryLayout<Float>.stride, into: target) {
      rows in
      let first = rows.lowerBound * columns
      inspect(Span(_unsafeStart: target + first, count: rows.count * columns), first)
    }
  }
}
