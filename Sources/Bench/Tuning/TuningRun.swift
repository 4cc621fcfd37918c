import Foundation
import VectorIndexes

/// A run of `Tuner`: it opens builds, and records the measured cells in the ledger.
final class TuningRun {
  let request: TuneRequest
  /// The part of the dataset on which settings are tried.
  let queries: Int
  let number: Int
  /// The moment at which the search must end.
  let end: ContinuousClock.Instant
  let report: (TuneEvent) -> Void
  private(set) var remarks: [String] = []
  private let ledger: Ledger
  private let program: String
  private let identity: WorkOrder.Identity
  /// The identity of the program and the place of measurement, for the keys of cells.
  private let code: String
  /// The records of the run's cells.
  private var records: [CellKey: CellRecord]
  private var bestSpeed = 0.0

  /// The number of queries on which settings are tried: a tenth, but not fewer than this.
  private static let fewestQueries = 500

  /// - Parameter kept: the records that an interrupted run has already.
  init(
    _ request: TuneRequest, ledger: Ledger, number: Int, kept: [CellRecord], program: String, provenance: Provenance,
    disturbances: [Disturbance], report: @escaping (TuneEvent) -> Void
  ) {
    self.request = request
    self.ledger = ledger
    self.number = number
    self.program = program
    self.report = report
    let all = request.dataset.shape.queries
    queries = min(all, max(Self.fewestQueries, all / 10))
    end = ContinuousClock.now + .seconds(request.seconds)
    identity = WorkOrder.Identity(keys: [], provenance: provenance, run: number, disturbances: disturbances)
    code = "\(provenance.identity)\n\(Supervisor(.children(program: program)).setting)"
    records = Dictionary(kept.map { ($0.key, $0) }) { first, _ in first }
  }

  /// Seconds until the end of the search; not positive afterwards.
  var secondsLeft: Double { (end - .now) / .seconds(1) }

  /// The time limit of the next step.
  var stepSeconds: Double { min(max(secondsLeft, 0.1), request.requirement.buildSeconds ?? .infinity) }

  func remark(_ text: String) { remarks.append(text) }

  /// A build that measures cells on request.
  ///
  /// - Parameter rows: the number of rows to index.
  func open(_ space: TuningSpace, _ parameters: Parameters, rows: Int) -> OpenBuild {
    OpenBuild(
      request.build(of: space.variant, parameters), program: program,
      sample: DatasetSample(rows: rows, queries: queries), identity: identity, folder: ledger.folder)
  }

  /// A cell of a build.
  func cell(_ build: SweepPlan.Build, _ search: Parameters, rounds: Int? = nil) -> PlannedCell {
    var options = request.options
    options.rounds = rounds ?? options.rounds
    return PlannedCell(
      cell: Cell(kind: build.subject.kind, build: build.parameters, search: search), options: options)
  }

  /// - Parameter isInTurns: whether the cell's rounds are interleaved with those of other builds.
  func key(_ cell: PlannedCell, of build: SweepPlan.Build, isInTurns: Bool = false) -> CellKey {
    CellKey(
      cell, variant: build.variant, dataset: build.dataset,
      code: code + (isInTurns ? SweepRunner.turns : "") + build.subject.identityLine)
  }

  /// The record of a cell; `nil` for one that was not measured in this run.
  func record(of key: CellKey) -> CellRecord? { records[key].flatMap { $0.measurement == nil ? nil : $0 } }

  /// The records of a build, interleaved or not.
  func records(of build: SweepPlan.Build) -> [CellRecord] {
    records.values.filter {
      $0.variant == build.variant && $0.planned.cell.build == build.parameters && $0.measurement != nil
    }
  }

  /// Measures a cell on all queries and records it, unless the run has measured it already.
  ///
  /// - Returns: the record; `nil` when the time was over before the cell was measured.
  func measure(_ cell: PlannedCell, on open: OpenBuild) throws(LedgerError) -> CellRecord? {
    let key = key(cell, of: open.build)
    if let known = record(of: key) { return known }
    guard secondsLeft > 0 else { return nil }
    report(.probing(index: open.build.variant, label: cell.cell.changedLabel))
    return try record(open.measure([cell], keys: [key], seconds: stepSeconds)[0], of: cell, key, open.build)
  }

  /// Records how a cell ended.
  ///
  /// - Returns: the record; `nil` when the cell ended because the time of the search was over.
  @discardableResult
  func record(
    _ outcome: CellRecord.Outcome, of cell: PlannedCell, _ key: CellKey, _ build: SweepPlan.Build
  ) throws(LedgerError) -> CellRecord? {
    if case .ended(.timeout, _) = outcome, secondsLeft <= 0 { return nil }
    let record = CellRecord(
      key: key, dataset: build.dataset, variant: build.variant, planned: cell,
      outcome: outcome.telling(identity.disturbances), finished: Date(), limits: build.limits)
    if records[key] == nil { try ledger.addKeys([key], to: number) }
    try ledger.record([record], run: number)
    records[key] = record
    var isBest = false
    if let measurement = record.measurement, request.requirement.unmet(by: measurement).isEmpty,
      measurement.speed.queriesPerSecond > bestSpeed
    {
      bestSpeed = measurement.speed.queriesPerSecond
      isBest = true
    }
    report(.recorded(record, isBest: isBest))
    return record
  }
}
