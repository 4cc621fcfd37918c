import Foundation

/// What a cluster measures: a plan with one program, or with two whose rounds are interleaved.
public enum ClusterRunner {
  case single(SweepRunner)
  case pair(PairRunner)

  var plan: SweepPlan {
    switch self {
    case .single(let runner): runner.plan
    case .pair(let runner): runner.plan
    }
  }

  var ledger: Ledger {
    switch self {
    case .single(let runner): runner.ledger
    case .pair(let runner): runner.ledger
    }
  }

  /// The provenance of this program's measurements; the other program of a pair is the base.
  var provenance: Provenance {
    switch self {
    case .single(let runner): runner.provenance
    case .pair(let runner): runner.provenance.head
    }
  }

  /// The positions of the builds that share an order.
  var groups: [[Int]] {
    switch self {
    case .single(let runner): runner.groups
    case .pair(let runner): runner.plan.builds.indices.map { [$0] }
    }
  }

  /// The estimated seconds of the longest order, to the precision of `SweepPlan.estimate`.
  var longestSeconds: Double {
    let programs = if case .pair = self { 2.0 } else { 1.0 }
    let seconds = groups.map { group in
      let part = SweepPlan(workload: plan.workload, builds: group.map { plan.builds[$0] })
      return programs * (part.estimate.buildSeconds + part.estimate.searchSeconds)
    }
    return seconds.max() ?? 0
  }

  /// The beginning of a run.
  enum Opening {
    case open(ClusterRecording)
    /// The run to resume is finished; these are its records.
    case finished([CellRecord])
  }

  /// Begins a run or a pair of runs, or continues what is resumed.
  ///
  /// - Parameters:
  ///   - machine: the node by which the class of all others is fixed.
  ///   - walltimeSeconds: the walltime of a job.
  func open(
    _ start: SweepRunner.Start, command: String, tag: String, on machine: Machine, walltimeSeconds: Double,
    report: (SweepRunner.Event) -> Void
  ) throws(LedgerError) -> Opening {
    switch self {
    case .single(let runner):
      switch try runner.open(
        start, command: command, tag: tag, machine: machine, walltimeSeconds: walltimeSeconds, report: report)
      {
      case .finished(let records): return .finished(records)
      case .open(let run):
        let side = ClusterRecording.Side(
          side: .head, keys: runner.keys, recording: run.recording, known: try known(run.recording),
          identity: { runner.identity($0, run: run.recording.run) })
        return .open(
          ClusterRecording(plan: plan, ledger: ledger, sides: [side]) { () throws(LedgerError) in
            try runner.close(run, machine: machine)
          })
      }
    case .pair(let runner):
      var machines = Sides(base: machine, head: machine)
      for side in WorkSide.allCases { machines[side].provenance = runner.provenance[side] }
      let ends = machines
      switch try runner.open(
        start, command: command, tag: tag, machines: ends, walltimeSeconds: walltimeSeconds, report: report)
      {
      case .finished(let pair): return .finished(pair.base.records + pair.head.records)
      case .open(let pair):
        let sides = try WorkSide.allCases.map { (side) throws(LedgerError) in
          ClusterRecording.Side(
            side: side, keys: runner.keys[side], recording: pair.recordings[side],
            known: try known(pair.recordings[side]),
            identity: { runner.identity(side, $0, run: pair.recordings[side].run) })
        }
        return .open(
          ClusterRecording(plan: plan, ledger: ledger, sides: sides) { () throws(LedgerError) in
            let ended = try runner.close(pair, machines: ends)
            return ended.base.records + ended.head.records
          })
      }
    }
  }

  /// The records of a run that is continued, also those of cells that are measured again.
  private func known(_ recording: Recording) throws(LedgerError) -> [CellKey: CellRecord] {
    guard let run = try ledger.run(recording.run) else { return [:] }
    return Dictionary(try ledger.records(of: run).map { ($0.key, $0) }) { $1 }
  }
}

/// The run of the ledger into which a cluster measures, or the two runs of a pair.
struct ClusterRecording {
  /// One run.
  struct Side {
    let side: WorkSide
    /// The keys of each build's cells.
    let keys: [[CellKey]]
    let recording: Recording
    /// The cells that the ledger had before, also those that are measured again.
    let known: [CellKey: CellRecord]
    /// The identity of some cells.
    let identity: ([CellKey]) -> WorkOrder.Identity
  }

  let plan: SweepPlan
  let ledger: Ledger
  /// The base of a pair before its head.
  let sides: [Side]
  /// Records that everything has come to its end, and returns the records.
  let close: () throws(LedgerError) -> [CellRecord]

  /// The number of the run, or of the head of a pair.
  var run: Int { sides[sides.count - 1].recording.run }

  /// The part of a build that has not been measured, on one side at least; `nil` when all of it has.
  ///
  /// - Returns: the build with its missing cells, and their keys on each side.
  func missing(_ number: Int) -> (build: SweepPlan.Build, keys: [[CellKey]])? {
    let build = plan.builds[number]
    let places = build.cells.indices.filter { place in
      sides.contains { $0.recording.records[$0.keys[number][place]] == nil }
    }
    guard !places.isEmpty else { return nil }
    return (
      build.serving(places.map { build.cells[$0] }),
      sides.map { side in places.map { side.keys[number][$0] } }
    )
  }
}
