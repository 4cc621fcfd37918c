import CKernels

/// The cyclic redundancy check CRC-32C, with Castagnoli's polynomial, as used by iSCSI, ext4 and most logs.
///
/// Bytes are added by the CPU's instruction (`rbk_crc32c`). Written here because zlib computes another polynomial only.
/// The check of a part of a sequence follows from the remainders at the two ends of the part, as in zlib's
/// `crc32_combine`.
///
/// Source: RFC 3720, appendix B.4.
struct CRC32C {
  /// The polynomial, bit-reversed: the highest power is the lowest bit.
  private static let polynomial: UInt32 = 0x82F6_3B78

  /// The remainder of all bytes added so far.
  private(set) var register: UInt32

  init() { register = .max }

  /// Continues from a remainder.
  init(register: UInt32) { self.register = register }

  /// The check of all bytes added so far.
  var value: UInt32 { ~register }

  /// Adds bytes. - Complexity: O(n).
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    register = rbk_crc32c(register, bytes.baseAddress, bytes.count)
  }

  /// Adds the bytes between two places of a sequence, given the remainders of all bytes up to each place.
  ///
  /// - Complexity: O(log n) for n bytes.
  mutating func update(between start: UInt32, and end: UInt32, byteCount: Int) {
    // Remainders are linear, so the contribution of the bytes before the start can be removed.
    register = end ^ Self.multiply(Self.power(ofBytes: byteCount), start ^ register)
  }

  /// The product of two polynomials modulo the CRC polynomial.
  private static func multiply(_ a: UInt32, _ b: UInt32) -> UInt32 {
    var (product, b) = (UInt32(0), b)
    for bit in (0..<32).reversed() {
      if a >> UInt32(bit) & 1 == 1 { product ^= b }
      b = b >> 1 ^ (b & 1 == 1 ? polynomial : 0)
    }
    return product
  }

  /// x to the power 8·2^k for each k.
  private static let powers: [UInt32] = {
    var power: UInt32 = 1 << 30
    for _ in 0..<3 { power = multiply(power, power) }
    return (0..<62).map { _ in
      defer { power = multiply(power, power) }
      return power
    }
  }()

  /// x to the power 8·`count`, by which `count` zero bytes multiply a remainder.
  private static func power(ofBytes count: Int) -> UInt32 {
    var (power, rest, k) = (UInt32(1) << 31, count, 0)
    while rest > 0 {
      if rest & 1 == 1 { power = multiply(powers[k], power) }
      (rest, k) = (rest >> 1, k + 1)
    }
    return power
  }
}
