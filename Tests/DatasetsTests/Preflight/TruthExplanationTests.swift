import Foundation
import TestSupport
import Testing
import VectorCore

@testable import Datasets

struct TruthExplanationTests {
  private static let (rows, queries, depth) = (400, 12, 8)

  private let train: Matrix
  private let test: Matrix

  init() {
    train = RandomVectors.clustered.matrix(Self.rows, dimension: 8, seed: 1)
    test = RandomVectors.clustered.matrix(Self.queries, dimension: 8, seed: 2)
  }

  /// The true neighbours among some rows.
  private func truth(_ metric: Metric, _ train: Matrix, _ test: Matrix) -> GroundTruth {
    var (neighbors, distances): ([Int64], [Float]) = ([], [])
    for query in 0..<test.rows {
      let nearest = (0..<train.rows).map { (metric.referenceDistance(test[row: query], train[row: $0]), $0) }.sorted {
        $0 < $1
      }
      neighbors += nearest.prefix(Self.depth).map { Int64($0.1) }
      distances += nearest.prefix(Self.depth).map { Float($0.0) }
    }
    return GroundTruth(depth: Self.depth, neighbors: neighbors, distances: distances)
  }

  /// What explains a truth that is not that of the vectors, stated with its distances or by ids alone.
  private func explanation(
    _ train: Matrix, _ test: Matrix, _ truth: GroundTruth, idsAlone: Bool
  ) throws -> TruthExplanation? {
    var dataset = Dataset(name: "made", path: "/made", metric: .euclidean, train: train, test: test, groundTruth: truth)
    if idsAlone { dataset = try dataset.judged(by: truth.neighbors, depth: truth.depth) }
    let check = NeighborCheck(dataset, standard: .recall)
    let wrong = (0..<test.rows).filter { check.fault(of: $0) != nil }
    #expect(!wrong.isEmpty)
    // A load finds a fault, too, and says the same about it.
    let error = #expect(throws: DatasetError.self) { try Preflight.checkQuickly(dataset) }
    guard case .neighbors(_, _, _, let found)? = error else { return nil }
    #expect(TruthExplanation.explaining(dataset, queries: wrong) == found)
    return found
  }

  @Test(arguments: [true, false])
  func idsFromOne(idsAlone: Bool) throws {
    let right = truth(.euclidean, train[rows: 0..<Self.rows - 1], test)
    let shifted = GroundTruth(depth: Self.depth, neighbors: right.neighbors.map { $0 + 1 }, distances: right.distances)
    #expect(try explanation(train, test, shifted, idsAlone: idsAlone) == .countsFromOne)
  }

  /// Rows 200…399 have come later: the truth is right in itself.
  @Test(arguments: [true, false])
  func theFirstRows(idsAlone: Bool) throws {
    let half = truth(.euclidean, train[rows: 0..<200], test)
    let reach = Int(try #require(half.neighbors.max())) + 1
    #expect(try explanation(train, test, half, idsAlone: idsAlone) == .firstRows(reach))
  }

  @Test func anotherOrder() throws {
    var random = SeededGenerator(seed: 4)
    let shuffled = train.gathering(random.sample(Self.rows, below: Self.rows))
    let right = truth(.euclidean, train, test)
    #expect(try explanation(shuffled, test, right, idsAlone: false) == .otherOrder)
    // By ids alone nothing tells it from a truth that is merely wrong, which is refused as well.
    #expect(try explanation(shuffled, test, right, idsAlone: true) == nil)
  }

  @Test(arguments: [true, false])
  func integersThatWrapped(idsAlone: Bool) throws {
    func unsigned(_ matrix: Matrix) -> Matrix {
      Matrix((0..<matrix.rows).map { matrix.array($0).map { (($0 + 6) * 21).rounded() } })
    }
    func stored(_ matrix: Matrix) -> Matrix {
      Matrix((0..<matrix.rows).map { matrix.array($0).map { $0 > 127 ? $0 - 256 : $0 } })
    }
    let (train, test) = (unsigned(train), unsigned(test))
    let right = truth(.euclidean, train, test)
    #expect(
      try explanation(stored(train), stored(test), right, idsAlone: idsAlone) == .wrapped(.unsignedAsSigned8))
  }

  @Test func anotherMetric() throws {
    let right = truth(.manhattan, train, test)
    #expect(try explanation(train, test, right, idsAlone: true) == .metric(.manhattan))
    #expect(try explanation(train, test, right, idsAlone: false) == .convention(.manhattan))
  }

  @Test func nothingExplainsNoise() throws {
    var random = SeededGenerator(seed: 9)
    let rows = (0..<Self.queries).flatMap { _ in random.sample(Self.depth, below: Self.rows).map { Int64($0) } }
    let noise = GroundTruth(depth: Self.depth, neighbors: rows, distances: [])
    #expect(try explanation(train, test, noise, idsAlone: true) == nil)
  }

  @Test func everyExplanationIsOneLine() {
    let all: [TruthExplanation] = [
      .convention(.halfPrecision), .metric(.dot), .countsFromOne, .wrapped(.signedAsUnsigned8), .firstRows(7),
      .otherOrder,
    ]
    for explanation in all {
      #expect(!explanation.description.contains("\n") && explanation.description.count > 20)
    }
  }
}
