import Foundation
import TestSupport
import Testing
import VectorIndexes

@testable import Bench
@testable import Reports

/// A place in a made-up sweep.
struct FixtureCell {
  var dataset = "photos"
  var variant = "ivf-flat"
  var nprobe = 4
  var k = 10
  var mode = SearchMode.single
  var recall = 0.9
  var qps = 1000.0
  var ended: CellStatus?
  /// Days since 1970.
  var day = 0
  var stage: WorkloadStage?
}

extension CellRecord {
  /// - Parameter folder: gets the raw result, of 8 queries of 1 to 8 ms.
  static func fixture(_ place: FixtureCell, number: Int, folder: String) throws -> CellRecord {
    var measurement = try CellMeasurement.fixture(nprobe: place.nprobe, dataset: place.dataset)
    measurement.variant = place.variant
    measurement.options.k = place.k
    measurement.timestamp = Date(timeIntervalSince1970: Double(place.day) * 86_400)
    measurement.options.mode = place.mode
    measurement.options.stage = place.stage
    measurement.dataset.queries = 8
    measurement.options.seed += UInt64(number)
    measurement.quality.recall = place.recall
    measurement.uncertainty.recall = Interval(low: place.recall - 0.01, high: place.recall + 0.01)
    measurement.speed.queriesPerSecond = place.qps
    measurement.speed.p99Milliseconds = 2000 / place.qps
    measurement.uncertainty.queriesPerSecond = Interval(low: place.qps * 0.9, high: place.qps * 1.1)
    measurement.uncertainty.p99Milliseconds = Interval(low: 1500 / place.qps, high: 2500 / place.qps)
    let dataset = SweepDataset(
      argument: place.dataset, path: "/\(place.dataset)", sha256: measurement.datasetSHA256, shape: measurement.dataset)
    let planned = PlannedCell(cell: measurement.cell, options: measurement.options)
    let key = CellKey(planned, dataset: dataset, code: "\(place.variant) \(number)")
    let raw = RawRounds(
      k: place.k, nanoseconds: [(1...8).map { $0 * 1_000_000 }], wallNanoseconds: [36_000_000],
      distanceComputations: [8],
      rows: [Int32](repeating: 0, count: 8 * place.k), distances: [Float](repeating: 1, count: 8 * place.k))
    let file = "results/\(number).hdf5"
    if place.ended == nil { try RawResultFile.write(raw, of: measurement, key: key, to: "\(folder)/\(file)") }
    return CellRecord(
      key: key, dataset: dataset, variant: place.variant, planned: planned,
      outcome: place.ended.map { .ended($0, error: "more than 5 s") } ?? .measured(measurement, rawFile: file),
      finished: Date(timeIntervalSince1970: 0))
  }
}

extension SweepReport {
  static func fixture(_ places: [FixtureCell], folder: TemporaryFolder, isFinished: Bool = true) throws -> SweepReport {
    let records = try places.enumerated().map { number, place in
      try CellRecord.fixture(place, number: number, folder: folder.path)
    }
    let machine = Machine.current(provenance: Provenance(commit: "abc1234", cpu: "A CPU", system: "Debian"))
    let run = Ledger.Run(
      number: 1, started: Date(timeIntervalSince1970: 0), ended: isFinished ? Date(timeIntervalSince1970: 60) : nil,
      command: "recallbench run sweep.yml", keys: records.map(\.key), machineAtStart: machine, machineAtEnd: nil,
      tag: "", pairedWith: nil)
    return SweepReport(run: run, records: records, folder: folder.path)
  }

  /// The small one beside itself, with a quarter less speed.
  static func compared(folder: TemporaryFolder) throws -> SweepReport {
    let base = try small(folder: folder)
    let head = try small(folder: folder, slowdown: 0.75)
    func run(_ report: SweepReport) -> ComparedRun {
      ComparedRun(folder: folder.path, run: report.run, records: report.records)
    }
    return SweepReport(
      run: head.run, records: head.records, folder: folder.path,
      comparison: Comparison(base: run(base), head: run(head)))
  }

  /// Twelve nights of one index, slower by a third from the seventh on.
  static func nights(folder: TemporaryFolder) throws -> SweepReport {
    let ledger = try Ledger(folder: folder.path)
    var report = try fixture([FixtureCell(recall: 0.96)], folder: folder)
    for night in 0..<12 {
      let qps = (night < 6 ? 1500.0 : 1000.0) + Double(night % 3)
      report = try fixture([FixtureCell(recall: 0.96, qps: qps, day: night)], folder: folder)
      let machine = report.run.machineAtStart
      let time = Date(timeIntervalSince1970: Double(night) * 86_400)
      let run = try ledger.beginRun(command: "", keys: report.run.keys, machine: machine, at: time)
      try ledger.record(report.records, run: run)
      try ledger.endRun(run, machine: machine, at: time)
    }
    let metric = try #require(HistoryMetric(parsing: "qps@recall=0.95"))
    return SweepReport(
      run: report.run, records: report.records, folder: folder.path, history: try History(metric, of: ledger))
  }

  /// Two steps of an index that is trained in two ways, on two datasets.
  static func drift(folder: TemporaryFolder) throws -> SweepReport {
    try fixture(
      ["photos", "texts"].flatMap { dataset in
        [1, 2].flatMap { step in
          [RunbookTraining.first, .each].map { training in
            FixtureCell(
              dataset: dataset, recall: 0.9 - 0.1 * Double(step), stage: .drift(step: step, training: training))
          }
        }
      }, folder: folder)
  }

  /// Two datasets, two indexes; on the first one four settings of each index, of which one is beaten by another.
  static func small(folder: TemporaryFolder, slowdown: Double = 1) throws -> SweepReport {
    var places: [FixtureCell] = []
    for (variant, speed) in [("ivf-flat", 1.0), ("pq4", 2.0)] {
      for (nprobe, recall, qps) in [(1, 0.7, 4000.0), (2, 0.8, 3000), (4, 0.92, 1000), (8, 0.9, 500)] {
        places.append(FixtureCell(variant: variant, nprobe: nprobe, recall: recall, qps: qps * speed * slowdown))
      }
    }
    places.append(FixtureCell(dataset: "texts", nprobe: 1, recall: 0.6, qps: 500))
    places.append(FixtureCell(dataset: "texts", nprobe: 2, mode: .batch, recall: 0.7, qps: 400))
    return try fixture(places, folder: folder)
  }
}
