import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct SharedCodeBlockTests {
  /// Whatever the order in which a block is filled, each prefix of it reads as the scans expect.
  @Test(arguments: [(2, 4), (4, 4), (6, 4), (64, 4), (1, 8), (3, 8), (16, 8)])
  func readsBackWhatWasWritten(m: Int, nbits: Int) {
    let shape = ProductCodeShape(m: m, nbits: nbits)
    var generator = SeededGenerator(seed: UInt64(m))
    let codes = (0..<shape.lanes).map { _ in
      (0..<shape.codeBytes).map { _ in UInt8(generator.next(below: 256)) }
    }
    let corrections = codes.map { _ in
      ProductCorrection(offset: UInt16(generator.next(below: 65536)), factor: UInt16(generator.next(below: 65536)))
    }
    var arena = Arena()
    let block = SharedCodeBlock(arena.allocate(byteCount: shape.blockBytes), shape: shape)
    var copy = [UInt64](repeating: 0, count: SharedCodeBlock.wordCount(shape))
    for last in 0..<shape.lanes {
      block.write(codes[last], corrections[last], lane: last)
      block.copy(to: &copy)
      copy.withUnsafeMutableBytes { bytes in
        let cells = ProductCodeCells(shape: shape, base: bytes.baseAddress!)
        for lane in 0...last {
          var code = [UInt8](repeating: 0, count: shape.codeBytes)
          cells.read(lane, into: &code)
          #expect(code == codes[lane])
          #expect(cells.correction(of: lane) == corrections[lane])
        }
      }
    }
  }
}
