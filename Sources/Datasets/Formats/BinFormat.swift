import VectorCore

/// `.fbin`, `.u8bin`, `.i8bin` and `.ibin` of the billion-scale benchmarks: rows and columns as uint32, then the rows.
///
/// An `.ibin` file may be true neighbours with their distances: ids as int32 (−1 for none), then as many float32.
/// Source: https://big-ann-benchmarks.com, "Dataset format".
struct BinFormat: TableFormat {
  static let all = [
    BinFormat("fbin", .float32), BinFormat("u8bin", .uint8),
    BinFormat("i8bin", .int8), BinFormat("ibin", .int32),
  ]

  private static let headerSize = 8

  let ending: String
  private let type: ElementType

  init(_ ending: String, _ type: ElementType) {
    self.ending = ending
    self.type = type
  }

  var elementType: ElementType? { type }
  var hasDistances: Bool { type == .int32 }

  func layouts(of file: RawSpan) throws(TableFault) -> [TableLayout] {
    guard let rowCount = file.integer(at: 0, as: UInt32.self), let columnCount = file.integer(at: 4, as: UInt32.self)
    else { throw .headerCut(bytes: file.byteCount, needed: Self.headerSize) }
    let table = try TableLayout(
      packed: type, rows: Int(rowCount), columns: Int(columnCount), offset: Self.headerSize)
    if file.byteCount == table.end { return [table] }
    guard hasDistances else { throw wrongSize(table, file, needed: [table.end]) }
    var distances = table
    distances.elementType = .float32
    distances.offset = table.end
    guard file.byteCount == distances.end else { throw wrongSize(table, file, needed: [table.end, distances.end]) }
    return [table, distances]
  }

  private func wrongSize(_ table: TableLayout, _ file: RawSpan, needed: [Int]) -> TableFault {
    .wrongSize(rows: table.rows, columns: table.columns, bytes: file.byteCount, needed: needed)
  }

  func header(rows: Int, columns: Int, of type: ElementType) -> [UInt8] {
    littleEndianBytes(UInt32(rows)) + littleEndianBytes(UInt32(columns))
  }
}
