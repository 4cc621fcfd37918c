import Foundation

/// Looks for the fastest setting of each index that meets a requirement, and records the measurements as a run.
///
/// All settings that were measured on all queries are in the ledger, so that reports, comparisons and `BestSettings`
/// work on the folder afterwards. Builds and settings that were tried on a part of the data are not.
public struct Tuner {
  public let request: TuneRequest
  private let ledger: Ledger
  private let program: String
  private let provenance: Provenance
  private let disturbances: [Disturbance]

  /// The fraction of the time that is kept for the comparison of the best builds.
  private static let comparingShare = 0.1
  /// The number of rounds of that comparison, unless more are asked for; with fewer than the second number it says
  /// nothing.
  private static let comparingRounds = 7
  private static let fewestComparingRounds = 3
  /// About the time of the warm-up before a round.
  private static let warmUpSeconds = 0.1

  /// - Parameters:
  ///   - program: the path of the measuring program.
  ///   - provenance: the provenance of this program.
  public init(_ request: TuneRequest, ledger: Ledger, program: String, provenance: Provenance) {
    self.init(request, ledger: ledger, program: program, provenance: provenance, disturbances: [])
  }

  /// - Parameter disturbances: artificial faults, for tests of the harness.
  package init(
    _ request: TuneRequest, ledger: Ledger, program: String, provenance: Provenance, disturbances: [Disturbance]
  ) {
    self.request = request
    self.ledger = ledger
    self.program = program
    self.disturbances = disturbances.filter { $0.concerns(.head) }
    self.provenance = provenance.disturbed(by: self.disturbances)
  }

  /// Looks for the best settings until the time is over.
  ///
  /// - Parameters:
  ///   - start: `.resume` continues the folder's last run when it has the same command line; a build over all rows
  ///     whose best setting it has measured is not built again. The time begins anew.
  ///   - command: the command line, for the ledger, without what asks for resuming.
  ///   - tag: the name of the run; empty for none.
  /// - Throws: `LedgerError`, as `SweepRunner.run` does.
  public func run(
    _ start: SweepRunner.Start, command: String, tag: String = "", report: @escaping (TuneEvent) -> Void
  ) throws(LedgerError) -> TuneOutcome {
    let lock = try FolderLock(ledger.folder)
    defer { withExtendedLifetime(lock) {} }
    try start.check(ledger)
    let (number, kept) = try begin(start, command: command, tag: tag)
    Leftovers.remove(from: ledger.folder)
    let run = TuningRun(
      request, ledger: ledger, number: number, kept: kept, program: program, provenance: provenance,
      disturbances: disturbances, report: report)
    var contenders: [IndexTuner.Contender] = []
    /// The measurements by which the setting of each index is chosen.
    var chosen: [String: Set<CellKey>] = [:]
    for (place, space) in request.spaces.enumerated() {
      let left = run.secondsLeft - Self.comparingShare * request.seconds
      guard left > 0 else {
        run.remark("\(space.variant.name): not tried, since the time was over")
        continue
      }
      let tuner = IndexTuner(space, of: run, seconds: left / Double(request.spaces.count - place))
      let builds = try tuner.tune()
      guard request.spaces.count > 1 else {
        contenders = builds
        continue
      }
      // Only the best build of each index stays for the comparison of the indexes.
      let own = try compare(builds, of: space.variant.name, run)
      chosen.merge(own.keys) { $1 }
      contenders += own.contenders.prefix(1)
    }
    chosen.merge(try compare(contenders, of: nil, run).keys) { $1 }
    contenders = []
    var filter = BestSettings.Filter()
    filter.preferred = chosen.values.reduce(into: []) { $0.formUnion($1) }
    Leftovers.remove(from: ledger.folder)
    try ledger.endRun(number, machine: .current(provenance: provenance))
    guard let ended = try ledger.runs().first(where: { $0.number == number }) else {
      throw .nothing(folder: ledger.folder)
    }
    return TuneOutcome(
      best: BestSettings(
        request.requirement, of: try LatestCells(ledger, runs: [ended], takesDisturbed: true), filter: filter),
      run: ended, remarks: run.remarks)
  }

