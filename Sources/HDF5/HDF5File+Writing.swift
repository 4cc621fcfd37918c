internal import CHDF5
import VectorCore

/// The layout of a dataset's elements in the file.
public enum HDF5Layout: Sendable {
  /// All elements contiguously.
  case contiguous
  /// Chunks of `shape`; `gzip` is zlib's level 1…9, and 0 does not compress.
  case chunked(shape: [Int], gzip: Int = 4, shuffle: Bool = true)
}

extension HDF5File {
  /// Adds a dataset with the given shape, row-major.
  ///
  /// - Parameter storedAs: the type in the file, to which HDF5 converts; `nil` keeps the type of the elements. Booleans
  ///   are made from `Int8`.
  /// - Complexity: O(elements).
  public func write<Element: HDF5Element>(
    _ elements: [Element], shape: [Int], to name: String,
    storedAs stored: ElementType? = nil, layout: HDF5Layout = .contiguous
  ) throws(HDF5Error) {
    try elements.withUnsafeBufferPointer { (buffer) throws(HDF5Error) in
      let bytes = UnsafeRawBufferPointer(buffer)
      try write(bytes, of: Element.elementType, shape: shape, to: name, storedAs: stored, layout: layout)
    }
  }

  /// Adds a dataset with the rows of a matrix, n × d. - Complexity: O(n·d).
  public func write(
    _ matrix: Matrix, to name: String, storedAs stored: ElementType? = nil, layout: HDF5Layout = .contiguous
  ) throws(HDF5Error) {
    let bytes = UnsafeRawBufferPointer(start: matrix.baseAddress, count: matrix.rows * matrix.columns * 4)
    try write(bytes, of: .float32, shape: [matrix.rows, matrix.columns], to: name, storedAs: stored, layout: layout)
    withExtendedLifetime(matrix) {}
  }

  /// Sets an attribute of the file itself, which must not exist yet.
  public func setAttribute(_ name: String, _ value: HDF5Attribute) throws(HDF5Error) {
    try Library.locked { () throws(HDF5Error) in try value.write(name, to: handle, place) }
  }

  /// Adds a dataset whose rows are written afterwards by `HDF5Dataset.write`.
  public func makeDataset(
    _ name: String, shape: [Int], of type: ElementType, layout: HDF5Layout = .contiguous
  ) throws(HDF5Error) -> HDF5Dataset {
    let place = place.object(name)
    return try Library.locked { () throws(HDF5Error) in
      let space = try place.handle(
        "make the shape", H5Screate_simple(CInt(shape.count), shape.map { hsize_t($0) }, nil))
      let properties = try place.handle("set the layout", H5Pcreate(chdf5_P_DATASET_CREATE()))
      // Files with the same contents have the same bytes, whenever they were written.
      try place.check("leave out the times", H5Pset_obj_track_times(properties.id, false))
      if case .chunked(let chunk, let gzip, let shuffle) = layout {
        precondition(chunk.count == shape.count, "chunks of shape \(chunk) in a dataset of shape \(shape)")
        try place.check(
          "set the chunks", H5Pset_chunk(properties.id, CInt(chunk.count), chunk.map { hsize_t($0) }))
        if shuffle { try place.check("set the shuffle filter", H5Pset_shuffle(properties.id)) }
        if gzip > 0 { try place.check("set the gzip filter", H5Pset_deflate(properties.id, CUnsignedInt(gzip))) }
      }
      let stored = try type.makeType(place)
      let dataset = try place.handle(
        "create the dataset", H5Dcreate2(handle.id, name, stored.id, space.id, 0, properties.id, 0))
      return try HDF5Dataset(file: self, dataset, place)
    }
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, of memoryType: ElementType, shape: [Int], to name: String,
    storedAs stored: ElementType?, layout: HDF5Layout
  ) throws(HDF5Error) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && bytes.count == shape.reduce(memoryType.byteCount, *),
      "\(bytes.count) bytes for a dataset of shape \(shape)")
    let stored = stored ?? memoryType
    precondition(stored != .bool || memoryType == .int8, "booleans are made of Int8")
    let dataset = try makeDataset(name, shape: shape, of: stored, layout: layout)
    // HDF5 does not convert integers to an enumeration, so Booleans are written in their stored type.
    try dataset.write(bytes, of: stored == .bool ? .bool : memoryType, firstRow: 0, shape: shape)
  }
}

extension HDF5Dataset {
  /// Writes rows from `firstRow` on; the bytes are elements of `elementType`, little-endian, row-major.
  ///
  /// - Complexity: O(elements).
  public func write(_ bytes: UnsafeRawBufferPointer, firstRow: Int) throws(HDF5Error) {
    let rowSize = shape.dropFirst().reduce(elementType.byteCount, *)
    precondition(rowSize > 0 && bytes.count.isMultiple(of: rowSize), "\(bytes.count) bytes for rows of \(rowSize)")
    let part = [bytes.count / rowSize] + shape.dropFirst()
    try write(bytes, of: elementType, firstRow: firstRow, shape: part)
  }

  fileprivate func write(
    _ bytes: UnsafeRawBufferPointer, of memoryType: ElementType, firstRow: Int, shape part: [Int]
  ) throws(HDF5Error) {
    try Library.locked { () throws(HDF5Error) in
      let type = try memoryType.makeType(place)
      let (memory, stored) = try selection(firstRow: firstRow, shape: part)
      try place.check("write the dataset", H5Dwrite(handle.id, type.id, memory.id, stored.id, 0, bytes.baseAddress))
    }
  }
}
