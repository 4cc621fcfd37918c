import Testing

@testable import VectorIndexes

@Suite struct ProductCodeBlocksTests {
  /// Codes come back as they went in, across blocks, appends and removals.
  @Test(arguments: [(6, 4), (8, 4), (3, 8)])
  func keepsCodes(m: Int, nbits: Int) {
    let shape = ProductCodeShape(m: m, nbits: nbits)
    let bytes = (0..<150 * shape.codeBytes).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }
    let all = ProductCodes(
      bytes: bytes, corrections: (0..<150).map { ProductCorrection(offset: $0, factor: 60_000 + $0) })
    func code(_ row: Int) -> [UInt8] { Array(bytes[row * shape.codeBytes..<(row + 1) * shape.codeBytes]) }
    var blocks = ProductCodeBlocks(shape: shape)
    blocks.append(all, rows: 0..<70)
    blocks.append(all, rows: (70..<150).reversed())
    var rows = Array(0..<70) + (70..<150).reversed()
    for index in [149, 0, 63, 100, 31] {
      blocks.swapRemove(at: index)
      rows.swapAt(index, rows.count - 1)
      rows.removeLast()
    }
    #expect(blocks.count == 145)
    for (index, row) in rows.enumerated() {
      var read = [UInt8](repeating: 0, count: shape.codeBytes)
      blocks.read(index, into: &read)
      #expect(read == code(row))
      #expect(blocks.correction(of: index) == all.corrections[row])
    }
    while blocks.count > 0 { blocks.swapRemove(at: 0) }
    blocks.append(all, rows: 5..<6)
    var read = [UInt8](repeating: 0, count: shape.codeBytes)
    blocks.read(0, into: &read)
    #expect(read == code(5))
  }
}
