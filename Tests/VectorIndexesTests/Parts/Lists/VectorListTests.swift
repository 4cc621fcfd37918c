import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct VectorListTests {
  /// A list of one-dimensional vectors 0, 1, … with ids from 10 and sequences from 20 on.
  private func list(count: Int, threads: Int = 1) -> VectorList {
    let list = VectorList(format: RowFormat(encoding: .floats, dimension: 1))
    list.append(
      ids: (0..<UInt64(count)).map { 10 + $0 }, sequences: (0..<UInt64(count)).map { 20 + $0 }, threads: threads
    ) { number, row in row.storeBytes(of: Float(number), as: Float.self) }
    return list
  }

  @Test func removalMovesTheLastRow() {
    let list = list(count: 4)
    list.swapRemove(at: 1)
    #expect(list.ids == [10, 13, 12])
    #expect(list.sequences == [20, 23, 22])
    #expect((0..<3).map { list.row($0).load(as: Float.self) } == [0, 3, 2])
    list.swapRemove(at: 2)
    #expect(list.ids == [10, 13])
  }

  @Test(arguments: [[2, 0, 1, 3], [0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2]] as [[UInt32]])
  func putsRowsIntoAnotherOrder(order: [UInt32]) {
    let list = list(count: 4)
    let version = list.version
    list.reorder(order)
    #expect(list.ids == order.map { 10 + UInt64($0) })
    #expect(list.sequences == order.map { 20 + UInt64($0) })
    #expect((0..<4).map { list.row($0).load(as: Float.self) } == order.map { Float($0) })
    #expect(list.version != version)
  }

  @Test func appendsInTheOrderOfTheIDsWhateverTheThreads() {
    let list = list(count: 5000, threads: 2)
    #expect(list.ids == (0..<5000).map { 10 + UInt64($0) })
    #expect((0..<5000).allSatisfy { list.row($0).load(as: Float.self) == Float($0) })
    list.append(ids: [7], sequences: [8], threads: 1) { _, row in row.storeBytes(of: -1, as: Float.self) }
    #expect(list.count == 5001 && list.ids[5000] == 7 && list.sequences[5000] == 8)
    #expect(list.row(4999).load(as: Float.self) == 4999 && list.row(5000).load(as: Float.self) == -1)
  }

  @Test func reservesWhatABatchNeedsAndNoMore() {
    let list = VectorList(format: RowFormat(encoding: .floats, dimension: 16))
    list.append(ids: 0..<1000 as Range<UInt64>, sequences: 0..<1000 as Range<UInt64>, threads: 1) { _, row in
      row.initializeMemory(as: Float.self, repeating: 0, count: 16)
    }
    #expect(list.memoryBytes >= 1000 * (64 + 16))
    #expect(list.memoryBytes < 1100 * (64 + 16))
  }
}
