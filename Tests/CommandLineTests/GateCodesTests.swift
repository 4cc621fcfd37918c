import Foundation
import Testing

@testable import Bench
@testable import RecallBenchCLI

/// The exit code of `gate` for everything that may come of a cell.
@Suite struct GateCodesTests {
  private static let endings = CellStatus.allCases.map(MadeLedger.Ending.ended) + [.absent, .unreached]

  /// Of the base below each other, of the head beside: ok, failed, timeout, out of memory, skipped, not asked for, not
  /// reached by a run that was killed.
  private static let codes: [[Int32]] = [
    [0, 3, 3, 3, 3, 3, 3],
    [0, 3, 3, 3, 0, 3, 3],
    [0, 3, 3, 3, 0, 3, 3],
    [0, 3, 3, 3, 0, 3, 3],
    [0, 3, 3, 3, 0, 0, 3],
    [6, 3, 3, 3, 0, 0, 3],
    [6, 3, 3, 3, 0, 6, 3],
  ]

  private let made: MadeLedger
  private let config: String

  init() throws {
    made = try MadeLedger()
    config = "\(made.workspace.path)/\(UUID().uuidString).yml"
    try "tolerances: {recall: 0.1, index_bytes: 1%}\n".write(toFile: config, atomically: true, encoding: .utf8)
  }

  private func gate(_ folder: String, _ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(["gate"] + words + ["--out", folder, "--config", config])
  }

