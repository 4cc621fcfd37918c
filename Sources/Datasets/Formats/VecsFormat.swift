import VectorCore

/// `.fvecs`, `.hvecs`, `.ivecs` and `.bvecs`: each row is its number of columns as int32, then its elements; no header.
///
/// Source: http://corpus-texmex.irisa.fr, "Vector file format".
struct VecsFormat: TableFormat {
  static let all = [
    VecsFormat("fvecs", .float32), VecsFormat("hvecs", .float16),
    VecsFormat("ivecs", .int32), VecsFormat("bvecs", .uint8),
  ]

  let ending: String
  private let type: ElementType

  init(_ ending: String, _ type: ElementType) {
    self.ending = ending
    self.type = type
  }

  var elementType: ElementType? { type }

  func layouts(of file: RawSpan) throws(TableFault) -> [TableLayout] {
    guard let count = file.integer(at: 0, as: Int32.self) else {
      throw .headerCut(bytes: file.byteCount, needed: 4)
    }
    let columns = Int(count)
    guard columns > 0 else { throw .impossibleCount(of: "the columns of row 0", value: columns) }
    let stride = 4 + columns * type.byteCount
    guard file.byteCount.isMultiple(of: stride) else {
      throw .partialRow(rowBytes: stride, bytes: file.byteCount)
    }
    return [
      TableLayout(
        elementType: type, rows: file.byteCount / stride, columns: columns, offset: 4, stride: stride,
        repeatsColumns: true)
    ]
  }

  func header(rows: Int, columns: Int, of type: ElementType) -> [UInt8] { [] }

  func rowPrefix(columns: Int) -> [UInt8] { littleEndianBytes(Int32(columns)) }
}

/// An integer's bytes as all these formats store it.
func littleEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
