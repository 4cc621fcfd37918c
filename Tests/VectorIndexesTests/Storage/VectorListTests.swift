import Testing

@testable import VectorIndexes

@Suite struct VectorListTests {
  @Test func removalMovesTheLastRow() {
    let list = VectorList(format: RowFormat(encoding: .floats, dimension: 1))
    for row in 0..<4 { list.append([Float(row)], id: UInt64(10 + row), sequence: UInt64(20 + row)) }
    list.swapRemove(at: 1)
    #expect(list.ids == [10, 13, 12])
    #expect(list.sequences == [20, 23, 22])
    #expect((0..<3).map { list.row($0).load(as: Float.self) } == [0, 3, 2])
    list.swapRemove(at: 2)
    #expect(list.ids == [10, 13])
  }

  @Test func reservesWhatABatchNeedsAndNoMore() {
    let list = VectorList(format: RowFormat(encoding: .floats, dimension: 16))
    list.reserve(1000)
    #expect(list.memoryBytes >= 1000 * (64 + 16))
    #expect(list.memoryBytes < 1100 * (64 + 16))
  }
}
