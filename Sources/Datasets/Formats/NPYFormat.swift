import VectorCore

/// numpy's `.npy`, versions 1 to 3: a header that is a Python dictionary, then the elements, here in C order.
///
/// Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
struct NPYFormat: TableFormat {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// What numpy calls the element types.
  private static let typeNames: [ElementType: String] = [
    .float16: "<f2", .float32: "<f4", .float64: "<f8", .int8: "|i1", .int16: "<i2", .int32: "<i4", .int64: "<i8",
    .uint8: "|u1", .uint16: "<u2", .uint32: "<u4", .uint64: "<u8", .bool: "|b1",
  ]

  let ending = "npy"
  let elementType: ElementType? = nil

  func holds(_ type: ElementType) -> Bool { Self.typeNames[type] != nil }

  func layouts(of file: RawSpan) throws(TableFault) -> [TableLayout] {
    let (text, offset) = try headerText(of: file)
    let header = try NPYHeader(text)
    // Byte order means nothing to single bytes: numpy writes '|u1', others also '<u1'.
    let isByte = header.type.hasSuffix("1")
    let name = isByte ? "|" + header.type.dropFirst() : header.type
    guard let elementType = Self.typeNames.first(where: { $0.value == name })?.key else {
      throw .unsupportedType(header.type)
    }
    guard header.shape.count == 2 else { throw .wrongRank(shape: header.shape) }
    let (rows, columns) = (header.shape[0], header.shape[1])
    // A single row or column lies the same in either order.
    guard !header.isFortranOrder || rows == 1 || columns == 1 else { throw .fortranOrder }
    let table = try TableLayout(packed: elementType, rows: rows, columns: columns, offset: offset)
    guard file.byteCount == table.end else {
      throw .wrongSize(rows: rows, columns: columns, bytes: file.byteCount, needed: [table.end])
    }
    return [table]
  }

  /// The dictionary, and where the elements start behind it.
  private func headerText(of file: RawSpan) throws(TableFault) -> (text: [UInt8], end: Int) {
    for (offset, byte) in Self.magic.enumerated() where file.integer(at: offset, as: UInt8.self) != byte {
      throw .notNPY
    }
    guard let major = file.integer(at: 6, as: UInt8.self), let minor = file.integer(at: 7, as: UInt8.self) else {
      throw .headerCut(bytes: file.byteCount, needed: 10)
    }
    guard 1...3 ~= major else { throw .unknownNPYVersion(major: Int(major), minor: Int(minor)) }
    let start = major == 1 ? 10 : 12
    let length =
      major == 1
      ? file.integer(at: 8, as: UInt16.self).map { Int($0) } : file.integer(at: 8, as: UInt32.self).map { Int($0) }
    guard let length else { throw .headerCut(bytes: file.byteCount, needed: start) }
    guard length <= file.byteCount - start else { throw .headerCut(bytes: file.byteCount, needed: start + length) }
    // A dictionary of three entries and its padding; no more is copied whatever the file claims.
    guard length <= 1 << 16 else { throw .malformedNPYHeader(problem: "it is \(length) bytes long") }
    let text = (start..<start + length).map { file.integer(at: $0, as: UInt8.self) ?? 0 }
    return (text, start + length)
  }

  func header(rows: Int, columns: Int, of type: ElementType) -> [UInt8] {
    let name = Self.typeNames[type] ?? ""
    let text = "{'descr': '\(name)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    // The elements start at a multiple of 64, so that a mapped file's are aligned.
    let start = 10
    let padding = (64 - (start + text.utf8.count + 1) % 64) % 64
    let padded = text + String(repeating: " ", count: padding) + "\n"
    return Self.magic + [1, 0] + littleEndianBytes(UInt16(padded.utf8.count)) + Array(padded.utf8)
  }
}
