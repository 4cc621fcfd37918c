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
}
