import Datasets
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct QualityTests {
  /// Judges one list of ids a query on the line of points.
  private func judge(_ found: [[UInt64]], k: Int, of dataset: Dataset) -> Quality {
    let round = Round(queries: found.count, k: k)
    for (query, ids) in found.enumerated() {
      var answer = TopK(k: k)
      for (rank, id) in ids.enumerated() { answer.offer(Neighbor(distance: Float(rank), sequence: 0, id: id)) }
      answer.sort()
      round.record(answer, of: query, nanoseconds: 1)
    }
    return Quality(JudgedAnswers(round, of: dataset), of: dataset)
  }

  @Test func shareOfTrueNeighborsMeanFifthPercentileAndWorst() {
    // Query 0 at 0.1: all found. Query 1 at 10.1: one of two. Query 2 at 20.1: none.
    let quality = judge([[0, 1], [10, 50], [80, 90]], k: 2, of: .line(queries: 3))
    #expect(quality.recall == 0.5)
    #expect(quality.recallByIDs == 0.5)
    #expect(quality.recallMinimum == 0)
    #expect(abs(quality.recallP5 - 0.05) < 1e-12)
  }

  @Test func whatIsNoFartherThanTheTrueKthPlusAThousandthCounts() {
    // Beside the true neighbour at distance 1 lie others at 1.0009 and 1.0011.
    let dataset = Dataset(
      name: "near", path: "", metric: .euclidean, train: Matrix([[1], [1.0009], [1.0011], [1.009], [1.011], [1.09]]),
      test: Matrix([[0]]), groundTruth: GroundTruth(depth: 1, neighbors: [0], distances: [1]))
    func quality(_ id: UInt64) -> Quality { judge([[id]], k: 1, of: dataset) }
    #expect(quality(1).recall == 1 && quality(1).recallByIDs == 0)
    #expect(quality(2).recall == 0 && quality(2).epsilon == 1)
    #expect(quality(3).epsilon == 1 && quality(4).epsilon == 0)
    #expect(quality(4).largeEpsilon == 1 && quality(5).largeEpsilon == 1)
    #expect(abs(quality(5).relativeErrorAtK - 1.09) < 1e-6)
  }

  @Test func theRelativeErrorIsTakenOverAllStatedNeighborsAsAnnBenchmarksDoes() {
    let dataset = Dataset.line(queries: 1, depth: 4)
    // True: 0.1, 0.9, 1.9, 2.9.
    let quality = judge([[0, 1]], k: 2, of: dataset)
    #expect(abs(quality.relativeError - 1.0 / 5.8) < 1e-6)
    #expect(abs(quality.relativeErrorAtK - 1) < 1e-6)
  }

  @Test func aQueryWithFewerTrueNeighborsThanKIsJudgedOnThoseItHas() {
    let dataset = Dataset(
      name: "few", path: "", metric: .euclidean, train: Matrix([[0], [5]]), test: Matrix([[0], [9]]),
      groundTruth: GroundTruth(
        depth: 2, neighbors: [0, -1, -1, -1], distances: [0, .infinity, .infinity, .infinity]))
    #expect(judge([[0, 1], [1, 0]], k: 2, of: dataset).recall == 1)
    #expect(judge([[1], [1]], k: 2, of: dataset).recall == 0.5)
  }

  @Test func slackOfNegativeDistancesIsAShareOfTheirSize() {
    // Inner products 10 (the true one), 9.95 and 9.85: within 1 % is what is no smaller than 9.9.
    let dataset = Dataset(
      name: "dot", path: "", metric: .dot, train: Matrix([[10], [9.95], [9.85]]), test: Matrix([[1]]),
      groundTruth: GroundTruth(depth: 1, neighbors: [0], distances: [-10]))
    #expect(judge([[0]], k: 1, of: dataset).epsilon == 1)
    #expect(judge([[1]], k: 1, of: dataset).epsilon == 1 && judge([[1]], k: 1, of: dataset).recall == 0)
    #expect(judge([[2]], k: 1, of: dataset).epsilon == 0)
  }
}
