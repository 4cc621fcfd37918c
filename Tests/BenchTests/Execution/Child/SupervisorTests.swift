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
      dataset: .fixture(), variant: "exact", subject: Subject(ExactIndex.self), parameters: cells[0].cell.build,
      seed: 0,
      limits: Limits(seconds: seconds, memoryBytes: 1 << 30), cells: cells)
    var restarts: [String] = []
    let outcomes = Supervisor(.children(program: program)).measure(
      build, as: identity(cells), folder: temporary.path, dataset: nil
    ) { if case .restarting(let reason) = $0 { restarts.append(reason) } }
    return (outcomes, restarts)
  }

  private func identity(_ cells: [PlannedCell]) -> WorkOrder.Identity {
    WorkOrder.Identity(
      keys: cells.map { CellKey($0, dataset: .fixture(), code: "") },
      provenance: Provenance(commit: "", cpu: "", system: ""), run: 1)
  }

  private func texts(_ outcomes: [CellRecord.Outcome]) -> [String] {
    outcomes.map { outcome in
      switch outcome {
      case .measured(_, let file): "measured \(file ?? "nothing")"
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

  @Test func whatALibraryPrintsIsNoProgress() throws {
    let chatter = "i=0; while [ $i -lt 500 ]; do echo hello; sleep 0.01; i=$((i+1)); done"
    let result = try outcomes("\(event(.building)); \(chatter)", seconds: 1)
    #expect(texts(result.outcomes) == Array(repeating: "timeout: more than 1 s while building", count: 3))
    // Events are: each step has the time of its own.
    let steps = "sleep 1.3; \(event(.round(cell: 0, number: 1))); sleep 1.3; \(event(.round(cell: 1, number: 1)))"
    let slow = try outcomes(
      "\(event(.building)); \(steps); \(measured(0)); \(measured(1)); \(measured(2)); \(event(.finished))", seconds: 2.5
    )
    #expect(texts(slow.outcomes) == ["measured f0", "measured f1", "measured f2"])
  }

  @Test func aProgramThatGreetsWithoutEndIsGivenUp() throws {
    let program = "\(temporary.path)/chatter"
    try
      "#!/bin/sh\ni=0; while [ $i -lt 500 ]; do echo hello; sleep 0.01; i=$((i+1)); done; echo '{\"protocolVersion\":0}'\n"
      .write(toFile: program, atomically: true, encoding: .utf8)
    chmod(program, 0o755)
    // Another test's process, between its fork and its exec, may still hold the file open for writing.
    while ChildProcess(program: program, words: []) == nil, errno == ETXTBSY { usleep(1000) }
    let error = #expect(throws: BenchError.self) { try WorkerGreeting.of(program, seconds: 0.3) }
    #expect(error?.description.contains("is no recallbench") == true, "\(String(describing: error))")
  }

  @Test func memoryThatRanOutIsToldFromACrash() throws {
    #expect(
      try texts(outcomes("exit 77").outcomes)[0]
        == "out-of-memory: more than 1024 MiB of memory while reading the dataset")
  }

  /// Nobody's memory runs out during the test: the kernel's counter stays.
  @Test(arguments: [(SIGKILL, "Killed"), (SIGXCPU, "CPU time limit exceeded"), (SIGTERM, "Terminated")])
  func aSignalThatSomebodySentIsNoLackOfMemory(signal: Int32, name: String) throws {
    #expect(
      try texts(outcomes("kill -\(signal) $$").outcomes)[0]
        == "failed: killed by signal \(signal) (\(name)) while reading the dataset")
  }

  @Test func aKillByTheSystemThatIsShortOfMemoryIsTold() {
    func text(_ signal: Int32, systemRanOutOfMemory: Bool) -> String {
      let fate = WorkerLink.Fate(
        of: .signalled(signal), limits: Limits(), dataset: "", isFinished: false,
        systemRanOutOfMemory: systemRanOutOfMemory)
      guard case .lost(let status, let reason) = fate else { return "" }
      return "\(status.rawValue): \(reason)"
    }
    #expect(
      text(SIGKILL, systemRanOutOfMemory: true) == "out-of-memory: killed by the system, which is short of memory")
    #expect(text(SIGKILL, systemRanOutOfMemory: false) == "failed: killed by signal 9 (Killed)")
    #expect(text(SIGSEGV, systemRanOutOfMemory: true) == "failed: crashed (Segmentation fault)")
  }

  #if os(Linux)
    @Test func theKernelsCounterCanBeRead() { #expect((MemoryKills.count() ?? -1) >= 0) }
  #endif

  @Test func whatAProcessLeavesIsRemovedBeforeTheNextBegins() throws {
    let left = "\(temporary.path)/index-\(UUID().uuidString)"
    let result = try outcomes("mkdir '\(left)'; echo x > '\(left)/index.lmdb'; kill -KILL $$")
    #expect(result.outcomes.count == 3)
    #expect(!FileManager.default.fileExists(atPath: left))
  }

  @Test func aProgramThatSaysNothingHasFailed() throws {
    #expect(try texts(outcomes("exit 0").outcomes)[2] == "failed: ended with code 0 while reading the dataset")
    #expect(try texts(outcomes(event(.finished)).outcomes)[1] == "failed: its result did not arrive")
    #expect(try texts(outcomes(event(.buildFailed(error: "no"))).outcomes) == Array(repeating: "failed: no", count: 3))
  }

  @Test func whatCannotBeMeasuredIsSkippedWithoutAProcess() throws {
    let cell = try PlannedCell.fixture()
    let build = SweepPlan.Build(
      dataset: .fixture(metric: .dot), variant: "sealed", subject: Subject(SealedIndex.self),
      parameters: cell.cell.build, seed: 0,
      limits: Limits(), cells: [cell])
    let outcomes = Supervisor(.children(program: "/no/such")).measure(
      build, as: identity([cell]), folder: "", dataset: nil
    ) { _ in }
    #expect(texts(outcomes)[0].hasPrefix("skipped: sealed does not support the metric dot"))
  }
}
