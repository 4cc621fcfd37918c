import Foundation
import HDF5
import Testing
import VectorCore

@testable import Datasets

struct PreflightTests {
  private let folder = TemporaryFolder()

  /// 40 points on a line, 10 queries between them with their 12 nearest; a test makes one thing of it wrong.
  private struct Parts {
    var train: [[Float]] = (0..<40).map { [Float($0), 1] }
    var test: [[Float]] = (0..<10).map { [Float($0) * 3.17 + 0.1, 1] }
    var neighbors: [Int32] = []
    var distances: [Float] = []

    init() {
      for query in test {
        let nearest = (0..<40).sorted { abs(Float($0) - query[0]) < abs(Float($1) - query[0]) }.prefix(12)
        neighbors += nearest.map { Int32($0) }
        distances += nearest.map { abs(Float($0) - query[0]) }
      }
    }
  }

  private func findings(_ parts: Parts, metric: String = "euclidean") throws -> Preflight {
    let file = try HDF5File.create(folder.file("line.hdf5"))
    try file.write(Matrix(parts.train), to: "train")
    try file.write(Matrix(parts.test), to: "test")
    if !parts.neighbors.isEmpty { try file.write(parts.neighbors, shape: [10, 12], to: "neighbors") }
    if !parts.distances.isEmpty { try file.write(parts.distances, shape: [10, 12], to: "distances") }
    try file.setAttribute("distance", .string(metric))
    try file.close()
    let preflight = try Preflight(path: file.path)
    #expect(preflight.findings.map(\.check) == Preflight.Check.allCases)
    #expect(preflight.findings.allSatisfy { !$0.detail.isEmpty && !$0.detail.contains("\n") })
    return preflight
  }

  /// What came of one check; no others fail than those that follow from it.
  private func outcome(
    _ preflight: Preflight, _ check: Preflight.Check, allowing others: Set<Preflight.Check> = []
  ) throws -> Preflight.Finding {
    let unexpected = preflight.findings.filter {
      $0.verdict == .failed && $0.check != check && !others.contains($0.check)
    }
    #expect(unexpected.isEmpty)
    return try #require(preflight.findings.first { $0.check == check })
  }

