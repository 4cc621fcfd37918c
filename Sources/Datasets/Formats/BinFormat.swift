import VectorCore

/// `.fbin`, `.f16bin`, `.bf16bin`, `.u8bin`, `.i8bin` and `.ibin` of the billion-scale benchmarks: rows and columns as
/// uint32, then the rows.
///
/// Some tools write both counts as uint64. The file's size says which it is: read as the other, the counts ask for
/// another size. What is written has uint32.
///
/// An `.ibin` file may be true neighbours with their distances: ids as int32 (−1 for none), then as many float32.
/// Source: https://big-ann-benchmarks.com, "Dataset format".
struct BinFormat: TableFormat {
  static let all = [
    BinFormat("fbin", .float32), BinFormat("f16bin", .float16), BinFormat("bf16bin", .bfloat16),
    BinFormat("u8bin", .uint8), BinFormat("i8bin", .int8), BinFormat("ibin", .int32),
  ]

  let ending: String
  private let type: ElementType

  init(_ ending: String, _ type: ElementType) {
    self.ending = ending
    self.type = type
  }

  var elementType: ElementType? { type }
  var hasDistances: Bool { type == .int32 }

  func layouts(of file: RawSpan) throws(TableFault) -> [TableLayout] {
    do throws(TableFault) {
      return try layouts(of: file, counts: UInt32.self)
    } catch {
      guard let wide = try? layouts(of: file, counts: UInt64.self) else { throw error }
      return wide
    }
  }

  private func layouts<Count: FixedWidthInteger & BitwiseCopyable>(
    of file: RawSpan, counts: Count.Type
  ) throws(TableFault) -> [TableLayout] {
    let size = MemoryLayout<Count>.size
    guard let rowCount = file.integer(at: 0, as: counts), let columnCount = file.integer(at: size, as: counts)
    else { throw .headerCut(bytes: file.byteCount, needed: 2 * size) }
    let table = try TableLayout(
      packed: type, rows: Int(clamping: rowCount), columns: Int(clamping: columnCount), offset: 2 * size)
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
