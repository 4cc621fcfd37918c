import VectorCore

/// Where the numbers of a table lie in a file: rows of little-endian elements, equally far apart.
struct TableLayout: Equatable, Sendable {
  var elementType: ElementType
  var rows: Int
  var columns: Int
  /// Bytes before the first element.
  var offset: Int
  /// Bytes from the start of one row to that of the next.
  var stride: Int
  /// Whether the four bytes before each row repeat the number of columns.
  var repeatsColumns = false

  /// Bytes of a row's elements.
  var rowSize: Int { columns * elementType.byteCount }
  /// The first byte behind the table.
  var end: Int { offset + rows * stride }
}

extension TableLayout {
  /// A table without anything between its rows, whose counts a header states.
  ///
  /// - Throws: `TableFault.impossibleCount` for what is empty or longer than any file.
  init(
    packed elementType: ElementType, rows: Int, columns: Int, offset: Int
  ) throws(TableFault) {
    guard rows > 0 else { throw .impossibleCount(of: "the number of rows", value: rows) }
    guard columns > 0 else { throw .impossibleCount(of: "the number of columns", value: columns) }
    let (stride, strideOverflow) = columns.multipliedReportingOverflow(by: elementType.byteCount)
    let (size, sizeOverflow) = rows.multipliedReportingOverflow(by: stride)
    // Half of what an address can count leaves room for a second table behind this one.
    guard !strideOverflow, !sizeOverflow, size <= (Int.max - offset) / 2 else {
      throw .impossibleCount(of: "the number of rows", value: rows)
    }
    self.init(elementType: elementType, rows: rows, columns: columns, offset: offset, stride: stride)
  }
}

extension RawSpan {
  /// The little-endian integer at that offset; nil when it is not all there.
  func integer<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Value.Type) -> Value? {
    guard offset >= 0, offset <= byteCount - MemoryLayout<Value>.size else { return nil }
    return Value(littleEndian: unsafeLoadUnaligned(fromByteOffset: offset, as: type))
  }
}
