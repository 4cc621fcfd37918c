import Foundation
import VectorCore
import VectorIndexes

@testable import Bench

extension CellMeasurement {
  /// A measurement with recognisable numbers.
  static func fixture(nprobe: Int = 4, dataset: String = "photos", residentBytes: Int? = 4096) throws -> CellMeasurement
  {
    let nlist = ParameterDeclaration("nlist", .integer(1...1000), default: .integer(256), "")
    let probes = ParameterDeclaration("nprobe", .integer(1...1000), default: .integer(8), "")
    return CellMeasurement(
      variant: "ivf-flat",
      cell: Cell(
        kind: "ivf-flat", build: try Parameters(declared: [nlist], kind: "ivf-flat"),
        search: try Parameters(["nprobe": "\(nprobe)"], declared: [probes], kind: "ivf-flat")),
      options: RunOptions(),
      dataset: DatasetShape(name: dataset, metric: .euclidean, trainSize: 20_000, dimension: 128, queries: 1_000),
      datasetSHA256: String(repeating: "0f", count: 32),
      build: BuildCost(trainSeconds: 1.5, insertSeconds: 0.25, indexBytes: 2048, residentBytes: residentBytes),
      speed: Speed(
        queriesPerSecond: 500, slowestQueriesPerSecond: 400, fastestQueriesPerSecond: 600, p50Milliseconds: 1.5,
        p95Milliseconds: 2.5, p99Milliseconds: 3.5, p999Milliseconds: 4.5, distanceComputations: 1234.5,
        candidates: 10),
      quality: Quality(
        recall: 0.975, recallP5: 0.8, recallMinimum: 0.3, recallByIDs: 0.97, epsilon: 0.98, largeEpsilon: 0.99,
        relativeError: 0.125, relativeErrorAtK: 1.25, duplicates: 3, outOfRange: 7),
      uncertainty: Uncertainty(
        recall: Interval(low: 0.96, high: 0.99), queriesPerSecond: Interval(low: 450, high: 550),
        p99Milliseconds: Interval(low: 3, high: 4), speedDeviation: 12.5, unstableQueries: 2),
      rounds: [RoundFigures(queriesPerSecond: 500, p99Milliseconds: 3.5, seconds: 2, activity: MachineActivity())],
      warmUp: WarmUp(queries: 1500, seconds: 0.25), noise: [.steal(share: 0.05)], peakBytes: residentBytes,
      provenance: Provenance(commit: "abc1234-dirty", cpu: "A CPU, fast \"one\"", system: "Debian"),
      timestamp: Date(timeIntervalSince1970: 0))
  }
}

extension CellRecord {
  /// A measured cell, or one that ended otherwise.
  static func fixture(nprobe: Int = 4, ended: CellStatus? = nil) throws -> CellRecord {
    let measurement = try CellMeasurement.fixture(nprobe: nprobe)
    let dataset = SweepDataset(
      argument: "photos", path: "/photos.hdf5", sha256: measurement.datasetSHA256, shape: measurement.dataset)
    let planned = PlannedCell(cell: measurement.cell, options: measurement.options)
    return CellRecord(
      key: CellKey(planned, dataset: dataset, code: "abc"), dataset: dataset, variant: "ivf-flat", planned: planned,
      outcome: ended.map { .ended($0, error: "more than 5 s") }
        ?? .measured(measurement, rawFile: "results/a/\(nprobe).hdf5"),
      finished: Date(timeIntervalSince1970: 0))
  }
}
