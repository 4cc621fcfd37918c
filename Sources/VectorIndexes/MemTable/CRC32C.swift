/// The cyclic redundancy check of Castagnoli's polynomial, as iSCSI, ext4 and most logs use it.
///
/// Source: RFC 3720, appendix B.4; eight bytes a step after Kounavis and Berry, "A systematic approach to building high
/// performance software-based CRC generators", ISCC 2005, doi:10.1109/ISCC.2005.18. The check of a part from those of
/// the whole up to its ends as in zlib's `crc32_combine`.
struct CRC32C {
  /// The polynomial x³² + x²⁸ + …, the least bit first.
  private static let polynomial: UInt32 = 0x82F6_3B78

  /// 8 × 256: what a byte that stands k places before the end of a step contributes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      tables[byte] = (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? polynomial : 0) }
    }
    for index in 256..<tables.count {
      tables[index] = tables[index - 256] >> 8 ^ tables[Int(tables[index - 256] & 255)]
    }
    return tables
  }()

  /// The remainder of all bytes so far.
  private(set) var register: UInt32

  init() { register = .max }

  /// Goes on from a remainder.
  init(register: UInt32) { self.register = register }

  /// The check of all bytes so far.
  var value: UInt32 { ~register }

  /// Adds bytes. - Complexity: O(n).
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    Self.tables.withUnsafeBufferPointer { tables in
      var crc = register
      var rest = bytes[...]
      while rest.count >= 8 {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: rest.startIndex, as: UInt64.self)) ^ UInt64(crc)
        crc = 0
        for place in 0..<8 { crc ^= tables[(7 - place) * 256 + Int(word >> UInt64(place * 8) & 255)] }
        rest = rest.dropFirst(8)
      }
      for byte in rest { crc = crc >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] }
      register = crc
    }
  }

  /// Adds the bytes between two places of a sequence, from the remainders of all bytes up to each place.
  ///
  /// - Complexity: O(log n) for n bytes between them.
  mutating func update(between start: UInt32, and end: UInt32, byteCount: Int) {
    // Remainders are linear: what the sequence begins with is taken out of both.
    register = end ^ Self.multiply(Self.power(ofBytes: byteCount), start ^ register)
  }

  /// The product of two polynomials, as a remainder.
  private static func multiply(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var (product, b) = (UInt32(0), b)
    for bit in (0..<32).reversed() {
      if a >> UInt32(bit) & 1 == 1 { product ^= b }
      b = b >> 1 ^ (b & 1 == 1 ? polynomial : 0)
    }
    return product
  }

  /// x to the power of 8 × 2^k for each k.
  private static let powers: [UInt32] = {
    var power: UInt32 = 1 << 30
    for _ in 0..<3 { power = multiply(power, power) }
    return (0..<62).map { _ in
      defer { power = multiply(power, power) }
      return power
    }
  }()

  /// x to the power of 8 × `count`: what so many zero bytes multiply a remainder by.
  private static func power(ofBytes count: Int) -> UInt32 {
    var (power, rest, k) = (UInt32(1) << 31, count, 0)
    while rest > 0 {
      if rest & 1 == 1 { power = multiply(powers[k], power) }
      (rest, k) = (rest >> 1, k + 1)
    }
    return power
  }
}
