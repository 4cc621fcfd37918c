import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct MemTableSkipListTests {
  /// Rows come back in order, whatever the order in which they were inserted, with what belongs to them.
  @Test(arguments: [1, 2, 40, 3000])
  func keepsRowsInOrder(count: Int) {
    let layout = MemTableLayout(
      shape: ProductCodeShape(m: 4, nbits: 4), format: RowFormat(encoding: .floats, dimension: 3))
    var arena = Arena()
    var generator = SeededGenerator(seed: UInt64(count))
    let list = MemTableSkipList(layout: layout, arena: &arena)
    for row in generator.sample(count, below: count) {
      let (code, vector): ([UInt8], [Float]) = ([UInt8(row % 251), UInt8(row % 7)], [Float(row), 1, 2])
      code.withUnsafeBufferPointer { code in
        vector.withUnsafeBufferPointer { vector in
          let entry = list.insert(
            NewRow(
              id: UInt64(row * 3), row: UInt64(row), metadata: nil, code: code.baseAddress!,
              correction: ProductCorrection(offset: UInt16(row % 65536), factor: 5), vector: vector.baseAddress!),
            arena: &arena, generator: &generator)
          #expect(entry.pointee.row == UInt64(row))
        }
      }
    }
    for limit in [0, 1, count / 2, count, count + 5] {
      var seen = 0
      list.forEach(below: UInt64(limit)) { node in
        #expect(node.entry.pointee.row == UInt64(seen))
        #expect(node.entry.pointee.id == UInt64(seen * 3))
        #expect(node.code[0] == UInt8(seen % 251) && node.code[1] == UInt8(seen % 7))
        #expect(node.correction == ProductCorrection(offset: UInt16(seen % 65536), factor: 5))
        #expect(node.vector.load(as: Float.self) == Float(seen))
        seen += 1
      }
      #expect(seen == min(limit, count))
    }
  }
}
