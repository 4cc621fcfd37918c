import Testing
import VectorCore

@testable import HDF5

struct BlockDecoderTests {
  private let decoder = BlockDecoder(elementType: .float64, rows: 4, columns: 5, isDeflated: true, isShuffled: true)

  @Test func aBlockHasTheSizeItsBytesCanMake() {
    #expect(decoder.canDecode(160) && decoder.canDecode(1))
    let large = BlockDecoder(
      elementType: .float64, rows: 1 << 20, columns: 1 << 10, isDeflated: true, isShuffled: false)
    #expect(!large.canDecode(1_000), "zlib does not shrink 8 GB to 1 KB")
    let impossible = BlockDecoder(
      elementType: .int8, rows: .max, columns: .max, isDeflated: false, isShuffled: false)
    #expect(!impossible.canDecode(.max))
    let plain = BlockDecoder(elementType: .int16, rows: 4, columns: 5, isDeflated: false, isShuffled: true)
    #expect(plain.canDecode(40) && !plain.canDecode(39) && !plain.canDecode(41))
  }

  /// Whatever the bytes are, the answer is floats or a fault, and nothing outside the part is written.
  @Test func noBytesDoHarm() {
    var generator = SeededGenerator(seed: 7)
    var target = [Float](repeating: -1, count: 30)
    for round in 0..<2_000 {
      var bytes = (0..<Int.random(in: 1...200, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      // Half of them start like a zlib stream.
      if round.isMultiple(of: 2) { bytes.replaceSubrange(0..<min(2, bytes.count), with: [0x78, 0x5E]) }
      var scratch = BlockDecoder.Scratch()
      let fault = target.withUnsafeMutableBufferPointer { target in
        let part = BlockDecoder.Part(rows: 3, columns: 5, target: target.baseAddress! + 6, targetColumns: 6)
        return decoder.decode(part, storedBytes: bytes.count, &scratch) { address, count in
          address.copyMemory(from: bytes, byteCount: count)
          return true
        }
      }
      #expect(fault?.contains("gzip stream") == true)
    }
    #expect(target.allSatisfy { $0 == -1 })
  }

  @Test func aFileThatEndsEarlyIsAFault() {
    var scratch = BlockDecoder.Scratch()
    var target: [Float] = [0]
    let fault = target.withUnsafeMutableBufferPointer { target in
      let part = BlockDecoder.Part(rows: 1, columns: 1, target: target.baseAddress!, targetColumns: 1)
      return decoder.decode(part, storedBytes: 10, &scratch) { _, _ in false }
    }
    #expect(fault != nil)
  }
}
