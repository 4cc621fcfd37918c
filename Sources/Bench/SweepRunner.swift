import Datasets
import Foundation

/// Runs a plan: has each build measured, and records in the ledger what came of it.
public struct SweepRunner {
  public let plan: SweepPlan
  /// The keys of each build's cells.
  public let keys: [[CellKey]]
  private let ledger: Ledger
  private let supervisor: Supervisor
  private let provenance: Provenance

  /// What is going on.
  public enum Event {
    /// A build of which that many cells are left to measure.
    case build(SweepPlan.Build, cells: Int)
    case progress(Supervisor.Event, cell: PlannedCell?)
    /// Cells that are in the ledger now, measured or not.
    case recorded([CellRecord])
    /// Cells that an earlier run has measured.
    case kept(Int)
  }

  /// How earlier results in the folder are dealt with.
  public enum Start: Sendable {
    /// Refuses a folder whose last sweep did not come to its end.
    case new
    /// Keeps cells of this plan that have ended.
    case resume
    /// Measures everything anew, whatever there is.
    case force

    /// - Throws: `LedgerError.unfinished` for a new sweep in a folder whose last one did not come to its end.
    func check(_ ledger: Ledger) throws(LedgerError) {
      guard self == .new, let last = try ledger.lastRun(), last.ended == nil else { return }
      throw .unfinished(folder: ledger.folder, done: try ledger.records(of: last.keys).count, of: last.keys.count)
    }
  }

  /// - Parameters:
  ///   - code: what tells versions of the program apart, see `ProgramCode`.
  public init(
    _ plan: SweepPlan, ledger: Ledger, supervisor: Supervisor, provenance: Provenance, code: String
  ) {
    self.plan = plan
    self.ledger = ledger
    self.supervisor = supervisor
    self.provenance = provenance
    keys = plan.builds.map { build in build.cells.map { CellKey($0, dataset: build.dataset, code: code) } }
  }

  /// Measures what the plan asks for and the ledger does not have.
  ///
  /// - Parameters:
  ///   - command: the command line, for the ledger.
  ///   - tag: what the run is called there; empty for nothing.
  ///   - load: reads a dataset, for measuring in this process; nil has child processes read it.
  /// - Returns: the records of all the plan's cells, in its order.
  /// - Throws: `LedgerError`; `load`'s errors become the failure of the dataset's cells.
  public func run(
    _ start: Start, command: String, tag: String = "", load: ((SweepDataset) throws -> Dataset)? = nil,
    report: (Event) -> Void
  ) throws(LedgerError) -> [CellRecord] {
    let all = keys.flatMap { $0 }
    let lock = try FolderLock(ledger.folder)
    defer { withExtendedLifetime(lock) {} }
    try start.check(ledger)
    let kept = start == .resume ? try ledger.records(of: all) : [:]
    if start == .resume { report(.kept(kept.count)) }
    let run = try ledger.beginRun(command: command, keys: all, machine: .current(provenance: provenance), tag: tag)
    var loaded: (dataset: SweepDataset, result: Result<Dataset, any Error>)?
    for (build, keys) in zip(plan.builds, keys) {
      let places = keys.indices.filter { kept[keys[$0]] == nil }
      guard !places.isEmpty else { continue }
      let missing = build.serving(places.map { build.cells[$0] })
      report(.build(missing, cells: places.count))
      if let load, build.dataset.fault == nil, loaded?.dataset != build.dataset {
        loaded = (build.dataset, Result { try load(build.dataset) })
      }
      let missingKeys = places.map { keys[$0] }
      let outcomes = measure(missing, missingKeys, run: run, loaded?.result, report)
      let records = missing.cells.indices.map { place in
        CellRecord(
          key: missingKeys[place], dataset: build.dataset, variant: build.variant, planned: missing.cells[place],
          outcome: outcomes[place], finished: Date())
      }
      try ledger.record(records, run: run)
      report(.recorded(records))
    }
    try ledger.endRun(run, machine: .current(provenance: provenance))
    let records = try ledger.records(of: all)
    return all.compactMap { records[$0] }
  }

  private func measure(
    _ build: SweepPlan.Build, _ keys: [CellKey], run: Int, _ loaded: Result<Dataset, any Error>?,
    _ report: (Event) -> Void
  ) -> [Supervisor.Outcome] {
    if let fault = build.dataset.fault { return keys.map { _ in .ended(.failed, error: fault) } }
    var dataset: Dataset?
    do { dataset = try loaded?.get() } catch { return keys.map { _ in .ended(.failed, error: "\(error)") } }
    report(.progress(.loading, cell: nil))
    return supervisor.measure(
      build, keys: keys, provenance: provenance, folder: ledger.folder, run: run, dataset: dataset
    ) { event in
      var cell: PlannedCell?
      if case .round(let place, _) = event { cell = build.cells[place] }
      report(.progress(event, cell: cell))
    }
  }
}
