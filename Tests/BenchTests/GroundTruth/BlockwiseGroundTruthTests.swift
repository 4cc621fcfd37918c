import Datasets
import Testing
import VectorCore

@testable import Bench

@Suite struct BlockwiseGroundTruthTests {
  /// Rows with small integers as components, so that many distances are equal.
  private func matrix(rows: Int, seed: UInt64) -> Matrix {
    var random = SeededGenerator(seed: seed)
    return Matrix((0..<rows).map { _ in (0..<4).map { _ in Float(1 + random.next(below: 3)) } })
  }

  @Test(arguments: [Metric.euclidean, .angular, .dot], [1, 7, 40])
  func blocksGiveTheBitsOfOneSearch(metric: Metric, k: Int) throws {
    let (train, queries) = (matrix(rows: 100, seed: 1), matrix(rows: 9, seed: 2))
    let dataset = Dataset(
      name: "all", path: "", metric: metric, train: train, test: queries,
      groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
    let whole = try GroundTruthSearch(dataset, k: k, threads: 2).run().groundTruth
    for ends in [[100], [50, 100], [1, 2, 30, 99, 100]] {
      var truth = BlockwiseGroundTruth(queries: queries, metric: metric, k: k, threads: 2)
      var first = 0
      for end in ends {
        try truth.add(train[rows: first..<end])
        first = end
      }
      let found = truth.groundTruth
      #expect(found.depth == k && found.neighbors == whole.neighbors && found.distances == whole.distances, "\(ends)")
    }
  }
}
