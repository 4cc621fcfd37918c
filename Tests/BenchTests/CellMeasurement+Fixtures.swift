import Foundation
import VectorCore
import VectorIndexes

@testable import Bench

extension CellMeasurement {
  /// What was measured of an exact index on the line; figures that need all their digits.
  static func fixture(
    of planned: PlannedCell? = nil, seed: UInt64 = .max, effort: Int = 100
  ) throws -> CellMeasurement {
    let planned = try planned ?? PlannedCell.fixture(seed: seed, effort: effort)
    return CellMeasurement(
      variant: "exact", cell: planned.cell, options: planned.options, dataset: SweepDataset.fixture().shape,
      datasetSHA256: SweepDataset.fixture().sha256,
      build: BuildCost(trainSeconds: 0.1, insertSeconds: 1e-9, indexBytes: 1000, residentBytes: nil),
      speed: Speed(
        queriesPerSecond: 1.0 / 3, slowestQueriesPerSecond: 0.3, fastestQueriesPerSecond: 0.4, p50Milliseconds: 1,
        p95Milliseconds: 2, p99Milliseconds: 3, p999Milliseconds: 4, distanceComputations: 100, candidates: 2),
      quality: Quality(
        recall: 0.7, recallP5: 0.1, recallMinimum: 0, recallByIDs: 0.6, epsilon: 0.8, largeEpsilon: 0.9,
        relativeError: nil, relativeErrorAtK: 1.1, duplicates: 0, outOfRange: 0),
      uncertainty: Uncertainty(
        recall: Interval(low: 0.6, high: 0.8), queriesPerSecond: Interval(low: 0.2, high: 0.5),
        p99Milliseconds: Interval(low: 2, high: 5), speedDeviation: 0.01, unstableQueries: 1),
      rounds: [
        RoundFigures(queriesPerSecond: 1.0 / 3, p99Milliseconds: 3, seconds: 30, activity: MachineActivity())
      ],
      warmUp: WarmUp(queries: 10, seconds: 0.01), noise: [.steal(share: 0.1), .slowFirstRound], peakBytes: 12345,
      provenance: Provenance(commit: "abc", cpu: "", system: ""), timestamp: Date(timeIntervalSince1970: 1e9 / 3))
  }
}

extension PlannedCell {
  static func fixture(
    seed: UInt64 = .max, effort: Int = 100, k: Int = 2, fault: String = "none"
  ) throws -> PlannedCell {
    let variant = try IndexVariant(
      Subject(ExactIndex.self), search: [Setting("effort", [String(effort)]), Setting("fault", [fault])])
    var options = RunOptions()
    options.k = k
    options.seed = seed
    return PlannedCell(
      cell: Cell(kind: "exact", build: variant.builds[0], search: variant.searches[0]), options: options)
  }
}
