import VectorCore

/// An element that another type has no equal for.
struct InexactElement: Error, Equatable {
  /// Its place among the elements.
  let index: Int
  /// The value as text.
  let value: String
}

extension ElementType {
  /// Little-endian elements in another type, every one with the same value.
  ///
  /// Widening u8, i8, i16, u16, f16 and booleans to Float32 is always exact. NaN stays NaN.
  ///
  /// - Throws: `InexactElement`, for the first one that would change. - Complexity: O(count).
  func converted(_ elements: [UInt8], to target: ElementType) throws(InexactElement) -> [UInt8] {
    if self == target || (self == .bool && (target == .uint8 || target == .int8)) { return elements }
    if self == .float64 {
      let values = elements.withUnsafeBytes { bytes in
        (0..<elements.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
      }
      return try target.encode(values)
    }
    if isFloat || (byteCount < 4 && target == .float32) {
      return try target.encode(floats(elements).map { Double($0) })
    }
    return try target.encode(integers(elements))
  }

  private func encode(_ values: [Double]) throws(InexactElement) -> [UInt8] {
    switch self {
    case .float16: return try encode(values) { Float(exactlyOrNaN: $0)?.halfBits }
    case .bfloat16: return try encode(values) { Float(exactlyOrNaN: $0)?.bfloatBits }
    case .float32: return try encode(values) { Float(exactlyOrNaN: $0) }
    case .uint8: return try encode(values) { UInt8(exactly: $0) }
    case .int8: return try encode(values) { Int8(exactly: $0) }
    case .int32: return try encode(values) { Int32(exactly: $0) }
    default: preconditionFailure("no format makes \(rawValue) of other elements")
    }
  }

  private func encode(_ values: [Int64]) throws(InexactElement) -> [UInt8] {
    switch self {
    case .float16: return try encode(values) { Float(exactly: $0)?.halfBits }
    case .bfloat16: return try encode(values) { Float(exactly: $0)?.bfloatBits }
    case .float32: return try encode(values) { Float(exactly: $0) }
    case .uint8: return try encode(values) { UInt8(exactly: $0) }
    case .int8: return try encode(values) { Int8(exactly: $0) }
    case .int32: return try encode(values) { Int32(exactly: $0) }
    default: preconditionFailure("no format makes \(rawValue) of other elements")
    }
  }

  private func encode<Value, Target: BitwiseCopyable>(
    _ values: [Value], _ convert: (Value) -> Target?
  ) throws(InexactElement) -> [UInt8] {
    var converted: [Target] = []
    converted.reserveCapacity(values.count)
    for (index, value) in values.enumerated() {
      guard let target = convert(value) else { throw InexactElement(index: index, value: "\(value)") }
      converted.append(target)
    }
    return converted.withUnsafeBytes { Array($0) }
  }
}

extension Float {
  /// The same value; nil where Float32 has none.
  fileprivate init?(exactlyOrNaN value: Double) {
    self.init(value)
    guard Double(self) == value || value.isNaN else { return nil }
  }
}

extension StoredTable {
  /// Refuses more rows than int32 ids, which all formats have, can number.
  func checkNumbering() throws(DatasetError) {
    guard rows <= Int(Int32.max) else { throw .tooManyRows(path: path, part: part, rows: rows) }
  }

  /// Calls `body` with the rows in blocks, in order and in another type.
  ///
  /// - Throws: `DatasetError.inexact`, what is wrong with the file, and what `body` throws.
  func forEachBlock(
    as type: ElementType, _ body: (_ rows: Range<Int>, _ bytes: [UInt8]) throws(DatasetError) -> Void
  ) throws(DatasetError) {
    try forEachBlock { (range, bytes) throws(DatasetError) in
      let converted: [UInt8]
      do throws(InexactElement) {
        converted = try elementType.converted(bytes, to: type)
      } catch {
        let (row, column) = error.index.quotientAndRemainder(dividingBy: columns)
        throw .inexact(
          path: path, part: part, row: range.lowerBound + row, column: column, value: error.value, type: type.rawValue)
      }
      try body(range, converted)
    }
  }
}
