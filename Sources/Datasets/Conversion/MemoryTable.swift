import VectorCore

/// A table whose rows are in memory, or are computed when they are asked for.
struct MemoryTable: StoredTable {
  let path: String
  let part: String
  let rows: Int
  let columns: Int
  let elementType: ElementType
  /// Little-endian, row-major.
  let read: @Sendable (Range<Int>) throws(DatasetError) -> [UInt8]

  var rowsOfAChunk: Int { 1 }

  func bytes(rows range: Range<Int>) throws(DatasetError) -> [UInt8] { try read(range) }

  func matrix(rows limit: Int) throws(DatasetError) -> Matrix {
    let rows = min(self.rows, limit)
    let floats = elementType.floats(try bytes(rows: 0..<rows))
    return Matrix(rows: rows, columns: columns) { _ = $0.initialize(from: floats) }
  }
}

extension MemoryTable {
  /// The rows of a matrix, as booleans where asked for.
  init(_ matrix: Matrix, path: String, part: String, asBits: Bool = false) {
    self.init(
      path: path, part: part, rows: matrix.rows, columns: matrix.columns, elementType: asBits ? .bool : .float32
    ) { range in
      let start = matrix.baseAddress + range.lowerBound * matrix.columns
      return withExtendedLifetime(matrix) {
        let floats = UnsafeBufferPointer(start: start, count: range.count * matrix.columns)
        return asBits ? floats.map { $0 == 0 ? 0 : 1 } : Array(UnsafeRawBufferPointer(floats))
      }
    }
  }

  /// The numbers of another table, as Float32 and divided by the same number each.
  init(_ table: any StoredTable, dividedBy divisor: Float) {
    self.init(
      path: table.path, part: table.part, rows: table.rows, columns: table.columns, elementType: .float32
    ) { (range) throws(DatasetError) in
      table.elementType.floats(try table.bytes(rows: range)).map { $0 / divisor }.withUnsafeBytes { Array($0) }
    }
  }

  /// Rows of an array, row-major.
  init<Element: BitwiseCopyable & Sendable>(
    _ elements: [Element], columns: Int, of type: ElementType, path: String, part: String
  ) {
    precondition(MemoryLayout<Element>.size == type.byteCount && columns > 0 && elements.count.isMultiple(of: columns))
    self.init(path: path, part: part, rows: elements.count / columns, columns: columns, elementType: type) { range in
      elements[range.lowerBound * columns..<range.upperBound * columns].withUnsafeBytes { Array($0) }
    }
  }
}
