import Foundation
import SQLite
import TestSupport
import Testing

@testable import Bench

/// Which measurements of a folder's runs count.
@Suite struct FolderResultsTests {
  private let temporary: TemporaryFolder
  private let ledger: Ledger

  init() throws {
    temporary = try TemporaryFolder()
    ledger = try Ledger(folder: temporary.path)
  }

  /// A cell of a run that was never run, on 10 queries.
  private func cell(
    _ variant: String, _ effort: Int, _ status: CellStatus = .ok, cpu: String = "cpu", faults: [String] = []
  ) -> MadeUpCell {
    MadeUpCell(effort: effort, recalls: Array(repeating: 0.9, count: 10), status: status, variant: variant) {
      $0.provenance = Provenance(commit: "abc", cpu: cpu, system: "system")
      $0.provenance.disturbances = faults
    }
  }

  @discardableResult
  private func run(
    _ number: Int, dataset: SweepDataset = .fixture(), unreached: Int? = nil, _ cells: MadeUpCell...
  ) throws -> ComparedRun {
    let run = try ComparedRun.fixture(
      in: temporary.path, number: number, dataset: dataset, unreached: unreached, cells)
    try ledger.add(run.run, number: number, pairedWith: nil)
    try ledger.record(run.records, run: number)
    return run
  }

  private func results() throws -> FolderResults { try FolderResults(latestOf: ledger) }

  /// The results, each as its index, its effort, and the run that measured it.
  private func names(_ records: [CellRecord]) -> [String] {
    records.map { record in
      let effort = record.planned.cell.search.entries.first { $0.name == "effort" }?.value.description ?? ""
      return "\(record.variant) \(effort) \(record.measurement?.run.map(String.init) ?? record.status.rawValue)"
    }
  }

  @Test func anIndexIsAddedToTheChartOfYesterday() throws {
    try run(1, cell("a", 1), cell("a", 2))
    try run(2, cell("b", 1))
    let results = try results()
    #expect(names(results.records) == ["a 1 1", "a 2 1", "b 1 2"])
    #expect(results.run.number == 2 && results.runs.map(\.number) == [1, 2] && results.leftOut.isEmpty)
    #expect(results.run(of: results.records[0]).number == 1 && names(results.ownRecords) == ["b 1 2"])
  }

  @Test func theNewestMeasurementOfACellCounts() throws {
    try run(1, cell("a", 1), cell("a", 2), cell("b", 3))
    try run(2, cell("a", 2), cell("c", 4))
    try run(3, cell("b", 3))
    #expect(names(try results().records) == ["a 1 1", "a 2 2", "c 4 2", "b 3 3"])
    #expect(names(FolderResults(of: try ledger.runs()[0], records: [], folder: "").records).isEmpty)
  }

  @Test func whatTheNewestRunDidNotMeasureIsShownAsItWas() throws {
    try run(1, cell("a", 1), cell("a", 3, .failed))
    try run(2, unreached: 1, cell("b", 4), cell("a", 1, .timeout), cell("a", 2, .outOfMemory))
    let results = try results()
    // What failed in an earlier run alone is not told again.
    #expect(names(results.records) == ["a 1 1", "b 4 2", "a 2 out-of-memory"])
    #expect(results.outdated.map(\.measuredIn) == [1] && results.outdated[0].ending.status == .timeout)
    #expect(results.ended == 3 && results.run.keys.count == 4)
  }

  @Test func otherMachinesAreNotMixedIn() throws {
    try run(1, cell("a", 1, cpu: "old"), cell("a", 2, cpu: "old"))
    try run(2, cell("a", 2), cell("b", 1))
    let results = try results()
    #expect(names(results.records) == ["a 2 2", "b 1 2"])
    #expect(
      results.leftOut == [
        LatestCells.LeftOut(dataset: "line", runs: [1], cells: 1, reasons: ["the processor is old and cpu"])
      ])
  }

  @Test func otherFilesAndQueriesAreNotMixedIn() throws {
    func dataset(_ sha256: Character, queries: Int) -> SweepDataset {
      var shape = SweepDataset.fixture().shape
      shape.queries = queries
      return SweepDataset(
        argument: "line", path: "/line", sha256: String(repeating: sha256, count: 64), shape: shape)
    }
    func cell(_ effort: Int, _ dataset: SweepDataset) -> MadeUpCell {
      MadeUpCell(effort: effort, recalls: Array(repeating: 0.9, count: dataset.shape.queries)) {
        $0.datasetSHA256 = dataset.sha256
      }
    }
    let (older, fewer, newer) = (dataset("a", queries: 10), dataset("b", queries: 5), dataset("b", queries: 10))
    try run(1, dataset: older, cell(1, older))
    try run(2, dataset: fewer, cell(2, fewer), cell(3, fewer))
    try run(3, dataset: newer, cell(3, newer))
    let results = try results()
    #expect(names(results.records) == ["exact 3 3"])
    #expect(results.leftOut.map(\.cells) == [1, 2] && results.leftOut.map(\.runs) == [[1], [2]])
    #expect(results.leftOut[0].reasons[0].hasPrefix("the dataset's file is another one"))
    #expect(results.leftOut[1].reasons == ["the queries are 5 and 10"])
    // A choice by recall has groups of its own for them.
    #expect(try LatestCells(ledger).cells.count == 3)
  }

  @Test func injectedFaultsCountOnlyWhereTheNewestRunHasThem() throws {
    try run(1, cell("a", 1))
    try run(2, cell("a", 1, faults: ["slow"]))
    #expect(names(try results().records) == ["a 1 2"])
    try run(3, cell("b", 1))
    let results = try results()
    #expect(names(results.records) == ["a 1 1", "b 1 3"] && results.disturbedRuns == [2])
  }

  /// While a run goes on, its cells join those that were there, with the same result as reading all of them.
  @Test func cellsAreAddedAsTheyAreMeasured() throws {
    try run(1, cell("a", 1), cell("a", 2, cpu: "old"))
    let before = try LatestCells(ledger)
    let second = try run(2, cell("b", 3), cell("a", 1))
    let added = before.adding(second.records, run: 2)
    #expect(names(added.cells.map(\.record)) == ["b 3 2", "a 1 2"])
    #expect(names(added.cells.map(\.record)) == names(try LatestCells(ledger).cells.map(\.record)))
    #expect(added.leftOut == (try LatestCells(ledger).leftOut) && added.leftOut.count == 1)
  }

  /// Hundreds of nights of one plan are read as fast as one: what was measured again is not decoded.
  @Test func whatWasMeasuredAgainIsNotDecoded() throws {
    let first = try run(1, cell("a", 1), cell("b", 2)).run
    try run(2, cell("a", 1), cell("b", 2))
    try SQLiteDatabase(path: "\(temporary.path)/\(Ledger.fileName)").execute(
      "UPDATE cell SET measurement_json = '{}' WHERE run = 1")
    #expect(names(try results().records) == ["a 1 2", "b 2 2"])
    #expect(throws: LedgerError.self) { try ledger.records(of: first) }
  }

  @Test func anEmptyLedgerHasNothing() {
    #expect(throws: LedgerError.nothing(folder: temporary.path)) { try FolderResults(latestOf: ledger) }
  }

  @Test func aSelectionKeepsTheRuns() throws {
    try run(1, cell("a", 1), cell("b", 2))
    try run(2, cell("b", 1), cell("b", 2, .failed))
    let part = try results().selecting { $0.variant == "a" }
    #expect(names(part.records) == ["a 1 1"] && part.runs.count == 2 && part.ended == 2 && part.outdated.isEmpty)
  }
}
