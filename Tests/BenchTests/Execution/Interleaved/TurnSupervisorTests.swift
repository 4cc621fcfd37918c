import Foundation
import TestSupport
import Testing

@testable import Bench

/// Shell scripts stand in for the measuring program.
@Suite struct TurnSupervisorTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func event(_ event: WorkEvent) -> String { "echo '\(LedgerJSON.text(event))'" }

  /// A process of two rounds over two cells, which notes each turn that it gets; `extra` comes before the second round.
  private func script(extra: String = "") throws -> String {
    func round(_ cell: Int, _ number: Int) -> String {
      "\(event(.round(cell: cell, number: number))); turn \(cell).\(number)"
    }
    let measured = try (0..<2).map { event(.measured(cell: $0, try .fixture(), rawFile: "f\($0)")) }
    return """
      name=$(echo "$order" | sed 's/.*"variant":"\\([a-z]*\\)".*/\\1/')
      turn() { read -r line || exit 1; echo "$name $1" >> "\(temporary.path)/turns"; }
      \(round(0, 1)); \(round(1, 1))
      \(extra)
      \(round(1, 2)); \(round(0, 2))
      \(event(.finishing(cell: 0))); turn figures
      \(measured.joined(separator: "\n"))
      \(event(.finished))
      """
  }

  private func measure(_ script: String, builds names: [String]) throws -> (outcomes: [[String]], turns: [String]) {
    let program = try temporary.standIn("program", script)
    let cells = [try PlannedCell.fixture(effort: 1), try .fixture(effort: 2)]
    let identity = WorkOrder.Identity(
      keys: cells.map { CellKey($0, dataset: .fixture(), code: "") },
      provenance: Provenance(commit: "", cpu: "", system: ""), run: 1)
    let builds = names.map { name in
      SweepPlan.Build(
        dataset: .fixture(), variant: name, subject: Subject(ExactIndex.self), parameters: cells[0].cell.build, seed: 0,
        limits: Limits(seconds: 5), cells: cells)
    }
    var begun: [Int] = []
    let outcomes = TurnSupervisor(program: program, files: nil, folder: temporary.path).measure(
      builds.map { ($0, identity) }, begin: { begun.append($0) }, report: { _, _ in })
    #expect(begun == Array(names.indices))
    let turns = try String(contentsOfFile: "\(temporary.path)/turns", encoding: .utf8)
    let texts = outcomes.map { outcomes in
      outcomes.map { outcome in
        switch outcome {
        case .measured(_, let file)?: "measured \(file ?? "nothing")"
        case .ended(let status, let error)?: "\(status.rawValue): \(error)"
        case nil: "again"
        }
      }
    }
    return (texts, turns.split(separator: "\n").map(String.init))
  }

  @Test func roundsOfAllBuildsTakeTurnsAndWhoBeginsChanges() throws {
    let result = try measure(try script(), builds: ["a", "b", "c"])
    #expect(result.outcomes == Array(repeating: ["measured f0", "measured f1"], count: 3))
    #expect(
      result.turns == [
        "a 0.1", "b 0.1", "c 0.1", "a 1.1", "b 1.1", "c 1.1", "c 1.2", "b 1.2", "a 1.2", "c 0.2", "b 0.2", "a 0.2",
        "a figures", "b figures", "c figures",
      ])
  }

  @Test func whoCrashesLosesOneCellAndTheOthersGoOn() throws {
    let result = try measure(try script(extra: #"[ "$name" != b ] || kill -SEGV $$"#), builds: ["a", "b", "c"])
    #expect(result.outcomes[0] == ["measured f0", "measured f1"] && result.outcomes[2] == result.outcomes[0])
    #expect(result.outcomes[1] == ["again", "failed: crashed (Segmentation fault) while searching in round 1"])
    #expect(result.turns.suffix(6) == ["c 1.2", "a 1.2", "c 0.2", "a 0.2", "a figures", "c figures"])
  }
}
