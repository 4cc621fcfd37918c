import Bench
import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench run --workload drift` as a user runs it.
@Suite struct DriftRunTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func words(_ words: [String]) -> [String] {
    [
      "run", "--workload", "drift", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug",
      "--quiet",
    ] + words
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test func everyStepIsACellWithAllThatOthersHave() throws {
    let sweep = words([
      "--index", "flat", "--index", "ivf-flat", "--set", "nlist=8", "--set", "nprobe=1,8", "--runs", "2", "-k", "3",
    ])
    let ended = try Workspace.runProgram(sweep)
    #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
    let rows = try workspace.rows()
    // flat; ivf-flat trained once and trained again, each searched in two ways.
    #expect(rows.count == 10 * (1 + 2 * 2) && rows.allSatisfy { $0["workload"] == "drift" && $0["rounds"] == "2" })
    #expect(rows.filter { $0["training"] == "none" }.map { $0["stage"] } == (1...10).map { "\($0)" })
    #expect(rows.filter { $0["training"] == "none" }.allSatisfy { $0["k-nn"] == "1.0" })
    #expect(Set(rows.compactMap { $0["train_size"] }) == Set((1...10).map { String(40 * $0) }))
    // Looking into all lists finds everything, however they were trained.
    #expect(rows.filter { $0["search_parameters"] == "nprobe=8" }.allSatisfy { $0["k-nn"] == "1.0" })
    #expect(rows.allSatisfy { $0["peak_bytes"] != "" && $0["recall_low"] != "" && $0["phase"] == nil })
    // With the true neighbours that were kept, and without; nothing is written into a folder that is only read.
    for keepsTruth in [true, false] {
      if !keepsTruth { try FileManager.default.removeItem(atPath: workspace.output + "/truth") }
      let again = try Workspace.runProgram(["export", "csv", "--recompute", "--out", workspace.output])
      #expect(try again.code == 0 && again.output == text("\(workspace.output)/results.csv"), "\(again.errors)")
      #expect(FileManager.default.fileExists(atPath: workspace.output + "/truth") == keepsTruth)
    }
    let lines = try Workspace.runProgram(["export", "jsonl", "--out", workspace.output]).output.split(separator: "\n")
    #expect(lines.count == 50 && lines[0].contains(#""workload":"drift","stage":"1","training":"none""#))
    let page = try text("\(workspace.output)/report.html")
    #expect(page.contains("figure-of-drift-recall") && page.contains("figure-of-drift-qps"))
    #expect(page.contains("--workload drift") && page.contains("step 10, trained at each"))
    let comparison = ["compare", "latest", "latest", "--index", "ivf-flat", "--out", workspace.output]
    let compared = try Workspace.runProgram(comparison)
    #expect(compared.code == 0 && compared.output.contains("\nivf-flat(nprobe=1), step 3, "))
    let full = try Workspace.runProgram(comparison + ["--full"])
    #expect(full.output.contains("\nivf-flat(nlist=8, train_size=0, niter=16, nprobe=1), step 3, "))
    let history = try Workspace.runProgram(["history", "--metric", "recall", "--out", workspace.output])
    #expect(history.code == 0 && history.output.contains("euclidean, flat, step 10, k = 3, single: recall"))
    #expect(history.output.hasPrefix("too few runs to tell a change of recall in "))
  }

  @Test func ofTheFirstRowsOnly() throws {
    let words = ["--workload", "drift", "--index", "flat", "--limit", "100", "--runs", "1", "--in-process"]
    #expect(workspace.run(words) == .success)
    #expect(try workspace.rows().map { $0["train_size"] } == (1...10).map { "\(10 * $0)" })
    let truth = try FileManager.default.contentsOfDirectory(atPath: workspace.output + "/truth")
    #expect(truth.count == 10 && truth.allSatisfy { $0.hasPrefix("small-8-euclidean-first-100-drift-") })
  }

  /// What was finished is in the ledger and stays; the rest is measured when the run goes on.
  @Test func aRunThatIsKilledGoesOnWithTheNextStep() throws {
    let sweep = words(["--index", "flat", "--runs", "300", "--tag", "night"])
    let process = try BuiltProgram.process(sweep)
    try process.run()
    while process.isRunning, (try? workspace.rows().count) ?? 0 < 2 { usleep(2_000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let ledger = try Ledger(folder: workspace.output)
    let killed = try ledger.records(of: #require(try ledger.lastRun())).map(\.finished)
    #expect((2..<10).contains(killed.count), "killed in the middle")
    let resumed = try Workspace.runProgram(sweep + ["--resume"])
    #expect(resumed.code == 0, "\(resumed.errors)")
    let run = try #require(try ledger.lastRun())
    let records = try ledger.records(of: run)
    #expect(try ledger.runs().count == 1 && run.ended != nil && run.tag == "night")
    #expect(records.count == 10 && Array(records.map(\.finished).prefix(killed.count)) == killed)
    #expect(records.allSatisfy { $0.measurement?.quality.recall == 1 })
    #expect(try workspace.rows().map { $0["train_size"] } == (1...10).map { "\(40 * $0)" })
  }

  /// A step that hangs is given up; those before are kept, and those after are measured in another process.
  @Test func aStepThatHangsDoesNotEndTheOthers() throws {
    let ended = try Workspace.runProgram(
      words(["--index", "flat", "--runs", "1", "--timeout", "3s"]),
      environment: ["RECALLBENCH_TEST_FAULTS": "hang@flat, step 4|crash@flat, step 7"],
      program: Workspace.disturbedProgram())
    #expect(ended.code == 1 && ended.errors.contains("2 of 10 cells could not be measured"), "\(ended.errors)")
    #expect(try workspace.rows().map { $0["stage"] } == [1, 2, 3, 5, 6, 8, 9, 10].map { "\($0)" })
    let lines = try Workspace.runProgram(["export", "jsonl", "--out", workspace.output]).output.split(separator: "\n")
    #expect(lines[3].contains(#""status":"timeout","error":"more than 3 s while searching in round 1"#))
    #expect(lines[6].contains(#""status":"failed","error":"crashed"#) && lines[6].contains(#""stage":"7""#))
  }

  @Test func besideAnotherProgramStepsAreGated() throws {
    let config = "\(workspace.path)/gate.yml"
    try "{tolerances: {recall: 0.1}, at_recall: []}".write(toFile: config, atomically: true, encoding: .utf8)
    for (faults, code) in [("", 0), ("recall-loss=0.05@head", 3)] as [(String, Int32)] {
      let ended = try Workspace.runProgram(
        words([
          "--index", "ivf-flat", "--set", "nlist=4", "--set", "nprobe=4", "--runs", "2", "--against",
          try Workspace.program().path(percentEncoded: false),
        ]), environment: ["RECALLBENCH_TEST_FAULTS": faults],
        program: faults.isEmpty ? nil : Workspace.disturbedProgram())
      #expect(ended.code == 0, "\(ended.errors)")
      let gated = try Workspace.runProgram([
        "gate", "latest~1", "latest", "--out", workspace.output, "--allow-disturbed", "--config", config,
      ])
      #expect(gated.code == code && gated.output.contains("measured interleaved"), "\(faults):\n\(gated.output)")
      #expect(gated.output.contains("20 checks"), "\(gated.output)")
      if code == 3 { #expect(gated.output.contains("most at ") && gated.output.contains("step ")) }
    }
  }

  @Test func aSweepFileSaysSoToo() throws {
    let file = "\(workspace.path)/drift.yml"
    try "{workload: drift, runs: 1, indexes: {exact: {index: flat}}}".write(
      toFile: file, atomically: true, encoding: .utf8)
    #expect(workspace.run([file, "--in-process"]) == .success)
    #expect(try workspace.rows().map { $0["algorithm"] } == Array(repeating: "recallbench-exact", count: 10))
    let plan = try Workspace.runProgram(["plan", file, "--dataset", workspace.dataset, "--cells"])
    #expect(plan.code == 0 && plan.output.contains("small-8-euclidean: flat, step 10, k = 10, single"))
    #expect(plan.output.contains("10 cells of 1 build, 1 round each, at each step of a drift; about "))
    // The command line has the last word.
    #expect(workspace.run([file, "--workload", "search", "--in-process"]) == .success)
    #expect(try workspace.rows().map { $0["workload"] } == Array(repeating: "drift", count: 10) + ["search"])
  }

  /// Whichever workload: each refuses what it would ignore.
  @Test(arguments: [
    ["--workload", "drfit"], ["--workload", "drift", "--keep-index", "x"], ["--workload", "drift", "--rate", "5"],
    ["--workload", "drift", "--limit", "100", "-k", "11"], ["--readers", "2"], ["--in-process", "--timeout", "3s"],
    ["--in-process", "--memory", "1GiB"], ["--resume", "--force"],
  ])
  func whatDoesNotGoTogetherIsRefused(words: [String]) {
    #expect(workspace.run(["--index", "flat"] + words) == .usage)
    #expect(workspace.outputContents == nil)
  }
}
