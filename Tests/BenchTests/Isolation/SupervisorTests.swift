import Foundation
import TestSupport
import Testing

@testable import Bench

/// A shell script stands in for the measuring program.
@Suite struct SupervisorTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// Measures three cells; the script is run for each process, `$count` says the how manieth it is.
  private func outcomes(
    _ script: String, seconds: Double? = nil
  ) throws -> (outcomes: [CellRecord.Outcome], restarts: [String]) {
    let program = try temporary.standIn("program", script)
    let cells = [try PlannedCell.fixture(effort: 1), try .fixture(effort: 2), try .fixture(effort: 3)]
    let build = SweepPlan.Build(
      dataset: .fixture(), variant: "exact", type: ExactIndex.self, parameters: cells[0].cell.build, seed: 0,
      limits: Limits(seconds: seconds, memoryBytes: 1 << 30), cells: cells)
    var restarts: [String] = []
    let outcomes = Supervisor(.children(program: program)).measure(
      build, keys: cells.map { CellKey($0, dataset: .fixture(), code: "") },
      provenance: Provenance(commit: "", cpu: "", system: ""), folder: temporary.path, run: 1, dataset: nil
    ) { if case .restarting(let reason) = $0 { restarts.append(reason) } }
    return (outcomes, restarts)
  }

  private func texts(_ outcomes: [CellRecord.Outcome]) -> [String] {
    outcomes.map { outcome in
      switch outcome {
      case .measured(_, let file): "measured \(file)"
      case .ended(let status, let error): "\(status.rawValue): \(error)"
      }
    }
  }

  private func event(_ event: WorkEvent) -> String { "echo '\(LedgerJSON.text(event))'" }

  private func measured(_ cell: Int) throws -> String {
    event(.measured(cell: cell, try .fixture(), rawFile: "f\(cell)"))
  }

  @Test func whatIsReportedIsKept() throws {
    let result = try outcomes(
      """
      echo "a library says hello"
      \(event(.building))
      \(measured(0)); \(event(.failed(cell: 1, error: "refused"))); \(measured(2)); \(event(.finished))
      """)
    #expect(texts(result.outcomes) == ["measured f0", "failed: refused", "measured f2"] && result.restarts.isEmpty)
  }

  @Test func aCellThatCrashesIsLeftOutAndTheOthersMeasured() throws {
    let result = try outcomes(
      """
      if [ $count = 1 ]; then \(event(.round(cell: 1, number: 2))); kill -SEGV $$; fi
      \(measured(0)); \(measured(1)); \(event(.finished))
      """)
    #expect(
      texts(result.outcomes) == [
        "measured f0", "failed: crashed (Segmentation fault) while searching in round 2", "measured f1",
      ])
    #expect(result.restarts == ["crashed (Segmentation fault)"])
  }

  @Test func aBuildThatHangsEndsAllItsCells() throws {
    let result = try outcomes("\(event(.building)); exec sleep 100", seconds: 0.2)
    #expect(texts(result.outcomes) == Array(repeating: "timeout: more than 0.2 s while building", count: 3))
  }

  @Test func memoryThatRanOutIsToldFromACrash() throws {
    #expect(
      try texts(outcomes("exit 77").outcomes)[0]
        == "out-of-memory: more than 1024 MiB of memory while reading the dataset")
    #expect(
      try texts(outcomes("kill -KILL $$").outcomes)[0].hasPrefix("out-of-memory: killed by the system"))
  }

  @Test func aProgramThatSaysNothingHasFailed() throws {
    #expect(try texts(outcomes("exit 0").outcomes)[2] == "failed: ended with code 0 while reading the dataset")
    #expect(try texts(outcomes(event(.finished)).outcomes)[1] == "failed: its result did not arrive")
    #expect(try texts(outcomes(event(.buildFailed(error: "no"))).outcomes) == Array(repeating: "failed: no", count: 3))
  }

  @Test func whatCannotBeMeasuredIsSkippedWithoutAProcess() throws {
    let cell = try PlannedCell.fixture()
    let build = SweepPlan.Build(
      dataset: .fixture(metric: .dot), variant: "sealed", type: SealedIndex.self, parameters: cell.cell.build, seed: 0,
      limits: Limits(), cells: [cell])
    let outcomes = Supervisor(.children(program: "/no/such")).measure(
      build, keys: [CellKey(cell, dataset: .fixture(), code: "")],
      provenance: Provenance(commit: "", cpu: "", system: ""), folder: "", run: 1, dataset: nil
    ) { _ in }
    #expect(texts(outcomes)[0].hasPrefix("skipped: sealed does not support the metric dot"))
  }
}
