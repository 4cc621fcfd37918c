import VectorCore

/// The format of one vector in a list: floats of 32 or 16 bits, bytes, bits, or nothing.
///
/// Bits are possible only if all components are 0 or 1.
struct RowFormat: Equatable, Sendable {
  enum Encoding: Equatable {
    case floats, bits
    /// d IEEE binary16 numbers, then a Float32 scale by which all are multiplied.
    ///
    /// The scale is 1, or a power of two with which a vector of very large or very small components fits.
    case halves
    /// The least component and a step, both Float32, then d bytes: the nearest of 256 values at equal steps.
    ///
    /// Components beyond half of the largest Float32 are limited to that half, so that the range is finite.
    case bytes
    /// Nothing; the list has codes only.
    case absent
  }

  let encoding: Encoding
  let dimension: Int

  /// The number of bytes of the range at the start of a row of bytes.
  private static let rangeBytes = 2 * MemoryLayout<Float>.stride

  /// The number of 64-bit words of a row of bits; the bits after the last component are 0.
  var words: Int { (dimension + 63) / 64 }

  var rowBytes: Int {
    switch encoding {
    case .floats: dimension * MemoryLayout<Float>.stride
    case .bits: words * MemoryLayout<UInt64>.stride
    case .halves: dimension * MemoryLayout<Float16>.stride + MemoryLayout<Float>.stride
    case .bytes: Self.rangeBytes + dimension
    case .absent: 0
    }
  }

  /// Writes `vector`, d floats, as one row; −0 becomes +0. For a row of bits all components must be 0 or 1.
  func write(_ vector: UnsafePointer<Float>, to row: UnsafeMutableRawPointer) {
    switch encoding {
    case .floats:
      let floats = row.bindMemory(to: Float.self, capacity: dimension)
      for component in 0..<dimension { floats[component] = vector[component] + 0 }
    case .bits:
      Self.pack(vector, count: dimension, into: row.bindMemory(to: UInt64.self, capacity: words)) { $0 != 0 }
    case .halves:
      let halves = row.bindMemory(to: Float16.self, capacity: dimension)
      let scale = Self.scaleOfHalves(UnsafeBufferPointer(start: vector, count: dimension))
      row.storeBytes(of: scale, toByteOffset: scaleOffset, as: Float.self)
      for component in 0..<dimension { halves[component] = Float16(vector[component] * (1 / scale)) + 0 }
    case .bytes:
      let components = UnsafeBufferPointer(start: vector, count: dimension)
      let largest = Float.greatestFiniteMagnitude / 2
      let (least, greatest) = (max(components.min() ?? 0, -largest), min(components.max() ?? 0, largest))
      let step = greatest / 255 - least / 255
      row.storeBytes(of: least, as: Float.self)
      row.storeBytes(of: step, toByteOffset: MemoryLayout<Float>.stride, as: Float.self)
      let bytes = (row + Self.rangeBytes).bindMemory(to: UInt8.self, capacity: dimension)
      for component in 0..<dimension {
        let level = ((vector[component] - least) / step).rounded()
        bytes[component] = level > 0 ? UInt8(min(255, level)) : 0
      }
    case .absent:
      break
    }
  }

  /// Writes one row as d floats to `vector`.
  func read(_ row: UnsafeRawPointer, into vector: UnsafeMutablePointer<Float>) {
    switch encoding {
    case .floats:
      vector.initialize(from: row.assumingMemoryBound(to: Float.self), count: dimension)
    case .bits:
      let bits = row.assumingMemoryBound(to: UInt64.self)
      for component in 0..<dimension { vector[component] = Float(bits[component / 64] >> (component % 64) & 1) }
    case .halves:
      let halves = row.assumingMemoryBound(to: Float16.self)
      let scale = scaleOfHalves(row)
      for component in 0..<dimension { vector[component] = Float(halves[component]) * scale }
    case .bytes:
      let least = row.loadUnaligned(as: Float.self)
      let step = row.loadUnaligned(fromByteOffset: MemoryLayout<Float>.stride, as: Float.self)
      let bytes = (row + Self.rangeBytes).assumingMemoryBound(to: UInt8.self)
      for component in 0..<dimension { vector[component] = least + step * Float(bytes[component]) }
    case .absent:
      preconditionFailure("a list of codes keeps no vectors")
    }
  }

  /// The scale of a row of 16-bit floats.
  func scaleOfHalves(_ row: UnsafeRawPointer) -> Float {
    row.loadUnaligned(fromByteOffset: scaleOffset, as: Float.self)
  }

  /// The byte offset of the scale in a row of 16-bit floats.
  private var scaleOffset: Int { dimension * MemoryLayout<Float16>.stride }

  /// 1 if 16-bit floats can hold all components; otherwise the power of two that brings the largest between 2^14 and
  /// 2^15.
  private static func scaleOfHalves(_ vector: UnsafeBufferPointer<Float>) -> Float {
    let largest = vector.reduce(0) { max($0, abs($1)) }
    // If the largest is below 2^-8, components of a hundredth of it would lose bits.
    guard largest > Float(Float16.greatestFiniteMagnitude) || largest < 0x1p-8, largest > 0 else { return 1 }
    // The exponent is limited, so that the inverse of the scale is finite.
    return Float(sign: .plus, exponent: max(largest.exponent - 14, -126), significand: 1)
  }

  /// Sets bit i of `bits`, ⌈count / 64⌉ words, if component i is accepted, and clears all other bits.
  static func pack(
    _ vector: UnsafePointer<Float>, count: Int, into bits: UnsafeMutablePointer<UInt64>, where accepts: (Float) -> Bool
  ) {
    for start in stride(from: 0, to: count, by: 64) {
      var word: UInt64 = 0
      for component in start..<min(start + 64, count) where accepts(vector[component]) {
        word |= 1 << UInt64(component - start)
      }
      bits[start / 64] = word
    }
  }
}
