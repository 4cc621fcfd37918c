import Datasets
import Foundation

/// Runs a plan: lets a supervisor measure each build, and records the results in the ledger.
public struct SweepRunner {
  public let plan: SweepPlan
  /// The keys of each build's cells.
  public let keys: [[CellKey]]
  let ledger: Ledger
  let provenance: Provenance
  let supervisor: Supervisor
  private let disturbances: [Disturbance]

  /// An event during the run.
  public enum Event {
    /// The state of the run that is resumed.
    case resuming(Resumption)
    /// A build begins, of which this number of cells will be measured.
    case build(SweepPlan.Build, cells: Int)
    case progress(Supervisor.Event, cell: PlannedCell?)
    /// These cells have been recorded in the ledger, measured or not.
    case recorded([CellRecord])
  }

  /// The treatment of earlier results in the folder.
  public enum Start: Sendable {
    /// Refuses a folder whose last run is unfinished.
    case new
    /// Continues the folder's last run, see `Resumption`.
    case resume
    /// Measures all cells again, regardless of earlier results.
    case force

    /// - Throws: `LedgerError.unfinished`, `.unfinishedPair` for a new run in a folder whose last one is unfinished.
    func check(_ ledger: Ledger) throws(LedgerError) {
      guard self == .new, let last = try ledger.lastRun(), last.ended == nil else { return }
      if last.pairedWith != nil { throw .unfinishedPair(folder: ledger.folder) }
      throw .unfinished(folder: ledger.folder, done: try ledger.records(of: last).count, of: last.keys.count)
    }
  }

