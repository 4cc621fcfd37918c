/// The cyclic redundancy check of Castagnoli's polynomial, as iSCSI, ext4 and most logs use it.
///
/// Source: RFC 3720, appendix B.4; eight bytes a step after Kounavis and Berry, "A systematic approach to building high
/// performance software-based CRC generators", ISCC 2005, doi:10.1109/ISCC.2005.18.
struct CRC32C {
  /// 8 × 256: what a byte that stands k places before the end of a step contributes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      tables[byte] = (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
    for index in 256..<tables.count {
      tables[index] = tables[index - 256] >> 8 ^ tables[Int(tables[index - 256] & 255)]
    }
    return tables
  }()

  private var register = UInt32.max

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
}
