import Datasets
import Foundation
import TestSupport
import Testing
import VectorIndexes

@testable import Bench

@Suite struct SweepRunnerTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func runner(ks: [Int] = [2], builds: Int = 2, code: String = "abc") throws -> SweepRunner {
    var sweep = Sweep()
    sweep.ks = ks
    sweep.rounds = 1
    sweep.builds = builds
    sweep.indexes = .variants([try IndexVariant(FlatIndex.self)])
    return SweepRunner(
      try SweepPlan(sweep, datasets: [.fixture()]), ledger: try Ledger(folder: temporary.path),
      supervisor: Supervisor(.here), provenance: Provenance(commit: "", cpu: "", system: ""), code: code)
  }

  /// Runs, and tells how many cells were measured.
  private func measured(_ runner: SweepRunner, _ start: SweepRunner.Start) throws -> (cells: Int, records: [CellRecord])
  {
    var cells = 0
    func note(_ event: SweepRunner.Event) {
      if case .recorded(let records) = event { cells += records.count }
    }
    let records = try runner.run(start, command: "test", load: { _ in .line() }, report: note)
    return (cells, records)
  }

  @Test func everyCellIsInTheLedgerInTheOrderOfThePlan() throws {
    let result = try measured(runner(ks: [2, 3]), .new)
    #expect(result.cells == 4 && result.records.allSatisfy { $0.status == .ok })
    #expect(result.records.map(\.planned.options.k) == [2, 3, 2, 3])
    #expect(Set(result.records.map(\.planned.options.seed)).count == 2)
    #expect(try Ledger(folder: temporary.path).lastRun()?.ended != nil)
  }

  @Test func resumingMeasuresWhatIsMissingAlone() throws {
    _ = try measured(runner(), .new)
    #expect(try measured(runner(), .resume).cells == 0)
    // More of the same: the cells that there are stay.
    let more = try measured(runner(ks: [2, 3], builds: 3), .resume)
    #expect(more.cells == 4 && more.records.count == 6)
    #expect(try measured(runner(code: "def"), .resume).cells == 2)
    #expect(try measured(runner(), .force).cells == 2 && measured(runner(), .new).cells == 2)
  }

  @Test func aDatasetThatCannotBeReadFailsItsCells() throws {
    let records = try runner().run(.new, command: "test", load: { _ in throw CancellationError() }, report: { _ in })
    #expect(records.count == 2 && records.allSatisfy { $0.status == .failed && $0.error.contains("Cancellation") })
  }

  @Test func anUnfinishedSweepIsNotForgotten() throws {
    let runner = try runner()
    let ledger = try Ledger(folder: temporary.path)
    let machine = Machine.current(provenance: Provenance(commit: "", cpu: "", system: ""))
    _ = try ledger.beginRun(command: "killed", keys: runner.keys.flatMap { $0 }, machine: machine)
    #expect(throws: LedgerError.unfinished(folder: temporary.path, done: 0, of: 2)) { try measured(runner, .new) }
    #expect(try measured(runner, .resume).cells == 2)
  }
}
