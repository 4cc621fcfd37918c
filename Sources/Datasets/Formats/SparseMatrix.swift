import VectorCore

/// `.spmat` and `.csr` of the billion-scale benchmarks: a sparse matrix, its rows compressed.
///
/// Rows, columns and stored elements as int64; where each row starts, and the last ends, as int64; the columns as int32
/// and the values as float32. Tags of rows are such a matrix, a column a tag; so are sparse vectors.
///
/// Source: `write_sparse_matrix` in `benchmark/dataset_io.py`, https://github.com/harsha-simhadri/big-ann-benchmarks.
struct SparseMatrix {
  private static let headerSize = 24

  let rows: Int
  let columns: Int
  /// How many are stored.
  let elements: Int
  private let file: FileBytes

  static func reads(_ path: String) -> Bool { [".spmat", ".csr"].contains(where: path.lowercased().hasSuffix) }

  /// Maps a file and holds its size against its header.
  ///
  /// - Throws: `DatasetError.cannotRead`, `table`.
  init(_ path: String) throws(DatasetError) {
    let file = try FileBytes(mapping: path)
    self.file = file
    (rows, columns, elements) = try withTableFaults(path) { () throws(TableFault) in
      let whole = file.bytes
      let bytes = whole.bytes
      guard let rows = bytes.integer(at: 0, as: Int64.self), let columns = bytes.integer(at: 8, as: Int64.self),
        let elements = bytes.integer(at: 16, as: Int64.self)
      else { throw .headerCut(bytes: bytes.byteCount, needed: Self.headerSize) }
      for (count, what) in [(rows, "rows"), (columns, "columns"), (elements, "stored elements")] {
        // No file has more of them than bytes; columns are numbered by int32.
        guard count >= (what == "stored elements" ? 0 : 1),
          count <= (what == "columns" ? Int64(Int32.max) : Int64(bytes.byteCount))
        else { throw .impossibleCount(of: "the number of \(what)", value: Int(count)) }
      }
      let needed = Self.headerSize + 8 * (Int(rows) + 1) + 8 * Int(elements)
      guard bytes.byteCount == needed else {
        throw .wrongSize(rows: Int(rows), columns: Int(columns), bytes: bytes.byteCount, needed: [needed])
      }
      return (Int(rows), Int(columns), Int(elements))
    }
  }

  /// The columns of each row's elements.
  ///
  /// - Throws: `DatasetError.table` for rows that end before they start, or a column that there is not.
  /// - Complexity: O(rows + elements).
  func tags() throws(DatasetError) -> TagSets {
    try withTableFaults(file.path) { () throws(TableFault) in
      let whole = file.bytes
      let bytes = whole.bytes
      var starts: [Int] = []
      starts.reserveCapacity(rows + 1)
      for row in 0...rows {
        let start = Int(bytes.integer(at: Self.headerSize + 8 * row, as: Int64.self) ?? -1)
        guard start >= starts.last ?? 0, start <= elements, row > 0 || start == 0, row < rows || start == elements
        else {
          throw .impossibleCount(of: "the start of row \(row)", value: start)
        }
        starts.append(start)
      }
      let first = Self.headerSize + 8 * (rows + 1)
      var tags: [Int32] = []
      tags.reserveCapacity(elements)
      for place in 0..<elements {
        let tag = bytes.integer(at: first + 4 * place, as: Int32.self) ?? -1
        guard tag >= 0, Int(tag) < columns else {
          throw .impossibleCount(of: "the column of element \(place)", value: Int(tag))
        }
        tags.append(tag)
      }
      return TagSets(starts: starts, tags: tags, tagCount: columns)
    }
  }

  /// The first element that is NaN or infinite, by its place among the stored ones. - Complexity: O(elements).
  var firstNotFinite: Int? {
    let first = Self.headerSize + 8 * (rows + 1) + 4 * elements
    let whole = file.bytes
    return (0..<elements).first { place in
      !Float(bitPattern: whole.bytes.integer(at: first + 4 * place, as: UInt32.self) ?? 0).isFinite
    }
  }
}
