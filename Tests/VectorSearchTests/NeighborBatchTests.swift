import Testing
import VectorCore
import VectorSearch

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

  @Test func batchesJoinInOrder() {
    var (first, second) = (NeighborBatch(k: 2, reserving: 0), NeighborBatch(k: 2, reserving: 0))
    append([1, 2], computations: 5, to: &first)
    append([3], computations: 6, to: &second)
    first.append(second)
    #expect(first.ids == [1, 2, 3, 0] && first.counts == [2, 1] && first.distanceComputations == 11)
  }
}
