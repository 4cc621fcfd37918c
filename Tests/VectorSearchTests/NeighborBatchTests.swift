import Testing
import VectorCore
import VectorIndexes

@Suite struct NeighborBatchTests {
  /// A sorted answer of the given ids, at distances 0, 1, 2, …
  private func append(_ ids: [UInt64], computations: Int, to batch: inout NeighborBatch) {
    var answer = TopK(k: batch.k)
    for (rank, id) in ids.enumerated() {
      answer.offer(Neighbor(distance: Float(rank), sequence: UInt64(rank), id: id))
    }
    answer.distanceComputations = computations
    answer.sort()
    batch.append(answer)
  }

  @Test func rowsHaveKPlacesHoweverManyWereFound() {
    var batch = NeighborBatch(k: 3, reserving: 1)
    append([7, 5, 9], computations: 10, to: &batch)
    append([4], computations: 20, to: &batch)
    append([], computations: 0, to: &batch)
    #expect(batch.queries == 3 && batch.counts == [3, 1, 0])
    #expect(batch.ids == [7, 5, 9, 4, 0, 0, 0, 0, 0])
    #expect(batch.distances == [0, 1, 2, 0, .infinity, .infinity, .infinity, .infinity, .infinity])
    #expect(batch.distanceComputations == 30)
  }

  /// A search says what is wrong with such a k; making room for its answers does not end the program.
  @Test(arguments: [Int.min, -1, 1 << 40, .max])
  func makesNoRoomForAnImpossibleK(k: Int) {
    #expect(NeighborBatch(k: k, reserving: 1000).queries == 0)
  }

  @Test func refusesMoreAnswersThanThereIsRoomFor() throws {
    let parameters = SearchParameters(try Parameters(declared: [], kind: "flat"))
    let index = try FlatIndex(dimension: 1, metric: .euclidean, parameters: parameters.values, seed: 1)
    var answers = NeighborBatch(k: .max, reserving: 2)
    #expect(
      throws: IndexError.invalidParameter(
        name: "k", value: String(Int.max), expected: "at most 2147483648 for a batch of 2 queries")
    ) {
      try index.searchBatch(
        Matrix([[1], [2]]), k: .max, parameters: parameters, filter: nil, scratch: index.makeScratch(), into: &answers)
    }
    #expect(answers.queries == 0)
  }

  @Test func batchesJoinInOrder() {
    var (first, second) = (NeighborBatch(k: 2, reserving: 0), NeighborBatch(k: 2, reserving: 0))
    append([1, 2], computations: 5, to: &first)
    append([3], computations: 6, to: &second)
    first.append(second)
    #expect(first.ids == [1, 2, 3, 0] && first.counts == [2, 1] && first.distanceComputations == 11)
  }
}
