import Foundation

/// Runs a plan with two programs in interleaved rounds, and records a run of each: the base's, then the head's.
///
/// Both may be the same program.
public struct PairRunner {
  public let plan: SweepPlan
  private let ledger: Ledger
  private let programs: Sides<String>
  private let provenance: Sides<Provenance>
  private let keys: Sides<[[CellKey]]>
  private let disturbances: Sides<[Disturbance]>

  /// - Parameters:
  ///   - base, head: the paths of the programs.
  ///   - provenance: the provenance of this program.
  /// - Throws: `BenchError.program` when one of them cannot measure for this program.
  public init(
    _ plan: SweepPlan, ledger: Ledger, base: String, head: String, provenance: Provenance
  ) throws(BenchError) {
    try self.init(plan, ledger: ledger, base: base, head: head, provenance: provenance, disturbances: [])
  }

  /// - Parameter disturbances: artificial faults, for tests of the harness.
  package init(
    _ plan: SweepPlan, ledger: Ledger, base: String, head: String, provenance: Provenance, disturbances: [Disturbance]
  ) throws(BenchError) {
    self.plan = plan
    self.ledger = ledger
    programs = Sides(base: base, head: head)
    let (baseTold, headTold) = (try WorkerGreeting.of(base).provenance, try WorkerGreeting.of(head).provenance)
    func concerning(_ side: WorkSide) -> [Disturbance] { disturbances.filter { $0.concerns(side) } }
    self.disturbances = Sides(base: concerning(.base), head: concerning(.head))
    let provenances = Sides(
      base: provenance.ofOther(baseTold, program: base).disturbed(by: concerning(.base)),
      head: provenance.ofOther(headTold, program: head).disturbed(by: concerning(.head)))
    self.provenance = provenances
    func keys(_ side: WorkSide) -> [[CellKey]] {
      let code = "\(provenances[side].identity)\ninterleaved \(side.rawValue)"
      return plan.builds.map { build in
        build.cells.map {
          CellKey($0, variant: build.variant, dataset: build.dataset, code: code + build.subject.identityLine)
        }
      }
    }
    self.keys = Sides(base: keys(.base), head: keys(.head))
  }

  /// The provenance of the base program.
  public var baseProvenance: Provenance { provenance.base }

  /// Measures all cells on both sides.
  ///
  /// - Parameters:
  ///   - start: `.new` or `.force`; a pair of runs cannot be resumed.
  ///   - tag: the name of the head's run; empty for none.
  ///   - report: receives the events of both sides that show progress, and the head's records.
  public func run(
    _ start: SweepRunner.Start, command: String, tag: String = "", report: (SweepRunner.Event) -> Void
  ) throws(LedgerError) -> (base: ComparedRun, head: ComparedRun) {
    let lock = try FolderLock(ledger.folder)
    defer { withExtendedLifetime(lock) {} }
    try start.check(ledger)
    let machines = Sides(
      base: Machine.current(provenance: provenance.base), head: Machine.current(provenance: provenance.head))
    Leftovers.remove(from: ledger.folder)
    let runs = try ledger.beginPair(
      command: command, keys: Sides(base: keys.base.flatMap { $0 }, head: keys.head.flatMap { $0 }), machines: machines,
      tag: tag)
    for (number, build) in plan.builds.enumerated() {
      report(.build(build, cells: build.cells.count))
      report(.progress(.loading, cell: nil))
      func identity(_ side: WorkSide) -> WorkOrder.Identity {
        WorkOrder.Identity(
          keys: keys[side][number], provenance: provenance[side], run: runs[side], disturbances: disturbances[side])
      }
      let outcomes = PairSupervisor(programs: programs).measure(
        build, as: Sides(base: identity(.base), head: identity(.head)), folder: ledger.folder,
        first: number.isMultiple(of: 2) ? .base : .head
      ) { event in
        var cell: PlannedCell?
        if case .round(let place, _) = event { cell = build.cells[place] }
        report(.progress(event, cell: cell))
      }
      for side in WorkSide.allCases {
        let records = build.cells.indices.map { place in
          CellRecord(
            key: keys[side][number][place], dataset: build.dataset, variant: build.variant, planned: build.cells[place],
            outcome: outcomes[side][place].telling(disturbances[side]), finished: Date(), limits: build.limits)
        }
        try ledger.record(records, run: runs[side])
        if side == .head { report(.recorded(records)) }
      }
    }
    for side in WorkSide.allCases {
      try ledger.endRun(runs[side], machine: Machine.current(provenance: provenance[side]))
    }
    guard let pair = try finished().last(where: { $0.head.run.number == runs.head }) else {
      throw .nothing(folder: ledger.folder)
    }
    return pair
  }

  /// The finished pairs of runs in the ledger that measured these cells with these programs, in order.
  public func finished() throws(LedgerError) -> [(base: ComparedRun, head: ComparedRun)] {
    let runs = try ledger.runs().filter { $0.ended != nil }
    var pairs: [(ComparedRun, ComparedRun)] = []
    for head in runs where head.keys == keys.head.flatMap({ $0 }) {
      guard let base = runs.first(where: { $0.number == head.pairedWith }), base.keys == keys.base.flatMap({ $0 })
      else { continue }
      pairs.append(
        (
          ComparedRun(folder: ledger.folder, run: base, records: try ledger.records(of: base)),
          ComparedRun(folder: ledger.folder, run: head, records: try ledger.records(of: head))
        ))
    }
    return pairs
  }
}
