import Foundation
import TestSupport
import Testing

@testable import Bench

/// Shell scripts stand in for the measuring programs.
@Suite struct PairSupervisorTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func event(_ event: WorkEvent) -> String { "echo '\(LedgerJSON.text(event))'" }

  /// Writes a program that reads its order and goes on as the script says; `turn` waits and notes whose turn it is.
  private func program(_ name: String, _ script: String) throws -> String {
    try temporary.standIn(
      name,
      """
      turn() { read -r line || exit 1; echo "\(name) $1" >> "\(temporary.path)/turns"; }
      \(script)
      """)
  }

  private func rounds(_ rounds: [(cell: Int, number: Int)]) -> String {
    rounds.map { "\(event(.round(cell: $0.cell, number: $0.number))); turn \($0.cell).\($0.number)" }
      .joined(separator: "\n")
  }

  private func figures(_ cells: Int) throws -> String {
    let measured = try (0..<cells).map { event(.measured(cell: $0, try .fixture(), rawFile: "f\($0)")) }
    return ([event(.finishing(cell: 0)), "turn figures"] + measured + [event(.finished)]).joined(separator: "\n")
  }

  private func measure(_ base: String, _ head: String, first: WorkSide = .base) throws -> (
    base: [String], head: [String], turns: [String], restarts: Int
  ) {
    let programs = Sides(base: try program("base", base), head: try program("head", head))
    let cells = [try PlannedCell.fixture(effort: 1), try .fixture(effort: 2)]
    let build = SweepPlan.Build(
      dataset: .fixture(), variant: "exact", subject: Subject(ExactIndex.self), parameters: cells[0].cell.build,
      seed: 0,
      limits: Limits(seconds: 5), cells: cells)
    let identity = WorkOrder.Identity(
      keys: cells.map { CellKey($0, dataset: .fixture(), code: "") },
      provenance: Provenance(commit: "", cpu: "", system: ""), run: 1)
    var restarts = 0
    let outcomes = PairSupervisor(programs: programs).measure(
      build, as: Sides(base: identity, head: identity), folder: temporary.path, first: first
    ) { if case .restarting = $0 { restarts += 1 } }
    func texts(_ outcomes: [CellRecord.Outcome]) -> [String] {
      outcomes.map { outcome in
        switch outcome {
        case .measured(_, let file): "measured \(file ?? "nothing")"
        case .ended(let status, let error): "\(status.rawValue): \(error)"
        }
      }
    }
    let turns = try String(contentsOfFile: "\(temporary.path)/turns", encoding: .utf8)
    return (
      texts(outcomes.base), texts(outcomes.head), turns.split(separator: "\n").map(String.init), restarts
    )
  }

  @Test(arguments: WorkSide.allCases)
  func roundsTakeTurnsAndWhoBeginsChanges(first: WorkSide) throws {
    let script = "\(rounds([(0, 1), (1, 1), (1, 2), (0, 2)]))\n\(try figures(2))"
    let result = try measure(script, script, first: first)
    #expect(result.base == ["measured f0", "measured f1"] && result.head == result.base && result.restarts == 0)
    let (one, other) = (first.rawValue, first.other.rawValue)
    #expect(
      result.turns == [
        "\(one) 0.1", "\(other) 0.1", "\(one) 1.1", "\(other) 1.1", "\(other) 1.2", "\(one) 1.2", "\(other) 0.2",
        "\(one) 0.2", "\(one) figures", "\(other) figures",
      ])
  }

  @Test func bothSidesAlternateInTheSlicesOfARound() throws {
    func script(slices: Int) throws -> String {
      let slices = (1...slices).map { "\(event(.slice(cell: 0, round: 2, number: $0))); turn 0.2/\($0)" }
      return ([rounds([(0, 2)])] + slices + [try figures(2)]).joined(separator: "\n")
    }
    let result = try measure(try script(slices: 3), try script(slices: 1))
    #expect(
      result.turns == [
        "head 0.2", "base 0.2", "head 0.2/1", "base 0.2/1", "base 0.2/2", "base 0.2/3", "base figures", "head figures",
      ])
    #expect(result.base == ["measured f0", "measured f1"] && result.head == result.base)
  }

  @Test func aSideWhoseSearchFailsDoesNotHoldUpTheOther() throws {
    let result = try measure(
      "\(rounds([(0, 1), (1, 1), (1, 2)]))\n\(try figures(2))",
      "\(rounds([(0, 1), (1, 1), (1, 2), (0, 2)]))\n\(try figures(2))")
    #expect(result.base.count == 2 && result.turns.suffix(3) == ["head 0.2", "base figures", "head figures"])
  }

  @Test func aCellThatCrashesOneSideIsGivenUpOnBoth() throws {
    let whole = "\(rounds([(0, 1)]))\n\(try figures(1))"
    let result = try measure(
      "if [ $count = 1 ]; then \(rounds([(0, 1), (1, 1)]))\n exit 9\n fi\n\(whole)",
      "if [ $count = 1 ]; then \(rounds([(0, 1), (1, 1)]))\n exec sleep 50\n fi\n\(whole)")
    #expect(result.base == ["measured f0", "failed: ended with code 9 while searching in round 1"])
    #expect(result.head == ["measured f0", "skipped: the base could not be measured beside it"])
    #expect(result.restarts == 1)
  }

  @Test func aBuildThatFailsEndsAllItsCells() throws {
    let result = try measure(
      "\(rounds([(0, 1)]))\n\(try figures(1))",
      "echo 'head none' >> '\(temporary.path)/turns'; \(event(.buildFailed(error: "refused")))")
    #expect(result.head == ["failed: refused", "failed: refused"])
    #expect(result.base == Array(repeating: "skipped: the head could not be measured beside it", count: 2))
  }
}
