import Datasets
import Foundation

/// Runs a plan: has each build measured, and records in the ledger what came of it.
public struct SweepRunner {
  public let plan: SweepPlan
  /// The keys of each build's cells.
  public let keys: [[CellKey]]
  let ledger: Ledger
  let provenance: Provenance
  private let supervisor: Supervisor
  private let disturbances: [Disturbance]

  /// What is going on.
  public enum Event {
    /// What there is to resume.
    case resuming(Resumption)
    /// A build of which that many cells are left to measure.
    case build(SweepPlan.Build, cells: Int)
    case progress(Supervisor.Event, cell: PlannedCell?)
    /// Cells that are in the ledger now, measured or not.
    case recorded([CellRecord])
  }

  /// How earlier results in the folder are dealt with.
  public enum Start: Sendable {
    /// Refuses a folder whose last run did not come to its end.
    case new
    /// Continues the folder's last run, see `Resumption`.
    case resume
    /// Measures everything anew, whatever there is.
    case force

    /// - Throws: `LedgerError.unfinished`, `.unfinishedPair` for a new run in a folder whose last one did not come to
    ///   its end.
    func check(_ ledger: Ledger) throws(LedgerError) {
      guard self == .new, let last = try ledger.lastRun(), last.ended == nil else { return }
      if last.pairedWith != nil { throw .unfinishedPair(folder: ledger.folder) }
      throw .unfinished(folder: ledger.folder, done: try ledger.records(of: last).count, of: last.keys.count)
    }
  }

  /// - Parameters:
  ///   - provenance: of this program.
  ///   - disturbances: what is to go wrong, for tests of the harness.
  public init(_ plan: SweepPlan, ledger: Ledger, supervisor: Supervisor, provenance: Provenance) {
    self.init(plan, ledger: ledger, supervisor: supervisor, provenance: provenance, disturbances: [])
  }

  package init(
    _ plan: SweepPlan, ledger: Ledger, supervisor: Supervisor, provenance: Provenance, disturbances: [Disturbance]
  ) {
    self.plan = plan
    self.ledger = ledger
    self.supervisor = supervisor
    self.disturbances = disturbances.filter { $0.concerns(.head) }
    var provenance = provenance
    provenance.disturbances = self.disturbances.map(\.description)
    self.provenance = provenance
    let code = "\(provenance.identity)\n\(supervisor.setting)"
    keys = plan.builds.map { build in
      build.cells.map { CellKey($0, variant: build.variant, dataset: build.dataset, code: code) }
    }
  }

  /// Measures what the plan asks for, or, when resuming, what the run does not have yet.
  ///
  /// - Parameters:
  ///   - command: the command line, for the ledger.
  ///   - tag: what the run is called there; empty for nothing.
  ///   - load: reads a dataset, for measuring in this process; nil has child processes read it.
  /// Cells are recorded as soon as they have ended: those of a build together, those of a workload's stage together.
  ///
  /// - Returns: the run's records of all the plan's cells, in its order.
  /// - Throws: `LedgerError`; `load`'s errors become the failure of the dataset's cells.
  public func run(
    _ start: Start, command: String, tag: String = "", load: ((SweepDataset) throws -> Dataset)? = nil,
    report: (Event) -> Void
  ) throws(LedgerError) -> [CellRecord] {
    let lock = try FolderLock(ledger.folder)
    defer { withExtendedLifetime(lock) {} }
    try start.check(ledger)
    let resumption = start == .resume ? try resumption(tag: tag) : .nothing
    if start == .resume { report(.resuming(resumption)) }
    if case .finished(_, let records) = resumption { return records }
    Leftovers.remove(from: ledger.folder)
    let (run, kept) = try begin(resumption, command: command, tag: tag)
    var records = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0) })
    var loaded: (dataset: SweepDataset, result: Result<Dataset, any Error>)?
    for (build, keys) in zip(plan.builds, keys) {
      let places = keys.indices.filter { records[keys[$0]] == nil }
      guard !places.isEmpty else { continue }
      let missing = build.serving(places.map { build.cells[$0] })
      report(.build(missing, cells: places.count))
      if let load, build.dataset.fault == nil, loaded?.dataset != build.dataset {
        loaded = (build.dataset, Result { try load(build.dataset) })
      }
      let ended = try record(missing, places.map { keys[$0] }, run: run, loaded?.result, report)
      for record in ended { records[record.key] = record }
    }
    try ledger.endRun(run, machine: .current(provenance: provenance))
    return keys.joined().compactMap { records[$0] }
  }

  /// Begins a run, or goes on with the one that is resumed.
  private func begin(
    _ resumption: Resumption, command: String, tag: String
  ) throws(LedgerError) -> (run: Int, kept: [CellRecord]) {
    if case .continued(let run, let kept) = resumption {
      try ledger.reopenRun(run)
      return (run, kept)
    }
    let run = try ledger.beginRun(
      command: command, keys: keys.flatMap { $0 }, machine: .current(provenance: provenance), tag: tag)
    return (run, [])
  }

  /// Has cells of a build measured, and records them as they end.
  private func record(
    _ build: SweepPlan.Build, _ keys: [CellKey], run: Int, _ loaded: Result<Dataset, any Error>?,
    _ report: (Event) -> Void
  ) throws(LedgerError) -> [CellRecord] {
    var records = [CellRecord?](repeating: nil, count: keys.count)
    var failure: LedgerError?
    /// The places of cells that have ended since the last time that any were recorded.
    var waiting: [Int] = []
    func end(_ place: Int, _ outcome: Supervisor.Outcome) {
      guard records[place] == nil else { return }
      records[place] = CellRecord(
        key: keys[place], dataset: build.dataset, variant: build.variant, planned: build.cells[place],
        outcome: outcome.telling(disturbances), finished: Date(), limits: build.limits)
      waiting.append(place)
    }
    func recordWaiting() {
      let ended = waiting.compactMap { records[$0] }
      guard !ended.isEmpty, failure == nil else { return }
      waiting = []
      do throws(LedgerError) { try ledger.record(ended, run: run) } catch { failure = error }
      report(.recorded(ended))
    }
    let outcomes = measure(build, keys, run: run, loaded) { event in
      if case .progress(.ended(let place, let outcome), _) = event {
        end(place, outcome)
      } else {
        // Those that end together are recorded together.
        recordWaiting()
        report(event)
      }
    }
    for (place, outcome) in outcomes.enumerated() { end(place, outcome) }
    recordWaiting()
    if let failure { throw failure }
    return records.compactMap { $0 }
  }

  private func measure(
    _ build: SweepPlan.Build, _ keys: [CellKey], run: Int, _ loaded: Result<Dataset, any Error>?,
    _ report: (Event) -> Void
  ) -> [Supervisor.Outcome] {
    if let fault = build.dataset.fault { return keys.map { _ in .ended(.failed, error: fault) } }
    var dataset: Dataset?
    do { dataset = try loaded?.get() } catch { return keys.map { _ in .ended(.failed, error: "\(error)") } }
    report(.progress(.loading, cell: nil))
    let identity = WorkOrder.Identity(keys: keys, provenance: provenance, run: run, disturbances: disturbances)
    return supervisor.measure(build, as: identity, folder: ledger.folder, dataset: dataset) { event in
      var cell: PlannedCell?
      if case .round(let place, _) = event { cell = build.cells[place] }
      report(.progress(event, cell: cell))
    }
  }
}
