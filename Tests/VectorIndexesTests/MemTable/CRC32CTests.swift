import Testing

@testable import VectorIndexes

@Suite struct CRC32CTests {
  /// RFC 3720, B.4.
  @Test(
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 255, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C), (Array("123456789".utf8), 0xE306_9283),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func checksAsTheStandardSays(bytes: [UInt8], value: UInt32) {
    for cut in 0...bytes.count {
      var crc = CRC32C()
      bytes.withUnsafeBytes { bytes in
        crc.update(UnsafeRawBufferPointer(rebasing: bytes[..<cut]))
        crc.update(UnsafeRawBufferPointer(rebasing: bytes[cut...]))
      }
      #expect(crc.value == value)
    }
  }

  @Test func checksAPartFromTheRemaindersAtItsEnds() {
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
    func remainder(of part: Range<Int>, from register: UInt32) -> UInt32 {
      var crc = CRC32C(register: register)
      bytes.withUnsafeBytes { crc.update(UnsafeRawBufferPointer(rebasing: $0[part])) }
      return crc.register
    }
    for part in [0..<0, 0..<1, 7..<8, 1..<5000, 4096..<4099, 300..<4444, 5000..<5000] {
      var crc = CRC32C()
      crc.update(
        between: remainder(of: 0..<part.lowerBound, from: 0), and: remainder(of: 0..<part.upperBound, from: 0),
        byteCount: part.count)
      #expect(crc.register == remainder(of: part, from: .max), "\(part)")
    }
  }
}