  @Test(arguments: zip(endings, codes))
  func everyPairHasItsCode(base: MadeLedger.Ending, codes: [Int32]) throws {
    let measured = MadeLedger.Ending.ended(.ok)
    for (head, code) in zip(Self.endings, codes) {
      let folder = try made.folder("\(head)", [[measured, base, measured], [measured, head, measured]])
      #expect(gate(folder, ["1", "2"]).rawValue == code, "\(base) → \(head)")
      // The same by name, as far as a name means the same runs.
      if base != .unreached { #expect(gate(folder, ["latest~1", "latest"]).rawValue == code, "\(base) → \(head)") }
    }
  }

  @Test func itStaysSoAsLongAsTheCellIsNotMeasured() throws {
    let (ok, failed) = (MadeLedger.Ending.ended(.ok), MadeLedger.Ending.ended(.failed))
    let folder = try made.folder("nights", [[ok, ok, ok], [ok, ok, failed], [ok, ok, failed], [ok, ok, ok]])
    #expect(gate(folder, ["1", "2"]) == .regression && gate(folder, ["2", "3"]) == .regression)
    #expect(gate(folder, ["3", "3"]) == .regression && gate(folder, ["3", "4"]) == .success)
    #expect(gate(folder, ["2", "3", "--index", "flat"]) == .success)
    // Of several indexes all are judged, given with commas or one by one.
    #expect(gate(folder, ["2", "3", "--index", "flat,ivf-flat"]) == .regression)
    #expect(gate(folder, ["2", "3", "--index", "flat", "--index", "ivf-flat"]) == .regression)
    // A base that was killed has the figures of the night before.
    let killed = try made.folder("killed", [[ok, ok, ok], [ok, ok, .unreached], [ok, ok, ok]])
    #expect(gate(killed, ["2", "3"]) == .success)
  }

  @Test func indexesThatWereDroppedAreNamed() throws {
    let ok = MadeLedger.Ending.ended(.ok)
    let folder = try made.folder("dropped", [[ok, ok, ok], [ok, .absent, .absent]])
    let ended = try Workspace.runProgram(["gate", "1", "2", "--out", folder, "--config", config])
    let line = "  regression: small-8-euclidean, ivf-flat: 2 cells ok → not asked for"
    #expect(ended.code == 3 && ended.output.contains(line.dropFirst(2)), "\(ended.output)")
    #expect(ended.output.hasPrefix("REGRESSION"))
    let compared = try Workspace.runProgram(["compare", "1", "2", "--out", folder])
    #expect(compared.code == 0 && compared.output.contains("not asked for"))
  }

  @Test func whatIsAcceptedIsNotReportedAgain() throws {
    let ok = MadeLedger.Ending.ended(.ok)
    let folder = try made.folder("accepted", [[ok, ok, ok], [ok, .absent, .ended(.failed)]])
    let words = ["gate", "1", "2", "--out", folder]
    #expect(try Workspace.runProgram(words + ["--config", config]).code == 3)
    for (more, message) in [([], "--config is required"), (["--config", config], "expected the reason")] {
      let refused = try Workspace.runProgram(words + ["--accept", message.hasPrefix("-") ? "so" : " "] + more)
      #expect(refused.code == 2 && refused.errors.contains(message), "\(refused.errors)")
    }
    let accepted = try Workspace.runProgram(words + ["--config", config, "--accept", "one of them crashes"])
    #expect(accepted.code == 0 && accepted.output.contains("1 accepted change: see gate.yml"), "\(accepted.output)")
    #expect(accepted.errors.contains("ivf-flat: measured "), "\(accepted.errors)")
    let text = try String(contentsOfFile: config, encoding: .utf8)
    #expect(text.hasPrefix("tolerances: {recall: 0.1, index_bytes: 1%}\naccepted:\n"))
    #expect(text.contains("reason: \"one of them crashes\"") && text.contains("change: \"failed\""))
    #expect(try Workspace.runProgram(words + ["--config", config]).code == 0)
    let nothing = try Workspace.runProgram(words + ["--config", config, "--accept", "so"])
    #expect(nothing.code == 0 && nothing.errors.contains("is unchanged"))
  }

  @Test func aKilledNightIsTheLatestAndDoesNotPass() throws {
    let ok = MadeLedger.Ending.ended(.ok)
    let folder = try made.folder(
      "killed", [[ok, ok, ok], [ok, ok, ok], [.unreached, .unreached, .unreached]], tags: ["one", "two", "three"])
    let ended = try Workspace.runProgram(["gate", "latest~1", "latest", "--out", folder, "--config", config])
    #expect(ended.code == 3, "\(ended.output)")
    #expect(ended.output.contains("the head, run 3, did not come to its end: 0 of 3 cells"))
    #expect(gate(folder, ["one", "three"]) == .regression && gate(folder, ["one", "two"]) == .success)
    let compared = try Workspace.runProgram(["compare", "two", "three", "--out", folder])
    #expect(compared.code == 0 && compared.output.contains("the head, run 3, did not come to its end: 0 of 3 cells"))
    let history = try Workspace.runProgram(["history", "--metric", "recall", "--out", folder])
    #expect(history.errors.contains("left out, since they did not come to their end: run 3"))
    let table = try Workspace.runProgram(["export", "csv", "--out", folder])
    #expect(table.errors.contains("0 of 3 cells were measured, the sweep did not come to its end"))
  }

  @Test(arguments: [
    ["gate", "1", "2", "--index", "ivf-flta"], ["gate", "1", "2", "--dataset", "small"],
    ["compare", "1", "2", "--index", "x"], ["compare", "1", "2", "--base-index", "x"],
    ["compare", "1", "2", "--head-index", "x"],
    ["compare", "1", "2", "--dataset", "small-8-euclidean", "--dataset", "x"],
    ["history", "--index", "flat,x"], ["history", "--dataset", "x"],
  ])
  func namesThatTheResultsDoNotHaveAreWrongUsage(words: [String]) throws {
    let ok = MadeLedger.Ending.ended(.ok)
    let folder = try made.folder(UUID().uuidString, [[ok, ok, ok], [ok, ok, ok]])
    let ended = try Workspace.runProgram(words + ["--out", folder])
    let known = words.contains("--dataset") ? "small-8-euclidean" : "flat, ivf-flat"
    #expect(ended.code == 2 && ended.errors.contains("is not in the results, which have \(known)"), "\(ended.errors)")
    #expect(ended.output.isEmpty && ended.errors.split(separator: "\n").count == 1)
  }
}