  @Test func aSoundDatasetPasses() throws {
    let preflight = try findings(Parts())
    #expect(
      preflight.findings.allSatisfy { $0.verdict == ($0.check == .likeness ? .skipped : .passed) },
      "\(preflight.findings)")
    #expect(preflight.failures == 0)
    let shapes = preflight.findings[0].detail
    #expect(
      shapes
        == "train 40 × 2 float32, test 10 × 2 float32, neighbors 10 × 12 int32, distances 10 × 12 float32, euclidean")
  }

  @Test func whatIsNotFiniteFailsAndStopsTheRest() throws {
    var parts = Parts()
    parts.train[7][1] = .nan
    let preflight = try findings(parts)
    let finding = try outcome(preflight, .finite)
    #expect(finding.verdict == .failed && finding.detail.contains("'train' row 7, column 1"))
    #expect(finding.detail.contains("k-nn"))
    #expect(preflight.findings.count { $0.verdict == .skipped } == Preflight.Check.allCases.count - 2)
  }

  @Test func oddVectorsAreNoted() throws {
    var parts = Parts()
    parts.train[0] = [0, 0]
    parts.train[39] = parts.train[38]
    parts.test[0] = parts.train[20]
    parts.neighbors = []
    parts.distances = []
    let preflight = try findings(parts)
    let verdicts = Dictionary(uniqueKeysWithValues: preflight.findings.map { ($0.check, $0) })
    #expect(verdicts[.zeros]?.verdict == .noted && verdicts[.zeros]?.detail.contains("first row 0") == true)
    #expect(verdicts[.duplicates]?.verdict == .noted)
    #expect(verdicts[.duplicates]?.detail.hasPrefix("1 of 40 repeat another, first row 39 that is row 38") == true)
    #expect(verdicts[.leaks]?.verdict == .warned)
    #expect(verdicts[.leaks]?.detail.hasPrefix("1 of 10 queries are rows of 'train', first query 0: ") == true)
    #expect(verdicts[.truth]?.verdict == .skipped && preflight.failures == 0)
  }

  @Test func idsOutOfRangeFail() throws {
    var parts = Parts()
    parts.neighbors[5] = 40
    let finding = try outcome(try findings(parts), .ids)
    #expect(finding.verdict == .failed && finding.detail.contains("row 0, column 5 is 40"))
    #expect(!finding.detail.contains("count from 1"))
  }

  @Test func idsThatCountFromOneAreExplained() throws {
    var parts = Parts()
    parts.neighbors = parts.neighbors.map { $0 + 1 }
    let distances = try outcome(try findings(parts), .distances, allowing: [.order, .truth])
    #expect(distances.verdict == .failed && distances.detail.contains("the ids seem to count from 1"))
    // The last row is a neighbour of this query, and so the largest id is no row.
    parts = Parts()
    parts.test[9] = [39, 1]
    parts.neighbors = parts.neighbors.map { $0 + 1 }
    for place in 108..<120 {
      (parts.neighbors[place], parts.distances[place]) = (Int32(148 - place), Float(place - 108))
    }
    let ids = try outcome(try findings(parts), .ids)
    #expect(ids.verdict == .failed && ids.detail.contains("is 40; ids are 0…39"))
    #expect(ids.detail.contains("they seem to count from 1, subtract 1 from each"))
  }

  @Test func placesWithoutNeighborsAreTold() throws {
    var parts = Parts()
    parts.neighbors[11] = -1
    parts.distances[11] = .infinity
    let noted = try outcome(try findings(parts), .gaps)
    #expect(
      noted.verdict == .noted
        && noted.detail == "1 of 10 queries have fewer than 12; 0 have none, or no direction, and are not judged")
    parts = Parts()
    parts.neighbors[3] = -1
    let failed = try outcome(try findings(parts), .gaps)
    #expect(failed.verdict == .failed && failed.detail.contains("query 0") && failed.detail.contains("column 4"))
  }

  @Test func repeatedNeighborsFail() throws {
    var parts = Parts()
    (parts.neighbors[13], parts.distances[13]) = (parts.neighbors[12], parts.distances[12])
    let finding = try outcome(try findings(parts), .repetitions, allowing: [.truth])
    #expect(finding.verdict == .failed && finding.detail.hasPrefix("1 of 10 queries, first query 1: row"))
  }

  @Test func squaredDistancesFailWithTheirMeaningAndEffect() throws {
    var parts = Parts()
    parts.distances = parts.distances.map { $0 * $0 }
    let finding = try outcome(try findings(parts), .distances)
    #expect(finding.verdict == .failed && finding.detail.contains("squares"))
    #expect(finding.detail.contains("k-nn is too high"), "\(finding.detail)")
    // Small distances shrink when they are squared: then an exact index is judged to miss.
    parts = Parts()
    parts.train = parts.train.map { [$0[0] / 100, 0] }
    parts.test = parts.test.map { [$0[0] / 100, 0] }
    parts.distances = parts.distances.map { $0 * $0 / 1e4 }
    let low = try outcome(try findings(parts), .distances)
    #expect(low.verdict == .failed && low.detail.contains("an exact index would score k-nn 0."), "\(low.detail)")
  }

  @Test func neighborsOutOfOrderFail() throws {
    var parts = Parts()
    parts.neighbors.swapAt(0, 9)
    parts.distances.swapAt(0, 9)
    let finding = try outcome(try findings(parts), .order)
    #expect(finding.verdict == .failed && finding.detail.contains("k-th"))
  }

  @Test func tiesAreCounted() throws {
    var parts = Parts()
    // Query 0 is row 20: places 2 and 3, 4 and 5, … 10 and 11 are at equal distances.
    parts.test[0] = [20, 1]
    let nearest = (0..<40).sorted { (abs($0 - 20), $0) < (abs($1 - 20), $1) }.prefix(12)
    for (place, row) in nearest.enumerated() {
      parts.neighbors[place] = Int32(row)
      parts.distances[place] = Float(abs(row - 20))
    }
    let file = try findings(parts)
    #expect(file.findings.first { $0.check == .ties }?.detail.hasPrefix("1 of 10 queries have equals") == true)
    var options = Preflight.Options()
    options.k = 9
    let other = try Preflight(path: folder.file("line.hdf5"), options: options)
    #expect(other.findings.first { $0.check == .ties }?.verdict == .passed)
    options.k = 12
    let deep = try Preflight(path: folder.file("line.hdf5"), options: options)
    #expect(deep.findings.first { $0.check == .ties }?.verdict == .skipped)
  }

  @Test func aMissedNeighborIsFoundBySearchingAgain() throws {
    var parts = Parts()
    // The nearest of query 4 is left out, and the thirteenth takes the last place.
    let query = parts.test[4][0]
    let order = (0..<40).sorted { abs(Float($0) - query) < abs(Float($1) - query) }
    for (place, row) in order[1...12].enumerated() {
      parts.neighbors[48 + place] = Int32(row)
      parts.distances[48 + place] = abs(Float(row) - query)
    }
    let finding = try outcome(try findings(parts), .truth)
    #expect(finding.verdict == .failed && finding.detail.hasPrefix("1 of 10 queries, first query 4: row \(order[0])"))
    #expect(finding.detail.contains("recall_ids too low"))
  }

  @Test func theWrongMetricShows() throws {
    let finding = try outcome(try findings(Parts(), metric: "dot"), .distances, allowing: [.order, .truth])
    #expect(finding.verdict == .failed && finding.detail.contains("Euclidean"))
  }

  /// Distances behind the ids of a billion-scale file are not used: what they mean is told, and nothing fails.
  @Test func distancesOfOtherToolsAreExplained() throws {
    let parts = Parts()
    try folder.write("base.fvecs", Data(TableBytes.fvecs(parts.train)))
    try folder.write("query.fvecs", Data(TableBytes.fvecs(parts.test)))
    let bytes = TableBytes.integers(parts.neighbors) + TableBytes.floats(parts.distances.map { $0 * $0 })
    try folder.write("truth.ibin", Data(TableBytes.bin(10, 12, bytes)))
    try folder.write(
      "line.yml", Data("distance: l2\ntrain: base.fvecs\ntest: query.fvecs\nneighbors: truth.ibin".utf8))
    let preflight = try Preflight(path: folder.file("line.yml"))
    #expect(preflight.failures == 0)
    let finding = try #require(preflight.findings.first { $0.check == .distances })
    #expect(finding.verdict == .noted && finding.detail.contains("squares") && finding.detail.contains("not used"))
  }

  @Test func ofASingleTableTheVectorsAreChecked() throws {
    try folder.write("base.fvecs", Data(TableBytes.fvecs([[1, 2], [1, 2]])))
    let preflight = try Preflight(path: folder.file("base.fvecs"))
    #expect(preflight.findings.map(\.check) == [.shapes, .finite, .overflow, .zeros, .duplicates])
    #expect(preflight.findings.last?.verdict == .noted)
  }

  @Test func theShippedDatasetPasses() throws {
    var options = Preflight.Options()
    // All of them would take long without the optimiser.
    options.sample = 1
    let preflight = try Preflight(path: "\(shippedDatasets)/debian-minilm-4k-384-angular.hdf5", options: options)
    #expect(preflight.findings.allSatisfy { $0.verdict == .passed }, "\(preflight.findings)")
  }
}
