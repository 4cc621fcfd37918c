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
    #expect(abs((quality(5).relativeErrorAtK ?? 0) - 1.09) < 1e-6)
  }

  @Test func theRelativeErrorIsTakenOverAllStatedNeighborsAsAnnBenchmarksDoes() {
    let dataset = Dataset.line(queries: 1, depth: 4)
    // True: 0.1, 0.9, 1.9, 2.9.
    let quality = judge([[0, 1]], k: 2, of: dataset)
    #expect(abs((quality.relativeError ?? 0) - 1.0 / 5.8) < 1e-6)
    #expect(abs((quality.relativeErrorAtK ?? 0) - 1) < 1e-6)
  }

  @Test func aQueryWithFewerTrueNeighborsThanKIsJudgedOnThoseItHas() {
    let dataset = Dataset(
      name: "few", path: "", metric: .euclidean, train: Matrix([[0], [5]]), test: Matrix([[0], [9]]),
      groundTruth: GroundTruth(
        depth: 2, neighbors: [0, -1, -1, -1], distances: [0, .infinity, .infinity, .infinity]))
    #expect(judge([[0, 1], [1, 0]], k: 2, of: dataset).recall == 1)
    #expect(judge([[1], [0]], k: 2, of: dataset).recall == 0)
  }

  /// 1 of 3 queries has neighbours; the others' answers say nothing, right or wrong.
  @Test func queriesWithoutTrueNeighborsCountInNoFigure() throws {
    let dataset = Dataset(
      name: "few", path: "", metric: .euclidean, train: Matrix([[0], [5]]), test: Matrix([[9], [0], [9]]),
      groundTruth: GroundTruth(depth: 1, neighbors: [-1, 1, -1], distances: [.infinity, 5, .infinity]))
    for (answer, recall, ratio) in [(1, 1.0, 1.0), (0, 1.0, 0.0)] as [(UInt64, Double, Double)] {
      // Row 0 is nearer than the one that is stated, at distance 0.
      var recalls: [Double] = []
      let round = Round(queries: 3, k: 1)
      for query in 0..<3 {
        var one = TopK(k: 1)
        one.offer(Neighbor(distance: 0, sequence: 0, id: answer))
        one.sort()
        round.record(one, of: query, nanoseconds: 1)
      }
      let quality = Quality(JudgedAnswers(round, of: dataset), of: dataset, recalls: &recalls)
      #expect(quality.unjudged == 2 && dataset.unjudgedQueries == 2)
      #expect(quality.recall == recall && quality.recallMinimum == recall && quality.recallP5 == recall)
      #expect(quality.recallByIDs == (answer == 1 ? 1 : 0))
      #expect(quality.epsilon == 1 && quality.largeEpsilon == 1)
      #expect(quality.relativeError == ratio && quality.relativeErrorAtK == ratio)
      #expect(recalls[0].isNaN && recalls[1] == recall && recalls[2].isNaN)
    }
    #expect(judge([[1], [], [1]], k: 1, of: dataset).recall == 0)
  }

  @Test func zeroVectorsHaveNoAngleToBeJudgedBy() {
    let dataset = Dataset(
      name: "zero", path: "", metric: .angular, train: Matrix([[1, 0], [0, 1]]), test: Matrix([[0, 0], [0, 2]]),
      groundTruth: GroundTruth(depth: 1, neighbors: [0, 1], distances: [1, 0]))
    let quality = judge([[1], [1]], k: 1, of: dataset)
    #expect(quality.unjudged == 1 && quality.recall == 1 && quality.recallByIDs == 1)
    #expect(dataset.isJudged(1) && !dataset.isJudged(0))
  }

  /// Sums that are nothing or below, and answers that are not there, have no ratio.
  @Test func ratiosAreFiniteOrNone() {
    let zero = Dataset(
      name: "zero", path: "", metric: .euclidean, train: Matrix([[1], [2]]), test: Matrix([[1]]),
      groundTruth: GroundTruth(depth: 1, neighbors: [0], distances: [0]))
    #expect(judge([[1]], k: 1, of: zero).relativeError == nil && judge([[1]], k: 1, of: zero).relativeErrorAtK == nil)
    let dot = Dataset(
      name: "dot", path: "", metric: .dot, train: Matrix([[10], [9]]), test: Matrix([[1]]),
      groundTruth: GroundTruth(depth: 1, neighbors: [0], distances: [-10]))
    #expect(judge([[1]], k: 1, of: dot).relativeError == nil && judge([[1]], k: 1, of: dot).relativeErrorAtK == nil)
    #expect(judge([[]], k: 1, of: .line(queries: 1)).relativeErrorAtK == nil)
  }

  /// 44 queries with a dimensionality, given from hard to easy; of the others nothing is known, or nothing was judged.
  @Test func recallIsThatOfEachQuarterByDifficulty() throws {
    let dimensionalities = (0..<44).map { Float(100 - $0) } + [.nan, 1]
    let recalls = (0..<44).map { $0 < 11 ? 0.25 : $0 < 22 ? 0.5 : $0 < 33 ? 0.75 : 1 } + [0, .nan]
    #expect(Quality.recallByDifficulty(recalls, dimensionalities) == [1, 0.75, 0.5, 0.25])
    #expect(Quality.recallByDifficulty(Array(recalls.prefix(39)), Array(dimensionalities.prefix(39))) == nil)
    #expect(Quality.recallByDifficulty(Array(recalls.prefix(40)), Array(dimensionalities.prefix(40)))?.count == 4)
    var quality = judge([[0, 1]], k: 2, of: .line(queries: 1))
    #expect(quality.recallByDifficulty == nil)
    quality.recallByDifficulty = [1, 0.75, 0.5, 0.25]
    #expect(try LedgerJSON.value(LedgerJSON.text(quality)) == quality)
  }

  @Test func figuresOfEarlierVersionsAreRead() throws {
    let text = """
      {"recall":0.5,"recallP5":0.25,"recallMinimum":0,"recallByIDs":0.5,"epsilon":0.5,"largeEpsilon":1,
      "relativeError":"inf","relativeErrorAtK":1.5,"duplicates":3,"outOfRange":4}
      """
    let quality: Quality = try LedgerJSON.value(text)
    #expect(quality.relativeError == nil && quality.relativeErrorAtK == 1.5 && quality.unjudged == 0)
    #expect(quality.recallP5 == 0.25 && quality.duplicates == 3 && quality.outOfRange == 4)
    #expect(try LedgerJSON.value(LedgerJSON.text(quality)) == quality)
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
