import Bench
import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench run --runbook` as a user runs it.
@Suite struct RunbookRunTests {
  private let workspace: Workspace
  private let file: String

  init() throws {
    workspace = try Workspace()
    file = "\(workspace.path)/steps.yaml"
    try """
    small-8-euclidean:
      max_pts: 400
      1: {operation: insert, start: 0, end: 200}
      2: {operation: search}
      3: {operation: delete, start: 0, end: 100}
      4: {operation: insert, start: 200, end: 400}
      5: {operation: search}
    """.write(toFile: file, atomically: true, encoding: .utf8)
  }

  private func words(_ words: [String]) -> [String] {
    ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--runbook", file] + words
  }

  @Test func everySearchIsACellWithAllThatOthersHave() throws {
    let ended = try Workspace.runProgram(
      words(["--index", "flat", "--index", "ivf-flat", "--set", "nlist=4", "--set", "nprobe=4", "--runs", "1"]))
    #expect(ended.code == 0, "\(ended.errors)")
    #expect(
      ended.errors.contains(
        "runbook: small-8-euclidean, flat: mean recall 1.0000 of 2 searching steps, worst 1.0000 at step 2; "))
    let rows = try workspace.rows()
    #expect(rows.map { $0["stage"] } == ["2", "5", "2", "2", "5", "5"])
    #expect(rows.map { $0["train_size"] } == ["200", "300", "200", "200", "300", "300"])
    #expect(rows.map { $0["training"] } == ["none", "none", "first", "each", "first", "each"])
    #expect(rows.allSatisfy { $0["k-nn"] == "1.0" && $0["workload"] == "runbook" && $0["insert_rate"] != "" })
    #expect(rows.map { $0["removed"] } == ["", "100", "", "", "100", "100"])
    let again = try Workspace.runProgram(["export", "csv", "--recompute", "--out", workspace.output])
    let kept = try String(contentsOfFile: "\(workspace.output)/results.csv", encoding: .utf8)
    #expect(again.code == 0 && again.output == kept, "\(again.errors)")
    let page = try String(contentsOfFile: "\(workspace.output)/report.html", encoding: .utf8)
    for chart in ["recall", "qps", "inserts"] { #expect(page.contains("figure-of-runbook-\(chart)")) }
    #expect(page.contains("small-8-euclidean, flat: mean recall 1.0000"))
    #expect(page.contains("--workload runbook --runbook \(file)"))
  }

  @Test(arguments: [
    ("", 0, "no regression"), ("recall-loss=0.05@head", 3, ": recall -"), ("slow=10@head", 3, ": qps -"),
  ])
  func besideAnotherProgramStepsAreGated(faults: String, code: Int, finding: String) throws {
    // A speed is gated only where it is disturbed, because the machine may be busy.
    let tolerances = faults.hasPrefix("slow") ? "qps: 50%" : "recall: 0.1"
    let gated = try workspace.gateBesideItself(
      words(["--quiet", "--index", "flat", "--runs", "9"]), faults: faults, tolerances: tolerances)
    #expect(Int(gated.code) == code, "\(faults):\n\(gated.output)")
    #expect(gated.output.contains(finding), "\(gated.output)")
    if code == 3 { #expect(gated.output.contains("step ")) }
  }

  @Test func trueNeighboursAreKeptForOtherRuns() throws {
    let cache = ["RECALLBENCH_CACHE": "\(workspace.path)/cache"]
    let flat = words(["--index", "flat", "--runs", "1", "--quiet"])
    let folders = ["\(workspace.output)/truth", "\(workspace.path)/cache/truth"]
    func files() throws -> [[String]] {
      try folders.map { folder in
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".ibin") }.sorted()
      }
    }
    #expect(try Workspace.runProgram(flat, environment: cache).code == 0)
    let first = try files()
    #expect(first[0].count == 2 && first[0] == first[1])
    let again = "\(workspace.path)/again"
    let other = flat.map { $0 == workspace.output ? again : $0 }
    #expect(try Workspace.runProgram(other, environment: cache).code == 0)
    #expect(try workspace.rows(in: again).map { $0["k-nn"] } == ["1.0", "1.0"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(again)/truth").sorted() == first[0])
  }

  @Test func aSweepFileSaysSoToo() throws {
    let sweep = "\(workspace.path)/sweep.yml"
    try "{workload: runbook, runbook: steps.yaml, runs: 1, indexes: {flat: }}".write(
      toFile: sweep, atomically: true, encoding: .utf8)
    #expect(workspace.run([sweep, "--in-process"]) == .success)
    #expect(try workspace.rows().map { $0["stage"] } == ["2", "5"])
  }

  @Test func mistakesAreOneLineEach() throws {
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for (old, new, problem) in [
      ("start: 0, end: 100", "start: 150, end: 201", "step 3: start 200: expected a row that is stored"),
      ("end: 400", "end: 401", "step 4: end 401: expected at most 400"),
      (
        "operation: delete", "operation: erase",
        "small-8-euclidean.3.operation: one of insert, delete, search, replace is needed, not erase"
      ),
    ] {
      try text.replacing(old, with: new).write(toFile: file, atomically: true, encoding: .utf8)
      let ended = try Workspace.runProgram(words(["--index", "flat"]))
      let lines = ended.errors.split(separator: "\n")
      #expect(ended.code == 2 && lines.last?.contains("steps.yaml") == true, "\(ended.errors)")
      #expect(ended.errors.contains(problem), "\(ended.errors)")
    }
    #expect(workspace.outputContents == nil)
  }

  @Test func trueNeighboursAreWrittenAndChecked() throws {
    let truth = "\(workspace.path)/truth"
    func run(_ more: [String]) throws -> (code: Int32, output: String, errors: String) {
      try Workspace.runProgram(
        ["datasets", "ground-truth", workspace.dataset, "--runbook", file, "-k", "10", "--out", truth] + more)
    }
    let written = try run([])
    #expect(
      written.code == 0 && written.output == "\(truth): 10 neighbours at each of 2 steps written\n", "\(written.errors)"
    )
    #expect(try FileManager.default.contentsOfDirectory(atPath: truth).sorted() == ["step2.gt10", "step5.gt10"])
    let again = try run([])
    #expect(again.code == 2 && again.errors.contains("truth/step2.gt10: expected a file that is not there yet"))
    #expect(try run(["--force"]).code == 0)
    let checked = try run(["--check"])
    #expect(checked.code == 0 && checked.output.contains("are the true ones"), "\(checked.errors)")
    try FileManager.default.removeItem(atPath: "\(truth)/step5.gt10")
    try FileManager.default.copyItem(atPath: "\(truth)/step2.gt10", toPath: "\(truth)/step5.gt10")
    let wrong = try run(["--check"])
    #expect(wrong.code == 1 && wrong.errors.contains("step5.gt10: query "), "\(wrong.errors)")
  }

  @Test(arguments: [
    ["--workload", "runbook"], ["--runbook", "steps.yaml", "--rate", "5"],
    ["--runbook", "steps.yaml", "--readers", "1"],
    ["--workload", "drift", "--runbook", "steps.yaml"], ["--runbook", "nowhere.yaml"],
  ])
  func whatDoesNotGoTogetherIsRefused(words: [String]) {
    #expect(workspace.run(["--index", "flat"] + words) == .usage)
    #expect(workspace.outputContents == nil)
  }
}
