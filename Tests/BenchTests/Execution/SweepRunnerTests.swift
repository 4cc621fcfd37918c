import Datasets
import Foundation
import SQLite
import TestSupport
import Testing
import VectorIndexes

@testable import Bench

@Suite struct SweepRunnerTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func runner(
    ks: [Int] = [2], builds: Int = 2, program: String = "abc", limits: Limits = Limits(),
    datasets: [SweepDataset] = [.fixture()], variants: [String] = ["flat"]
  ) throws -> SweepRunner {
    var sweep = Sweep()
    sweep.ks = ks
    sweep.rounds = 1
    sweep.builds = builds
    sweep.limits = limits
    sweep.indexes = .variants(try variants.map { try IndexVariant(Subject(FlatIndex.self), name: $0) })
    return SweepRunner(
      try SweepPlan(sweep, datasets: datasets), ledger: try Ledger(folder: temporary.path),
      supervisor: Supervisor(.here), provenance: provenance(program))
  }

  private func provenance(_ program: String = "abc") -> Provenance {
    var provenance = Provenance(commit: "", cpu: "", system: "")
    provenance.programSHA256 = program
    return provenance
  }

  /// Runs, and tells how many cells were measured.
  private func measured(
    _ runner: SweepRunner, _ start: SweepRunner.Start, tag: String = ""
  ) throws -> (cells: Int, records: [CellRecord]) {
    var cells = 0
    func note(_ event: SweepRunner.Event) {
      if case .recorded(let records) = event { cells += records.count }
    }
    let records = try runner.run(start, command: "test", tag: tag, load: { _ in .line() }, report: note)
    return (cells, records)
  }

  @Test func everyCellIsInTheLedgerInTheOrderOfThePlan() throws {
    let result = try measured(runner(ks: [2, 3]), .new)
    #expect(result.cells == 4 && result.records.allSatisfy { $0.status == .ok })
    #expect(result.records.map(\.planned.options.k) == [2, 3, 2, 3])
    #expect(Set(result.records.map(\.planned.options.seed)).count == 2)
    #expect(try Ledger(folder: temporary.path).lastRun()?.ended != nil)
  }

  /// Begins a run of a runner's plan as one that is killed when so many cells have ended.
  private func interrupt(_ runner: SweepRunner, after cells: Int, tag: String = "") throws {
    let ledger = try Ledger(folder: temporary.path)
    let all = try measured(runner, .force, tag: tag).records
    let run = try #require(try ledger.lastRun()).number
    let database = try SQLiteDatabase(path: "\(temporary.path)/\(Ledger.fileName)")
    try database.execute("UPDATE run SET ended = NULL, machine_at_end = NULL WHERE id = ?", [.integer(Int64(run))])
    for record in all[cells...] {
      for (table, column) in [("round", "cell"), ("cell", "key")] {
        try database.execute(
          "DELETE FROM \(table) WHERE \(column) = ? AND run = ?", [.text(record.key.text), .integer(Int64(run))])
      }
    }
  }

  private func runs() throws -> [Ledger.Run] { try Ledger(folder: temporary.path).runs() }

  @Test func resumingKeepsTheInterruptedRunsOwnCellsAndNothingElse() throws {
    let night1 = try measured(runner(ks: [2, 3]), .new, tag: "night1").records
    try interrupt(runner(ks: [2, 3]), after: 1, tag: "night2")
    let resumed = try measured(runner(ks: [2, 3]), .resume, tag: "night2")
    #expect(resumed.cells == 3 && resumed.records.count == 4)
    let runs = try runs()
    #expect(runs.map(\.tag) == ["night1", "night2"] && runs.allSatisfy { $0.ended != nil })
    let ledger = try Ledger(folder: temporary.path)
    #expect(try ledger.records(of: runs[0]).map(\.measurement?.timestamp) == night1.map(\.measurement?.timestamp))
    let night2 = try ledger.records(of: runs[1])
    #expect(night2.map(\.key) == night1.map(\.key))
    #expect(night2.allSatisfy { $0.finished > night1[3].finished })
  }

  @Test func aRunWithoutATagOfItsOwnIsResumedUnderTheOneItHas() throws {
    try interrupt(runner(), after: 0, tag: "night")
    #expect(try measured(runner(), .resume).cells == 2)
    #expect(try runs().map(\.tag) == ["night"])
  }

  @Test func anInterruptedRunIsResumedAsItWasBegunOrNotAtAll() throws {
    try interrupt(runner(), after: 1, tag: "night")
    func difference(_ runner: SweepRunner, tag: String = "night") throws -> String {
      let error = #expect(throws: LedgerError.self) { try measured(runner, .resume, tag: tag) }
      guard case .otherRun(_, number: 1, let difference) = error else { return "\(String(describing: error))" }
      return difference
    }
    #expect(try difference(runner(), tag: "other") == "is called night, not other")
    #expect(try difference(runner(program: "def")) == "was measured by another build of the program")
    let others = "has other cells: its plan, its datasets or its libraries were others"
    #expect(try difference(runner(ks: [3])) == others && difference(runner(ks: [2, 3])) == others)
    #expect(try difference(runner(datasets: [.fixture(metric: .angular)])) == others)
    #expect(try runs().count == 1 && Ledger(folder: temporary.path).records(of: runs()[0]).count == 1)
    #expect(try measured(runner(), .resume, tag: "night").cells == 1)
  }

  @Test func whatIsFinishedIsNotMeasuredAgainByResuming() throws {
    let first = try measured(runner(), .new)
    let again = try measured(runner(), .resume)
    #expect(again.cells == 0 && again.records.map(\.measurement) == first.records.map(\.measurement))
    #expect(try runs().count == 1)
    // Another one than the finished one is a new run.
    #expect(try measured(runner(ks: [2, 3]), .resume).cells == 4 && runs().count == 2)
    #expect(try measured(runner(program: "def"), .resume).cells == 2 && runs().count == 3)
    #expect(try measured(runner(program: "def"), .resume, tag: "night").cells == 2 && runs().count == 4)
  }

  @Test func aFolderWithoutRunsGetsOneByResuming() throws {
    #expect(try measured(runner(), .resume).cells == 2)
  }

  @Test(arguments: [true, false])
  func whatFailedIsMeasuredAgain(hasEnded: Bool) throws {
    _ = try runner().run(.new, command: "test", load: { _ in throw CancellationError() }, report: { _ in })
    if !hasEnded { try Ledger(folder: temporary.path).reopenRun(1) }
    let resumed = try measured(runner(), .resume)
    #expect(resumed.cells == 2 && resumed.records.allSatisfy { $0.status == .ok })
    #expect(try runs().count == 1 && runs()[0].ended != nil)
  }

  @Test func aPairOfRunsIsNotResumedByARunOfItsOwn() throws {
    let (ledger, runner) = (try Ledger(folder: temporary.path), try runner())
    let machine = Machine.current(provenance: provenance())
    let keys = runner.keys.flatMap { $0 }
    _ = try ledger.beginPair(
      command: "pair", keys: Sides(base: keys, head: keys), machines: Sides(base: machine, head: machine), tag: "")
    for start in [SweepRunner.Start.new, .resume] {
      #expect(throws: LedgerError.unfinishedPair(folder: temporary.path)) { try measured(runner, start) }
    }
    #expect(try measured(runner, .force).cells == 2)
  }

  @Test func equalBytesOfTwoMetricsAndEqualVariantsAreCellsOfTheirOwn() throws {
    let datasets = [SweepDataset.fixture("a"), .fixture("c", metric: .dot), .fixture("b"), .fixture("a")]
    let records = try measured(runner(builds: 1, datasets: datasets, variants: ["one", "other"]), .new).records
    #expect(
      records.map { "\($0.dataset.name) \($0.dataset.shape.metric) \($0.variant)" } == [
        "a euclidean one", "a euclidean other", "c dot one", "c dot other", "b euclidean one", "b euclidean other",
      ])
    #expect(Set(records.map(\.key)).count == 6)
  }

  @Test func aDatasetThatCannotBeReadFailsItsCells() throws {
    let records = try runner().run(.new, command: "test", load: { _ in throw CancellationError() }, report: { _ in })
    #expect(records.count == 2 && records.allSatisfy { $0.status == .failed && $0.error.contains("Cancellation") })
  }

  @Test func anUnfinishedSweepIsNotForgotten() throws {
    _ = try measured(runner(), .new)
    try interrupt(runner(), after: 1)
    #expect(throws: LedgerError.unfinished(folder: temporary.path, done: 1, of: 2)) { try measured(runner(), .new) }
    #expect(try measured(runner(), .resume).cells == 1)
  }
}
