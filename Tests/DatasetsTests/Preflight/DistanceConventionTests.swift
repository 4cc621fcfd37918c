import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Datasets

struct DistanceConventionTests {
  /// A dataset whose distances are what `distance` makes of two rows.
  private func dataset(
    _ metric: Metric, _ kind: RandomVectors = .uniform, _ distance: ([Float], [Float]) -> Double
  ) -> Dataset {
    let (train, test) = (kind.matrix(20, dimension: 24, seed: 1), kind.matrix(4, dimension: 24, seed: 2))
    let rows: [Int64] = Array(repeatElement([3, 5, 8], count: 4).joined())
    let distances = (0..<4).flatMap { query in
      [3, 5, 8].map { Float(distance(test.array(query), train.array($0))) }
    }
    return Dataset(
      name: "random", path: "/random", metric: metric, train: train, test: test,
      groundTruth: GroundTruth(depth: 3, neighbors: rows, distances: distances))
  }

  private func sum(_ a: [Float], _ b: [Float], _ term: (Double, Double) -> Double) -> Double {
    zip(a, b).reduce(0) { $0 + term(Double($1.0), Double($1.1)) }
  }

  private func cosine(_ a: [Float], _ b: [Float]) -> Double {
    sum(a, b, *) / (sum(a, a, *) * sum(b, b, *)).squareRoot()
  }

  @Test func definitionsOfOthersAreRecognised() {
    func seen(_ metric: Metric, _ kind: RandomVectors = .uniform, _ distance: ([Float], [Float]) -> Double)
      -> DistanceConvention?
    {
      .explaining(dataset(metric, kind, distance), queries: [0, 1, 2, 3])
    }
    let squares: ([Float], [Float]) -> Double = { sum($0, $1) { ($0 - $1) * ($0 - $1) } }
    #expect(seen(.euclidean, .uniform, squares) == .squared)
    #expect(seen(.angular, .uniform, cosine) == .similarity)
    #expect(seen(.angular) { (2 - 2 * cosine($0, $1)).squareRoot() } == .chord)
    #expect(seen(.angular) { 2 - 2 * cosine($0, $1) } == .squaredChord)
    #expect(seen(.angular) { acos(cosine($0, $1)) } == .angle)
    #expect(seen(.angular) { acos(cosine($0, $1)) / Double.pi } == .shareOfHalfTurn)
    #expect(seen(.dot) { sum($0, $1, *) } == .negated)
    #expect(seen(.dot) { 1 - sum($0, $1, *) } == .oneMinusProduct)
    #expect(seen(.hamming, .binary) { sum($0, $1) { $0 == $1 ? 0 : 1 } } == .count)
    #expect(seen(.manhattan) { squares($0, $1).squareRoot() } == .euclidean)
    #expect(seen(.manhattan) { squares($0, $1) } == .squaredEuclidean)
    #expect(seen(.euclidean) { 1 - cosine($0, $1) } == .angular)
    #expect(seen(.euclidean) { sum($0, $1) { abs($0 - $1) } } == .manhattan)
    #expect(seen(.euclidean) { _, _ in 42 } == nil)
  }
}
