/// The number types of dataset files.
public enum ElementType: String, CaseIterable, Sendable {
  case float16, float32, float64
  /// The upper half of a float32.
  case bfloat16
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  /// One byte, 0 or 1, as the Booleans of numpy and h5py.
  case bool

  /// The number of bytes of an element.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Whether there are NaN and infinities among them.
  public var isFloat: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .bool: false
    }
  }
}

extension ElementType {
  /// Converts little-endian elements at any address to floats, rounding to the nearest float.
  ///
  /// - Complexity: O(count).
  public func convert(_ elements: UnsafeRawPointer, count: Int, to target: UnsafeMutablePointer<Float>) {
    switch self {
    case .float32: UnsafeMutableRawPointer(target).copyMemory(from: elements, byteCount: 4 * count)
    case .float64: convert(elements, count, to: target) { (value: Double) in Float(value) }
    case .float16: convert(elements, count, to: target) { (bits: UInt16) in Float(halfBits: bits) }
    case .bfloat16: convert(elements, count, to: target) { (bits: UInt16) in Float(bitPattern: UInt32(bits) << 16) }
    case .int8, .bool: convert(elements, count, to: target) { (value: Int8) in Float(value) }
    case .int16: convert(elements, count, to: target) { (value: Int16) in Float(value) }
    case .int32: convert(elements, count, to: target) { (value: Int32) in Float(value) }
    case .int64: convert(elements, count, to: target) { (value: Int64) in Float(value) }
    case .uint8: convert(elements, count, to: target) { (value: UInt8) in Float(value) }
    case .uint16: convert(elements, count, to: target) { (value: UInt16) in Float(value) }
    case .uint32: convert(elements, count, to: target) { (value: UInt32) in Float(value) }
    case .uint64: convert(elements, count, to: target) { (value: UInt64) in Float(value) }
    }
  }

  @inline(__always)
  private func convert<Element: BitwiseCopyable>(
    _ elements: UnsafeRawPointer, _ count: Int, to target: UnsafeMutablePointer<Float>, _ float: (Element) -> Float
  ) {
    for index in 0..<count {
      target[index] = float(
        elements.loadUnaligned(fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self))
    }
  }
}

extension ElementType {
  /// Converts little-endian elements to floats, rounding to the nearest float. - Complexity: O(count).
  public func floats(_ elements: [UInt8]) -> [Float] {
    let count = elements.count / byteCount
    return [Float](unsafeUninitializedCapacity: count) { floats, initialized in
      initialized = count
      guard let target = floats.baseAddress else { return }
      elements.withUnsafeBytes { convert($0.baseAddress!, count: count, to: target) }
    }
  }

  /// Converts little-endian elements of an integer or Boolean type to integers. - Complexity: O(count).
  ///
  /// A value above the largest `Int64` becomes the largest `Int64`.
  public func integers(_ elements: [UInt8]) -> [Int64] {
    func read<Element: FixedWidthInteger & BitwiseCopyable>(_ type: Element.Type) -> [Int64] {
      elements.withUnsafeBytes { bytes in
        (0..<elements.count / byteCount).map {
          Int64(clamping: bytes.loadUnaligned(fromByteOffset: $0 * byteCount, as: type))
        }
      }
    }
    switch self {
    case .int8, .bool: return read(Int8.self)
    case .int16: return read(Int16.self)
    case .int32: return read(Int32.self)
    case .int64: return read(Int64.self)
    case .uint8: return read(UInt8.self)
    case .uint16: return read(UInt16.self)
    case .uint32: return read(UInt32.self)
    case .uint64: return read(UInt64.self)
    case .float16, .bfloat16, .float32, .float64: preconditionFailure("\(rawValue) elements are no integers")
    }
  }
}

extension Float {
  /// Converts an IEEE 754 binary16 number. Written here because `Float16` is missing on some platforms and slow on
  /// most.
  @inline(__always)
  init(halfBits half: UInt16) {
    // Exponent and fraction are moved to their place in binary32, then scaled by 2^(127 − 15): exact also for
    // subnormals.
    let magnitude = UInt32(half & 0x7FFF) << 13
    let scaled = Float(bitPattern: magnitude) * 0x1p112
    let isFinite = magnitude < 0x7C00 << 13
    let bits = isFinite ? scaled.bitPattern : magnitude | 0x7F80_0000
    self.init(bitPattern: bits | UInt32(half & 0x8000) << 16)
  }

  /// The binary16 number of the same value, NaN included; nil where there is none.
  public var halfBits: UInt16? {
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    guard isFinite else { return sign | (isNaN ? 0x7E00 : 0x7C00) }
    guard magnitude < 0x1p16 else { return nil }
    // The inverse of `init(halfBits:)`, which tells whether a bit was lost.
    let half = UInt16(truncatingIfNeeded: (magnitude * 0x1p-112).bitPattern >> 13)
    return Float(halfBits: half) == magnitude ? sign | half : nil
  }

  /// The upper half of its bits, where the lower half is zero or it is NaN; else nil.
  public var bfloatBits: UInt16? {
    if isNaN { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
    return bitPattern & 0xFFFF == 0 ? UInt16(truncatingIfNeeded: bitPattern >> 16) : nil
  }
}
