import Datasets
import Foundation

/// Runs a plan with two programs in interleaved rounds, and records a run of each: the base's, then the head's.
///
/// Both may be the same program.
public struct PairRunner {
  public let plan: SweepPlan
  let ledger: Ledger
  let programs: Sides<String>
  let provenance: Sides<Provenance>
  /// The keys of each build's cells, for each side.
  let keys: Sides<[[CellKey]]>
  let disturbances: Sides<[Disturbance]>

  /// - Parameters:
  ///   - base, head: the paths of the programs.
  ///   - provenance: the provenance of this program on the machine that measures.
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
    let told = Sides(base: try WorkerGreeting.of(base).provenance, head: try WorkerGreeting.of(head).provenance)
    let concerning = Sides(
      base: disturbances.filter { $0.concerns(.base) }, head: disturbances.filter { $0.concerns(.head) })
    self.disturbances = concerning
    func provenances(_ side: WorkSide, _ program: String) -> Provenance {
      var told = told[side]
      // What has the kernels of this program here has them on the machine that measures, too.
      if told.simd == Provenance.instructionSet { told.simd = provenance.simd }
      return provenance.ofOther(told, sha256: SHA256.ofFile(program) ?? "").disturbed(by: concerning[side])
    }
    let both = Sides(base: provenances(.base, base), head: provenances(.head, head))
    self.provenance = both
    func keys(_ side: WorkSide) -> [[CellKey]] {
      let code = "\(both[side].identity)\ninterleaved \(side.rawValue)"
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

  /// Measures all cells on both sides, or, when resuming, the cells that the pair lacks on either side.
  ///
  /// - Parameters:
  ///   - tag: the name of the head's run; empty for none.
  ///   - report: receives the events of both sides that show progress, and the head's records.
  public func run(
    _ start: SweepRunner.Start, command: String, tag: String = "", report: @escaping (SweepRunner.Event) -> Void
  ) throws(LedgerError) -> (base: ComparedRun, head: ComparedRun) {
    let open: OpenPair
    switch try self.open(start, command: command, tag: tag, machines: machines(), report: report) {
    case .finished(let pair): return pair
    case .open(let pair): open = pair
    }
    for number in plan.builds.indices {
      guard let missing = missing(number, in: open.recordings) else { continue }
      report(.build(missing.build, cells: missing.build.cells.count))
      report(.progress(.loading, cell: nil))
      let identities = Sides(
        base: identity(.base, missing.keys.base, run: open.recordings.base.run),
        head: identity(.head, missing.keys.head, run: open.recordings.head.run))
      let outcomes = PairSupervisor(programs: programs).measure(
        missing.build, as: identities, folder: ledger.folder, first: first(number)
      ) { event in
        var cell: PlannedCell?
        if case .round(let place, _) = event { cell = missing.build.cells[place] }
        report(.progress(event, cell: cell))
      }
      for side in WorkSide.allCases {
        try open.recordings[side].part(missing.build, missing.keys[side]) { if side == .head { report($0) } }
          .finish(outcomes[side])
      }
    }
    return try close(open, machines: machines())
  }

  /// The side that builds first and begins the odd rounds of a build.
  func first(_ number: Int) -> WorkSide { number.isMultiple(of: 2) ? .base : .head }

  func identity(_ side: WorkSide, _ keys: [CellKey], run: Int) -> WorkOrder.Identity {
    WorkOrder.Identity(keys: keys, provenance: provenance[side], run: run, disturbances: disturbances[side])
  }

  private func machines() -> Sides<Machine> {
    Sides(base: .current(provenance: provenance.base), head: .current(provenance: provenance.head))
  }

  /// The part of a build that has not been measured on both sides; `nil` when all of it has.
  private func missing(
    _ number: Int, in recordings: Sides<Recording>
  ) -> (build: SweepPlan.Build, keys: Sides<[CellKey]>)? {
    let build = plan.builds[number]
    let places = build.cells.indices.filter { place in
      WorkSide.allCases.contains { recordings[$0].records[keys[$0][number][place]] == nil }
    }
    guard !places.isEmpty else { return nil }
    func chosen(_ side: WorkSide) -> [CellKey] { places.map { keys[side][number][$0] } }
    return (build.serving(places.map { build.cells[$0] }), Sides(base: chosen(.base), head: chosen(.head)))
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
