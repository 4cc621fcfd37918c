import Datasets
import Foundation
import VectorCore

@testable import Bench

/// A cell of a run that was never run: its rounds and recalls are made up.
struct MadeUpCell {
  var effort = 100
  /// Mean time of a query of each round, in microseconds; the queries' own times lie around it.
  var microseconds: [Double] = Array(repeating: 100, count: 15)
  /// Each query's.
  var recalls: [Double] = Array(repeating: 0.9, count: 40)
  var status = CellStatus.ok
  var variant = "exact"
  var threads = 1
  /// What else is to be different.
  var change: (inout CellMeasurement) -> Void = { _ in }
}

extension ComparedRun {
  /// A run whose raw results are in the folder.
  ///
  /// - Parameter unreached: how many planned cells a run that did not come to its end left unmeasured; nil for one that
  ///   did.
  static func fixture(
    in folder: String, number: Int = 1, pairedWith base: Int? = nil, tag: String = "", commit: String = "abc",
    dataset: SweepDataset = .fixture(), unreached: Int? = nil, _ cells: [MadeUpCell]
  ) throws -> ComparedRun {
    let provenance = Provenance(commit: commit, cpu: "cpu", system: "system")
    let records = try cells.map { cell in
      let fixture = try PlannedCell.fixture(seed: 1, effort: cell.effort)
      var options = fixture.options
      options.threads = cell.threads
      let planned = PlannedCell(cell: fixture.cell, options: options)
      let key = CellKey(planned, dataset: dataset, code: "\(number)")
      var outcome = CellRecord.Outcome.ended(cell.status, error: "it crashed")
      if cell.status == .ok {
        var measurement = try CellMeasurement.fixture(seed: 1, effort: cell.effort)
        let queries = cell.recalls.count
        let nanoseconds = cell.microseconds.map { mean in
          (0..<queries).map { UInt64(mean * 1000 * (0.5 + Double($0) / Double(queries))) }
        }
        let raw = RawRounds(
          k: 2, nanoseconds: nanoseconds, wallNanoseconds: nanoseconds.map { $0.reduce(0, +) },
          distanceComputations: nanoseconds.map { _ in 1 }, rows: Array(repeating: 0, count: 2 * queries),
          distances: Array(repeating: 0, count: 2 * queries), recalls: cell.recalls)
        let speeds = raw.speeds(planned.options)
        let judged = cell.recalls.filter(\.isFinite)
        measurement.variant = cell.variant
        measurement.options = options
        measurement.quality.recall = judged.isEmpty ? .nan : Dispersion.mean(judged)
        measurement.dataset.queries = queries
        measurement.speed.queriesPerSecond = Dispersion.median(speeds)
        measurement.speed.p99Milliseconds = 1000 / Dispersion.median(speeds) * 1.5
        measurement.timestamp = Date(timeIntervalSince1970: Double(1000 * number + cell.effort))
        measurement.provenance = provenance
        cell.change(&measurement)
        let file = RawResultFile.path(of: planned, variant: cell.variant, dataset: dataset.name, key: key, run: number)
        try RawResultFile.write(raw, of: measurement, key: key, to: "\(folder)/\(file)")
        outcome = .measured(measurement, rawFile: file)
      }
      return CellRecord(
        key: key, dataset: dataset, variant: cell.variant, planned: planned, outcome: outcome,
        finished: Date(timeIntervalSince1970: Double(number)))
    }
    let machine = Machine.current(provenance: provenance)
    let run = Ledger.Run(
      number: number, started: Date(timeIntervalSince1970: Double(number)), ended: unreached == nil ? Date() : nil,
      command: "test", keys: records.map(\.key) + (0..<(unreached ?? 0)).map { CellKey(text: SHA256.of("\($0)")) },
      machineAtStart: machine, machineAtEnd: machine, tag: tag, pairedWith: base)
    return ComparedRun(folder: folder, run: run, records: records)
  }
}