  /// Begins a run, or continues the last one.
  ///
  /// - Throws: `LedgerError.otherRun` when the last run was interrupted and differs from this one, `.unfinishedPair`.
  private func begin(
    _ start: SweepRunner.Start, command: String, tag: String
  ) throws(LedgerError) -> (number: Int, kept: [CellRecord]) {
    if start == .resume, let last = try ledger.lastRun() {
      if last.ended == nil, last.pairedWith != nil { throw .unfinishedPair(folder: ledger.folder) }
      let difference =
        last.command == command && (tag.isEmpty || tag == last.tag)
        ? provenance.difference(from: last.machineAtStart.provenance).map { "was measured by \($0)" }
        : "was begun by another command line"
      if difference == nil {
        try ledger.reopenRun(last.number)
        return (last.number, try ledger.records(of: last))
      }
      if let difference, last.ended == nil {
        throw .otherRun(folder: ledger.folder, number: last.number, difference: difference)
      }
    }
    return (
      try ledger.beginRun(command: command, keys: [], machine: .current(provenance: provenance), tag: tag), []
    )
  }

  /// Measures the best settings once more, with interleaved rounds.
  ///
  /// - Parameter index: the index whose builds are compared; `nil` for the last comparison, that of all indexes.
  /// - Returns: the contenders by these measurements, the fastest first, and the keys of the measurements of each index;
  ///   the same contenders and no keys when nothing was compared.
  private func compare(
    _ contenders: [IndexTuner.Contender], of index: String?, _ run: TuningRun
  ) throws(LedgerError) -> (contenders: [IndexTuner.Contender], keys: [String: Set<CellKey>]) {
    // A build that an earlier run has measured has no process; it is built again when there is time.
    let present = contenders.filter {
      $0.open.isAlive || $0.measurements[0].build.seconds < run.secondsLeft / 2
    }
    let measurements = present.flatMap(\.measurements)
    guard measurements.count > 1 else { return (contenders, [:]) }
    let queries = Double(request.dataset.shape.queries)
    let passSeconds = measurements.reduce(0) { $0 + Self.warmUpSeconds + queries / $1.speed.queriesPerSecond }
    let wanted = max(request.options.rounds, Self.comparingRounds)
    let rounds = min(wanted, Int(max(run.secondsLeft, 0) / passSeconds))
    guard rounds >= Self.fewestComparingRounds else {
      run.remark("no time was left to compare the best settings in interleaved rounds")
      return (contenders, [:])
    }
    let cells = present.map { contender in
      contender.measurements.map { run.cell(contender.open.build, $0.cell.search, rounds: rounds) }
    }
    let keys = zip(present, cells).map { contender, cells in
      cells.map { run.key($0, of: contender.open.build, isInTurns: true) }
    }
    let session = "\(keys[0][0].short)-\(index ?? "all")"
    // A run that is continued may have compared them already; the last comparison measures some of them again.
    let sessions = keys.joined().map { run.record(of: $0)?.measurement?.session }
    if sessions.contains(where: { $0 == nil || (index == nil && $0 != session) }) {
      run.report(.comparing(settings: measurements.count))
      for (contender, (cells, own)) in zip(present, zip(cells, keys)) {
        contender.open.begin(cells, keys: own, session: session, seconds: run.stepSeconds)
      }
      let links = present.compactMap(\.open.link)
      while let next = TurnOrder.next(links) {
        links[next].takeTurn()
        present[next].open.follow()
      }
      for (contender, (cells, keys)) in zip(present, zip(cells, keys)) {
        for (outcome, (cell, key)) in zip(contender.open.outcomes, zip(cells, keys)) {
          try run.record(outcome, of: cell, key, contender.open.build)
        }
      }
    }
    var compared: [IndexTuner.Contender] = []
    var keysOfIndexes: [String: Set<CellKey>] = [:]
    for (var contender, keys) in zip(present, keys) {
      keysOfIndexes[contender.open.build.variant, default: []].formUnion(keys)
      contender.measurements = keys.compactMap { run.record(of: $0)?.measurement }
        .filter { request.requirement.unmet(by: $0).isEmpty }
        .sorted { $0.speed.queriesPerSecond > $1.speed.queriesPerSecond }
      if !contender.measurements.isEmpty { compared.append(contender) }
    }
    compared.sort { $0.queriesPerSecond > $1.queriesPerSecond }
    return (compared, keysOfIndexes)
  }
}
