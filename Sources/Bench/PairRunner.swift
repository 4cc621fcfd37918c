import Foundation

/// Runs a plan with two programs whose rounds take turns, and records a run of each: the base's, then the head's.
public struct PairRunner {
  public let plan: SweepPlan
  private let ledger: Ledger
  private let programs: Sides<String>
  private let provenance: Sides<Provenance>
  private let keys: Sides<[[CellKey]]>

  /// - Parameters:
  ///   - base, head: paths of the programs; the head's is this one.
  ///   - provenance: of this program.
  /// - Throws: `BenchError.program` where the base cannot measure for this program.
  public init(
    _ plan: SweepPlan, ledger: Ledger, base: String, head: String, provenance: Provenance
  ) throws(BenchError) {
    self.plan = plan
    self.ledger = ledger
    programs = Sides(base: base, head: head)
    let told = try WorkerGreeting.of(base).provenance
    let provenance = Sides(base: provenance.ofOther(told, program: base), head: provenance)
    self.provenance = provenance
    func keys(_ side: WorkSide, _ program: String) -> [[CellKey]] {
      let code = ProgramCode.identity(commit: provenance[side].commit, program: program)
      return plan.builds.map { build in build.cells.map { CellKey($0, dataset: build.dataset, code: code) } }
    }
    self.keys = Sides(base: keys(.base, base), head: keys(.head, head))
  }

  /// Of the program that the head is measured against.
  public var baseProvenance: Provenance { provenance.base }

  /// Measures all cells on both sides.
  ///
  /// - Parameters:
  ///   - start: `.new` or `.force`; a pair of runs is not resumed.
  ///   - tag: what the head's run is called; empty for nothing.
  ///   - report: gets of both sides' events what tells how far they are, and the head's records.
  public func run(
    _ start: SweepRunner.Start, command: String, tag: String = "", report: (SweepRunner.Event) -> Void
  ) throws(LedgerError) -> (base: ComparedRun, head: ComparedRun) {
    let lock = try FolderLock(ledger.folder)
    defer { withExtendedLifetime(lock) {} }
    try start.check(ledger)
    let machines = Sides(
      base: Machine.current(provenance: provenance.base), head: Machine.current(provenance: provenance.head))
    let base = try ledger.beginRun(command: command, keys: keys.base.flatMap { $0 }, machine: machines.base)
    let head = try ledger.beginRun(
      command: command, keys: keys.head.flatMap { $0 }, machine: machines.head, tag: tag, pairedWith: base)
    let runs = Sides(base: base, head: head)
    for (number, build) in plan.builds.enumerated() {
      report(.build(build, cells: build.cells.count))
      report(.progress(.loading, cell: nil))
      func identity(_ side: WorkSide) -> WorkOrder.Identity {
        WorkOrder.Identity(keys: keys[side][number], provenance: provenance[side], run: runs[side])
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
            outcome: outcomes[side][place], finished: Date())
        }
        try ledger.record(records, run: runs[side])
        if side == .head { report(.recorded(records)) }
      }
    }
    for side in WorkSide.allCases {
      try ledger.endRun(runs[side], machine: Machine.current(provenance: provenance[side]))
    }
    let all = try ledger.runs()
    func compared(_ number: Int) throws(LedgerError) -> ComparedRun {
      guard let run = all.first(where: { $0.number == number }) else { throw .nothing(folder: ledger.folder) }
      return ComparedRun(folder: ledger.folder, run: run, records: try ledger.records(of: run))
    }
    return (try compared(base), try compared(head))
  }
}
