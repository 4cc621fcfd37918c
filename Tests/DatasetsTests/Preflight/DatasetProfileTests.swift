import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Datasets

struct DatasetProfileTests {
  private func dataset(_ train: Matrix, _ test: Matrix, depth: Int = 20) -> Dataset {
    var neighbors: [Int64] = []
    var distances: [Float] = []
    for query in 0..<test.rows {
      let nearest = (0..<train.rows).map {
        (Metric.euclidean.referenceDistance(test[row: query], train[row: $0]), $0)
      }.sorted { $0 < $1 }.prefix(depth)
      neighbors += nearest.map { Int64($0.1) }
      distances += nearest.map { Float($0.0) }
    }
    return Dataset(
      name: "made", path: "/made", metric: .euclidean, train: train, test: test,
      groundTruth: GroundTruth(depth: depth, neighbors: neighbors, distances: distances))
  }

  @Test func orderlyDataGetNoWarning() throws {
    let profile = DatasetProfile(
      dataset(
        RandomVectors.clustered.matrix(600, dimension: 8, seed: 1),
        RandomVectors.clustered.matrix(20, dimension: 8, seed: 2)))
    #expect(profile.warnings.isEmpty && profile.storedQueries == 0 && profile.queries == 20)
    let (contrast, dimensionality) = (try #require(profile.contrast), try #require(profile.dimensionality))
    #expect(contrast.lower > 1.5 && contrast.lower <= contrast.median && contrast.median <= contrast.upper)
    #expect((2...16).contains(dimensionality.median))
    #expect(profile.contrastFinding.verdict == .passed && profile.contrastFinding.detail.contains("dimensionality"))
    let read = try JSONDecoder().decode(DatasetProfile.self, from: JSONEncoder().encode(profile))
    #expect(read == profile)
  }

  @Test func everyMistakeIsOneLineWithItsRemedy() throws {
    let random = RandomVectors.uniform.matrix(600, dimension: 100, seed: 1)
    let contrast = DatasetProfile(dataset(random, RandomVectors.uniform.matrix(20, dimension: 100, seed: 2))).warnings
    #expect(
      contrast.count == 1 && contrast[0].contains("relative contrast 1.") && contrast[0].contains("random numbers"))
    #expect(contrast[0].contains("local intrinsic dimensionality"))

    let rows = RandomVectors.clustered.matrix(600, dimension: 8, seed: 1)
    let stored = DatasetProfile(dataset(rows, rows.gathering(Array(0..<20))))
    #expect(stored.storedQueries == 20 && stored.warnings.count == 1)
    #expect(stored.warnings[0].hasPrefix("20 of 20 queries are rows of 'train': "))

    let far = Matrix((0..<20).map { rows.array($0).map { $0 + 9 } })
    let unlike = DatasetProfile(dataset(rows, far)).warnings
    #expect(unlike.count == 1 && unlike[0].contains("out of distribution"))

    let wrapped = Matrix(
      (0..<600).map {
        rows.array($0).map { value in
          let byte = Float(Int(value.magnitude * 40) % 256)
          return byte > 127 ? byte - 256 : byte
        }
      })
    let integers = DatasetProfile(dataset(wrapped, wrapped.gathering([1, 3, 5]))).wrapped
    #expect(integers == .unsignedAsSigned8)
    for warning in contrast + stored.warnings + unlike {
      #expect(!warning.contains("\n") && (warning.contains("take") || warning.contains("measure")))
    }
  }

  @Test func aFewStoredQueriesAreNoWarning() {
    let one = Preflight.finding(storedQueries: 1, first: 7, of: 101)
    #expect(one.verdict == .noted && one.detail.contains("first query 7"))
    #expect(Preflight.finding(storedQueries: 1, of: 100).verdict == .warned)
    #expect(Preflight.finding(storedQueries: 0, of: 100).verdict == .passed)
  }

  @Test func withoutATruthTheVectorsAloneAreLookedAt() {
    let train = RandomVectors.clustered.matrix(600, dimension: 8, seed: 1)
    let bare = Dataset(
      name: "bare", path: "/bare", metric: .euclidean, train: train, test: train[rows: 0..<20],
      groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
    let profile = DatasetProfile(bare)
    #expect(profile.contrast == nil && profile.dimensionality == nil && profile.storedQueries == 0)
    #expect(profile.likeness.verdict == .passed || profile.likeness.verdict == .warned)
    #expect(profile.contrastFinding.verdict == .skipped)
  }
}
