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
    let root: ([Float], [Float]) -> Double = { squares($0, $1).squareRoot() }
    #expect(seen(.euclidean) { 1 / (1 + root($0, $1)) } == .inverse)
    #expect(seen(.euclidean) { _, _ in 42 } == nil)
  }

  @Test func roundedDistancesAreRecognised() {
    func seen(_ rounded: (Double) -> Double) -> DistanceConvention? {
      let distances = dataset(.manhattan) { a, b in rounded(sum(a, b) { abs($0 - $1) }) }
      return .explaining(distances, queries: [0, 1, 2, 3])
    }
    #expect(seen { $0.rounded() } == .wholeNumbers)
    #expect(seen { ($0 * 10).rounded() / 10 } == .oneDecimal)
    #expect(seen { ($0 * 100).rounded() / 100 } == .twoDecimals)
    // 10 and 7 bits behind the first one are left of 23.
    func keeping(_ bits: UInt32, _ distance: Double) -> Double {
      let half: UInt32 = 1 << (22 - bits)
      return Double(Float(bitPattern: (Float(distance).bitPattern + half) & ~(2 * half - 1)))
    }
    #expect(seen { keeping(10, $0) } == .halfPrecision)
    #expect(seen { keeping(7, $0) } == .bfloat16)
    #expect(seen { $0 + 0.3 } == nil)
  }
}
