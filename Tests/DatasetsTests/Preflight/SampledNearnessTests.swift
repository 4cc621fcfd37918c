import TestSupport
import Testing
import VectorCore

@testable import Datasets

struct SampledNearnessTests {
  private func nearness(_ train: Matrix, _ test: Matrix, _ metric: Metric = .euclidean) -> SampledNearness? {
    SampledNearness(
      Dataset(
        name: "made", path: "/made", metric: metric, train: train, test: test,
        groundTruth: GroundTruth(depth: 0, neighbors: [], distances: [])))
  }

  private func moved(_ matrix: Matrix, by step: Float) -> Matrix {
    Matrix((0..<matrix.rows).map { matrix.array($0).map { $0 + step } })
  }

  @Test(arguments: [Metric.euclidean, .angular, .dot, .manhattan])
  func queriesOfTheSameSourceAreAlike(_ metric: Metric) throws {
    let train = RandomVectors.clustered.matrix(2_000, dimension: 16, seed: 1)
    let test = RandomVectors.clustered.matrix(100, dimension: 16, seed: 2)
    let same = try #require(nearness(train, test, metric))
    #expect(!same.isQueryUnlike && (0.8...1.25).contains(same.queryRatio), "\(same)")
    // Clouds are nearer than their columns shuffled.
    #expect(same.structure > 1.3, "\(same)")
    let other = try #require(nearness(train, moved(test, by: 30), metric))
    #expect(other.isQueryUnlike, "\(other)")
  }

  @Test func queriesFarAwayAreToldByHowMuch() throws {
    let train = RandomVectors.uniform.matrix(1_000, dimension: 16, seed: 1)
    let far = try #require(nearness(train, moved(RandomVectors.uniform.matrix(50, dimension: 16, seed: 2), by: 2)))
    #expect(far.isQueryUnlike && far.queryRatio > 2)
    // All in the middle, where every row is near.
    let middle = try #require(nearness(train, Matrix(Array(repeating: Array(repeating: 0, count: 16), count: 20))))
    #expect(middle.queryRatio < 1)
  }

  @Test func randomNumbersHaveNoStructure() throws {
    for dimension in [16, 100] {
      let train = RandomVectors.uniform.matrix(2_000, dimension: dimension, seed: 3)
      let random = try #require(nearness(train, train))
      #expect((0.95...1.05).contains(random.structure), "\(random)")
    }
  }

  @Test func tooFewAndEqualVectorsSayNothing() {
    let train = RandomVectors.uniform.matrix(199, dimension: 4, seed: 1)
    #expect(nearness(train, train) == nil)
    let more = RandomVectors.uniform.matrix(200, dimension: 4, seed: 1)
    #expect(nearness(more, more[rows: 0..<9]) == nil && nearness(more, more[rows: 0..<10]) != nil)
    let equal = Matrix(Array(repeating: [1, 2], count: 300))
    #expect(nearness(equal, equal) == nil)
    // Zero vectors have no direction to be like anything.
    #expect(nearness(more, Matrix(Array(repeating: [0, 0, 0, 0], count: 50)), .angular) == nil)
  }

  @Test func aSampleIsSpreadOverAllRows() {
    var random = SeededGenerator(seed: 1)
    let drawn = random.spread(10, below: 1_000)
    #expect(drawn.map { $0 / 100 } == Array(0..<10))
    #expect(random.spread(5, below: 5) == [0, 1, 2, 3, 4] && random.spread(9, below: 2) == [0, 1])
    #expect(random.spread(0, below: 7).isEmpty)
  }
}
