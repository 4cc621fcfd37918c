import Testing
import Zlib

struct DeflateTests {
  /// "aaaaaaaaaa" as Python's zlib.compress writes it.
  private let zlib: [UInt8] = [0x78, 0x9C, 0x4B, 0x84, 0x03, 0x00, 0x14, 0xE1, 0x03, 0xCB]
  private var raw: [UInt8] { Array(zlib[2..<6]) }

  private struct Inflated: Equatable {
    let status: Int?
    let bytes: [UInt8]
  }

  private func inflate(
    _ source: [UInt8], _ size: Int, _ body: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Int?
  ) -> Inflated {
    var target = [UInt8](repeating: 0, count: size)
    let status = source.withUnsafeBytes { source in target.withUnsafeMutableBytes { body(source, $0) } }
    return Inflated(status: status, bytes: target)
  }

  @Test func streamsAreInflated() {
    let expected = [UInt8](repeating: UInt8(ascii: "a"), count: 10)
    #expect(inflate(zlib, 10) { Deflate.inflate(zlib: $0, into: $1) } == Inflated(status: nil, bytes: expected))
    #expect(inflate(raw, 10) { Deflate.inflate(raw: $0, into: $1) } == Inflated(status: nil, bytes: expected))
    #expect(expected.withUnsafeBytes { Deflate.crc32($0) } == 0x4C11_CDF0)
  }

  @Test func streamsOfAnotherLengthAreRefused() {
    for size in [0, 9, 11] {
      #expect(inflate(zlib, size) { Deflate.inflate(zlib: $0, into: $1) }.status != nil)
      #expect(inflate(raw, size) { Deflate.inflate(raw: $0, into: $1) }.status != nil)
    }
    for length in 0..<raw.count {
      #expect(inflate(Array(raw[..<length]), 10) { Deflate.inflate(raw: $0, into: $1) }.status != nil)
    }
    #expect(inflate([0xFF, 0xFF, 0xFF], 10) { Deflate.inflate(raw: $0, into: $1) }.status != nil)
  }
}
