import Foundation
import Testing

@testable import Bench

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// `run --against` and `gate` as CI uses them: the program against itself, and disturbed by order.
///
/// `RECALLBENCH_GATE_ROUNDS=20` for the full count.
@Suite(.serialized) struct GateCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// Measures the program against itself on 400 vectors; the faults are orders of DisturbedProgram.
  private func measure(_ faults: String = "", _ words: [String] = []) throws -> (code: Int32, errors: String) {
    let ended = try Workspace.runProgram(
      [
        "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--quiet", "--against",
        try Workspace.program().path(percentEncoded: false), "--index", "flat", "--index", "ivf-flat", "--set",
        "nlist=4", "--set", "nprobe=1,4",
      ] + words, environment: ["RECALLBENCH_TEST_FAULTS": faults],
      program: faults.isEmpty ? nil : Workspace.disturbedProgram())
    return (ended.code, ended.errors)
  }

  private func gate(_ words: [String] = []) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(["gate", "latest~1", "latest", "--out", workspace.output, "--allow-disturbed"] + words)
  }

  @Test func aSlowdownOfATenthIsCaughtALossOfRecallTooAndTheSamePasses() throws {
    let count = ProcessInfo.processInfo.environment["RECALLBENCH_GATE_ROUNDS"].flatMap { Int($0) } ?? 1
    for round in 1...count {
      for (faults, code) in [("", 0), ("slow=1.10@head", 3), ("recall-loss=0.05@head", 3)] as [(String, Int32)] {
        // A processor that changes its speed hides a tenth in the usual fifteen rounds of one pair in two.
        #expect(try measure(faults, ["--runs", "80"]).code == 0)
        let ended = try gate()
        #expect(ended.code == code, "round \(round), faults '\(faults)':\n\(ended.output)")
      }
    }
  }

  @Test func everyOutputTellsTheSame() throws {
    #expect(try measure("slow=1.5@head", ["--tag", "slow"]).code == 0)
    let files = ["md", "junit", "json"].map { "\(workspace.path)/gate.\($0)" }
    let ended = try gate(["--md", files[0], "--junit", files[1], "--json", files[2]])
    #expect(ended.code == 3 && ended.output.hasPrefix("REGRESSION: ") && ended.output.contains("→ slow"))
    let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
    #expect(
      texts[0].hasPrefix("### REGRESSION")
        && texts[0].contains("- regression: small-8-euclidean, flat, k = 10, single: qps -"))
    let parser = XMLParserCheck(texts[1])
    #expect(
      parser.isWellFormed && parser.elements.count { $0 == "failure" } == 3 && parser.elements.contains("testcase"))
    let json = try JSONSerialization.jsonObject(with: Data(texts[2].utf8)) as? [String: Any]
    #expect(json?["verdict"] as? String == "regression" && (json?["checks"] as? [Any])?.count == 9)
    // The other way round it is an improvement, which fails where that is asked for.
    let backwards = ["gate", "latest", "latest~1", "--out", workspace.output, "--allow-disturbed", "--config"]
    let config = "\(workspace.path)/gate.yml"
    try Data("tolerances: {recall: 0.1}\n".utf8).write(to: URL(filePath: config))
    #expect(try Workspace.runProgram(backwards + [config]).code == 0)
    let pair = ["latest~1", "slow", "--out", workspace.output]
    for command in ["compare", "gate"] {
      let refused = try Workspace.runProgram([command] + pair)
      #expect(refused.code == 1 && refused.output.isEmpty)
      #expect(
        refused.errors
          == "recallbench: \(workspace.output): run 2 was disturbed by order (slow=1.5@head); name another run, or add "
          + "--allow-disturbed\n")
    }
    let compared = try Workspace.runProgram(["compare"] + pair + ["--allow-disturbed"])
    #expect(compared.code == 0 && compared.output.contains("measured interleaved"))
    #expect(compared.output.contains("Fronts at equal recall"))
  }

  @Test func whatLooksWorseIsMeasuredAgain() throws {
    let words = [
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--quiet", "--keep-program",
      "--index", "ivf-flat", "--set", "nlist=4", "--set", "nprobe=4", "--runs", "1",
    ]
    #expect(try Workspace.runProgram(words).code == 0)
    let lossy = ["RECALLBENCH_TEST_FAULTS": "recall-loss=0.05@head"]
    #expect(try Workspace.runProgram(words, environment: lossy, program: Workspace.disturbedProgram()).code == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.output + "/programs").count == 2)
    let config = "\(workspace.path)/recall.yml"
    try Data("tolerances: {recall: 0.1}\n".utf8).write(to: URL(filePath: config))
    let confirm = ["--confirm", "--config", config, "--allow-debug", "--quiet"]
    #expect(try gate(["--config", config]).code == 3)
    // The second measurement has no faults.
    let once = try gate(confirm)
    #expect(once.code == 0 && once.output.hasPrefix("no regression, 1 suspicion not confirmed: "), "\(once)")
    #expect(once.output.contains("runs 1 and 2 of \(workspace.output)/confirm"))
    let twice = try Workspace.runProgram(
      ["gate", "--out", workspace.output, "--allow-disturbed"] + confirm, environment: lossy,
      program: Workspace.disturbedProgram())
    #expect(twice.code == 3 && twice.output.hasPrefix("REGRESSION, confirmed: ") && twice.output.contains("; again -"))
    try FileManager.default.removeItem(atPath: workspace.output + "/programs")
    let gone = try gate(confirm)
    #expect(gone.code == 1 && gone.errors.contains("the program of run 2 is not kept; measure with"), "\(gone.errors)")
    let both = try gate(confirm + ["--accept", "so"])
    #expect(both.code == 2 && both.errors.contains("--accept does not go with --confirm"))
  }

  @Test func theGateTestsItself() throws {
    let words = [
      "gate", "--self-test", "2", "--dataset", workspace.dataset, "--index", "flat", "--out", workspace.output,
      "--allow-debug",
    ]
    let first = try Workspace.runProgram(words)
    #expect(first.code == 0 && first.errors.contains("pair 2 of 2, about "), "\(first.errors)")
    let lines = first.output.split(separator: "\n")
    #expect(lines[0].hasSuffix("in 2 runs of the same program"))
    #expect(lines.contains { $0.hasPrefix("10 % of speed") } && lines.allSatisfy { $0.count <= 100 })
    // Nothing is measured that is there.
    let again = try Workspace.runProgram(words + ["--format", "json"])
    #expect(again.code == 0 && again.errors.contains("has 2 of 2 pairs") && !again.errors.contains("pair 1 of"))
    let json = try JSONSerialization.jsonObject(with: Data(again.output.utf8)) as? [String: Any]
    #expect(json?["pairs"] as? Int == 2 && (json?["rows"] as? [Any])?.count == 6)
    for (words, message) in [
      (words + ["--format", "junit"], "--format junit: expected text, md, json with --self-test"),
      (words + ["--confirm"], "--self-test does not go with --confirm"),
      (["gate", "--runs", "3"], "--self-test beside --runs is required"),
    ] {
      let refused = try Workspace.runProgram(words)
      #expect(refused.code == 2 && refused.errors.contains(message), "\(refused.errors)")
    }
  }

  @Test func aCellThatCrashesBesideTheOtherSideDoesNotEndTheSweep() throws {
    let label = "ivf-flat(nlist=4, train_size=0, niter=16, nprobe=1)"
    let ended = try measure("crash@\(label)", ["--runs", "6"])
    #expect(ended.code == 1 && ended.errors.contains("1 of 6 cells could not be measured"))
    #expect(try workspace.rows().map { $0["search_parameters"] } == ["", "nprobe=4"])
  }

  @Test func aProgramThatCannotMeasureIsRefusedInOneLine() throws {
    for (program, problem) in [("/bin/true", "is no recallbench"), ("/no/such", "cannot be run (No such file")] {
      let ended = try Workspace.runProgram([
        "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--quiet", "--index", "flat",
        "--against", program,
      ])
      #expect(ended.code == 1 && ended.errors.hasPrefix("recallbench: \(program): \(problem)"), "\(ended.errors)")
      #expect(ended.errors.split(separator: "\n").count == 1)
    }
    // One that greets with another version of the protocol.
    let other = "\(workspace.path)/other"
    try "#!/bin/sh\necho '{\"protocolVersion\":99}'\n".write(toFile: other, atomically: true, encoding: .utf8)
    chmod(other, 0o755)
    let ended = try Workspace.runProgram([
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--quiet", "--index", "flat",
      "--against", other,
    ])
    let message = "measures by protocol 99, this program by \(WorkerGreeting.protocolVersion); name a recallbench"
    #expect(ended.code == 1 && ended.errors.contains(message))
  }

  /// A pair that is killed is continued: what both sides have measured stays, and the pair is compared as any other.
  @Test func aPairThatIsKilledIsContinued() throws {
    let program = try Workspace.program().path(percentEncoded: false)
    let words = [
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--against", program,
      "--index", "flat,ivf-flat", "--set", "nlist=2,4,8,16", "--runs", "6",
    ]
    let process = try BuiltProgram.process(words + ["--quiet"])
    try process.run()
    func records() throws -> [[CellRecord]] {
      guard Ledger.exists(in: workspace.output) else { return [] }
      let ledger = try Ledger(reading: workspace.output)
      return try ledger.runs().map { try ledger.records(of: $0) }
    }
    while process.isRunning, (try? records().last?.count) ?? 0 < 1 { usleep(20_000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let before = try records()
    #expect(before.count == 2 && (before.last?.count ?? 0) < 5)
    let plain = try Workspace.runProgram(Array(words.prefix(6)) + ["--index", "flat", "--resume"])
    #expect(plain.code == 1 && plain.errors.contains("--resume with the same --against continues it"))
    let resumed = try Workspace.runProgram(words + ["--resume"])
    #expect(resumed.code == 0 && resumed.errors.contains("run 2 is continued"), "\(resumed.errors)")
    let after = try records()
    #expect(after.map(\.count) == [5, 5] && after.joined().allSatisfy { $0.status == .ok })
    // What was measured on both sides has not been measured again.
    let kept = Set(before[1].map(\.key))
    #expect(!kept.isEmpty)
    for (one, other) in zip(before[1], after[1].filter { kept.contains($0.key) }) {
      #expect(one.finished == other.finished)
    }
    let again = try Workspace.runProgram(words + ["--resume"])
    #expect(again.code == 0 && again.errors.contains("run 2 is finished, nothing is measured"))
  }

  @Test func whatAPairOfRunsHasNoUseForIsRefusedBeforeAnythingIsRead() throws {
    for words in [["--against", "x", "--keep-index", "y"], ["--against", "x", "--in-process"], ["--tag", "latest"]] {
      let ended = try Workspace.runProgram(
        ["run", "--dataset", "/no/such", "--out", workspace.output, "--allow-debug", "--index", "flat"] + words)
      #expect(ended.code == 2 && !ended.errors.contains("/no/such"), "\(ended.errors)")
    }
    #expect(workspace.outputContents == nil)
  }

  @Test func whatCannotBeToldHasItsOwnCodes() throws {
    #expect(try measure("", ["--runs", "3"]).code == 0)
    let few = try gate()
    #expect(few.code == 6 && few.output.contains("measure with --runs"))
    let misspelt = try gate(["--dataset", "none"])
    #expect(misspelt.code == 2 && misspelt.errors.contains("--dataset none is not in the results, which have small-8"))
    let none = try gate(["--config", "/no/such.yml"])
    #expect(none.code == 2 && none.errors.contains("/no/such.yml: cannot be read"))
    let unknown = try Workspace.runProgram(["gate", "latest", "nobody", "--out", workspace.output])
    #expect(unknown.code == 1 && unknown.errors.contains("has no finished run 'nobody'"))
    let history = try Workspace.runProgram([
      "history", "--metric", "recall", "--index", "flat", "--out", workspace.output,
    ])
    #expect(history.code == 0 && history.output.contains("euclidean, flat, k = 10, single: recall"))
    let list = try Workspace.runProgram(["history", "--runs", "--out", workspace.output])
    #expect(list.code == 0 && list.output.contains("run 1"))
  }
}

/// Whether a text is XML, and which elements it has.
private final class XMLParserCheck: NSObject, XMLParserDelegate {
  private(set) var elements: [String] = []
  private(set) var isWellFormed = false

  init(_ text: String) {
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    isWellFormed = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String] = [:]
  ) { elements.append(name) }
}