  /// - Parameters:
  ///   - provenance: the provenance of this program.
  ///   - disturbances: artificial faults, for tests of the harness.
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
    self.provenance = provenance.disturbed(by: self.disturbances)
    let turns = plan.isInterleaved && supervisor.program != nil ? Self.turns : ""
    let code = "\(self.provenance.identity)\n\(supervisor.setting)\(turns)"
    keys = plan.builds.map { build in
      build.cells.map {
        CellKey($0, variant: build.variant, dataset: build.dataset, code: code + build.subject.identityLine)
      }
    }
  }

  /// A line of a cell's key: its rounds were interleaved with those of other builds.
  static let turns = "\nrounds in turns with other indexes"

  /// Measures all cells of the plan, or, when resuming, the cells that the run lacks.
  ///
  /// Cells are recorded as soon as they have ended: those of a build together, and those of a workload's stage
  /// together.
  ///
  /// - Parameters:
  ///   - command: the command line, for the ledger.
  ///   - tag: the name of the run in the ledger; empty for none.
  ///   - load: reads a dataset in order to measure in this process; `nil` to let child processes read it.
  /// - Returns: the run's records of all cells of the plan, in its order.
  /// - Throws: `LedgerError`; errors of `load` become the failure of the dataset's cells.
  public func run(
    _ start: Start, command: String, tag: String = "", load: ((SweepDataset) throws -> Dataset)? = nil,
    report: @escaping (Event) -> Void
  ) throws(LedgerError) -> [CellRecord] {
    let open: OpenRun
    switch try self.open(start, command: command, tag: tag, machine: .current(provenance: provenance), report: report) {
    case .finished(let records): return records
    case .open(let run): open = run
    }
    let recording = open.recording
    var loaded: (dataset: SweepDataset, result: Result<Dataset, any Error>)?
    for group in groups {
      if group.count > 1 { try measureTogether(group, recording, report) }
      for number in group {
        guard let missing = missing(number, in: recording) else { continue }
        let dataset = missing.build.dataset
        report(.build(missing.build, cells: missing.keys.count))
        if let load, dataset.fault == nil, loaded?.dataset != dataset {
          loaded = (dataset, Result { try load(dataset) })
        }
        let part = recording.part(missing.build, missing.keys, report)
        let outcomes = measure(missing.build, missing.keys, run: recording.run, loaded?.result) { part.note($0) }
        try part.finish(outcomes)
      }
    }
    return try close(open, machine: .current(provenance: provenance))
  }

  /// A run that is in progress; nobody else runs a sweep into the folder as long as it exists.
  struct OpenRun {
    let recording: Recording
    fileprivate let lock: FolderLock
  }

  /// The beginning of a run.
  enum Opening {
    case open(OpenRun)
    /// The run to resume is finished; these are its records.
    case finished([CellRecord])
  }

  /// Begins a run, or continues the one that is resumed.
  ///
  /// - Parameters:
  ///   - machine: the machine that measures.
  ///   - walltimeSeconds: the walltime of a job; `nil` for a run that is not measured by jobs.
  func open(
    _ start: Start, command: String, tag: String, machine: Machine, walltimeSeconds: Double? = nil,
    report: (Event) -> Void
  ) throws(LedgerError) -> Opening {
    let lock = try FolderLock(ledger.folder)
    try start.check(ledger)
    let resumption = start == .resume ? try resumption(tag: tag, walltimeSeconds: walltimeSeconds) : .nothing
    if start == .resume { report(.resuming(resumption)) }
    if case .finished(_, let records) = resumption { return .finished(records) }
    Leftovers.remove(from: ledger.folder)
    let (run, kept) = try begin(resumption, command: command, tag: tag, machine: machine)
    return .open(
      OpenRun(
        recording: Recording(ledger: ledger, run: run, kept: kept, disturbances: disturbances), lock: lock))
  }

  /// Records that a run has come to its end, and returns its records in the order of the plan.
  func close(_ open: OpenRun, machine: Machine) throws(LedgerError) -> [CellRecord] {
    defer { withExtendedLifetime(open) {} }
    // Processes of a killed run may have ended only after this one began.
    Leftovers.remove(from: ledger.folder)
    try ledger.endRun(open.recording.run, machine: machine)
    return keys.joined().compactMap { open.recording.records[$0] }
  }

  /// The positions of builds that are measured together: the builds over one dataset when their rounds are interleaved.
  var groups: [[Int]] {
    guard plan.isInterleaved, supervisor.program != nil else { return plan.builds.indices.map { [$0] } }
    return plan.builds.indices.reduce(into: []) { groups, number in
      if let last = groups.last?.last, plan.builds[last].dataset == plan.builds[number].dataset {
        groups[groups.count - 1].append(number)
      } else {
        groups.append([number])
      }
    }
  }

  /// The part of a build that has not been measured; `nil` when all of it has.
  func missing(_ number: Int, in recording: Recording) -> (build: SweepPlan.Build, keys: [CellKey])? {
    let (build, keys) = (plan.builds[number], keys[number])
    let places = keys.indices.filter { recording.records[keys[$0]] == nil }
    guard !places.isEmpty else { return nil }
    return (build.serving(places.map { build.cells[$0] }), places.map { keys[$0] })
  }

  /// Measures builds with interleaved rounds; cells that are left afterwards are measured build by build.
  private func measureTogether(
    _ group: [Int], _ recording: Recording, _ report: @escaping (Event) -> Void
  ) throws(LedgerError) {
    guard let program = supervisor.program else { return }
    let all = group.compactMap { missing($0, in: recording) }
      .filter { $0.build.dataset.fault == nil && $0.build.obstacle == nil }
    guard all.count > 1 else { return }
    let parts = all.map { recording.part($0.build, $0.keys, report) }
    let outcomes = TurnSupervisor(program: program, files: supervisor.files, folder: ledger.folder).measure(
      all.map { ($0.build, identity($0.keys, run: recording.run)) },
      begin: { report(.build(all[$0].build, cells: all[$0].keys.count)) },
      report: { parts[$0].note(.progress($1, cell: $1.cell(of: all[$0].build))) })
    for (part, outcomes) in zip(parts, outcomes) { try part.finish(outcomes) }
  }

  /// Begins a run, or continues the one that is resumed.
  private func begin(
    _ resumption: Resumption, command: String, tag: String, machine: Machine
  ) throws(LedgerError) -> (run: Int, kept: [CellRecord]) {
    if case .continued(let run, let kept) = resumption {
      try ledger.reopenRun(run)
      return (run, kept)
    }
    let run = try ledger.beginRun(
      command: command, keys: keys.flatMap { $0 }, machine: machine, tag: tag)
    return (run, [])
  }

  func identity(_ keys: [CellKey], run: Int) -> WorkOrder.Identity {
    WorkOrder.Identity(keys: keys, provenance: provenance, run: run, disturbances: disturbances)
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
      build, as: identity(keys, run: run), folder: ledger.folder, dataset: dataset
    ) { event in report(.progress(event, cell: event.cell(of: build))) }
  }
}

extension Supervisor.Event {
  /// The cell of a build whose round begins; `nil` for other events.
  fileprivate func cell(of build: SweepPlan.Build) -> PlannedCell? {
    if case .round(let place, _) = self { build.cells[place] } else { nil }
  }
}
