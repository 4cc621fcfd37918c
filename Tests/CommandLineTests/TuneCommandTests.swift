import Bench
import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench tune` as a user runs it.
@Suite struct TuneCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func tune(
    _ words: [String], out: String? = nil, faults: String? = nil
  ) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(
      ["tune", "--dataset", workspace.dataset, "--out", out ?? workspace.output, "--quiet", "--allow-debug"] + words,
      environment: faults.map { ["RECALLBENCH_TEST_FAULTS": $0] } ?? [:],
      program: faults == nil ? nil : try Workspace.disturbedProgram())
  }

  /// The least nprobe that reaches the recall is that of a sweep over all values.
  @Test(arguments: ["0.5", "0.8", "0.95", "1"]) func theSettingIsThatOfAFullGrid(recall: String) throws {
    let grid = workspace.path + "/grid"
    let all = (1...8).map(String.init).joined(separator: ",")
    let sweep = ["--index", "ivf-flat", "--set", "nlist=8", "--set", "nprobe=\(all)", "--runs", "1"]
    #expect(
      try Workspace.runProgram(
        ["run", "--dataset", workspace.dataset, "--out", grid, "--quiet", "--allow-debug"] + sweep
      ).code == 0)
    let reaching = try workspace.rows(in: grid).filter { Double($0["recall_low"] ?? "") ?? 0 >= Double(recall) ?? 2 }
    let least = try #require(reaching.first?["search_parameters"])
    let ended = try tune(["--index", "ivf-flat", "--set", "nlist=8", "--recall", recall, "--runs", "1"])
    #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
    #expect(ended.output.contains("--set nlist=8") && ended.output.contains("--set \(least) "), "\(ended.output)")
    // What was measured on all queries is in the ledger, for every other command.
    let best = try Workspace.runProgram(["best", workspace.output, "--recall", recall, "--full"])
    #expect(best.code == 0 && best.output.contains(least))
    #expect(try workspace.rows().allSatisfy { $0["queries"] == "40" && $0["train_size"] == "400" })
    let ledger = try Ledger(reading: workspace.output)
    #expect(try ledger.runs().count == 1 && ledger.lastRun()?.ended != nil)
    #expect(workspace.outputContents?.contains("report.html") == true)
  }

  @Test func indexesAreComparedInTurnsAndTheSentenceComesLast() throws {
    let words = ["--index", "ivf-flat,fractal", "--set", "nlist=4,8", "--set", "max_leaf=200", "--set", "nbits=4"]
    let ended = try tune(words + ["--recall", ".8", "--runs", "2"])
    #expect(ended.code == 0, "\(ended.errors)")
    let last = try #require(ended.output.split(separator: "\n").last)
    #expect(last.contains(/\d+\.\d\d ± \d+\.\d\d times as fast/) && last.hasSuffix("at recall 0.8"))
    #expect(ended.output.contains("\n  again: ") && ended.output.contains(/recall 0\.\d{4} \[0\.\d{4}, [01]\.\d{4}\]/))
    let ledger = try Ledger(reading: workspace.output)
    let measured = try ledger.records(of: #require(try ledger.lastRun())).compactMap(\.measurement)
    let together = measured.filter { $0.session?.hasSuffix("-all") == true }
    #expect(Set(together.map(\.variant)) == ["ivf-flat", "fractal"] && Set(together.map(\.session)).count == 1)
  }

  @Test func whatWasMeasuredIsNotMeasuredAgainByResuming() throws {
    let words = ["--index", "ivf-flat", "--set", "nlist=8", "--recall", ".9", "--runs", "1"]
    #expect(try tune(words).code == 0)
    let times = try workspace.rows().map { $0["timestamp"] }
    #expect(try tune(words + ["--resume"]).code == 0)
    #expect(try workspace.rows().map { $0["timestamp"] } == times)
    #expect(try Ledger(reading: workspace.output).runs().count == 1)
    // Another command line begins another run.
    #expect(try tune(words.map { $0 == ".9" ? ".8" : $0 } + ["--resume"]).code == 0)
    #expect(try Ledger(reading: workspace.output).runs().count == 2)
  }

  @Test func anInterruptedSearchIsContinuedByItsOwnCommandLineOnly() throws {
    let words = ["--index", "ivf-flat,ivf-pq", "--set", "nlist=8", "--recall", ".9", "--runs", "1"]
    let process = try BuiltProgram.process(
      ["tune", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug"] + words)
    try process.run()
    func measured() -> Int {
      guard let ledger = try? Ledger(reading: workspace.output), let run = try? ledger.lastRun() else { return 0 }
      return (try? ledger.records(of: run).count) ?? 0
    }
    while process.isRunning, measured() == 0 { usleep(1000) }
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let refused = try tune(words)
    #expect(refused.code == 1 && refused.errors.contains("--resume continues it, --force begins anew"))
    let other = try tune(words.map { $0 == ".9" ? ".8" : $0 } + ["--resume"])
    #expect(other.code == 1 && other.errors.contains("run 1, which was interrupted, was begun by another command line"))
    #expect(try tune(words + ["--resume"]).code == 0)
    #expect(try Ledger(reading: workspace.output).runs().count == 1)
    #expect(Set(try workspace.rows().map { $0["index"] }) == ["ivf-flat", "ivf-pq"])
  }

  @Test func whatHadNoTimeIsNamed() throws {
    let ended = try tune(["--index", "ivf-pq,ivf-flat", "--recall", ".9", "--minutes", "0.01"])
    #expect(ended.output.contains(/ivf-pq: \d+ of 12 builds over 400 rows were not tried/), "\(ended.output)")
    #expect(try Ledger(reading: workspace.output).lastRun()?.ended != nil)
  }

  @Test func whatCannotReachTheRecallComesWithTheNearest() throws {
    let words = ["--index", "ivf-pq", "--set", "nlist=8", "--set", "nbits=4", "--set", "m=2", "--set", "refine=0"]
    let ended = try tune(words + ["--recall", ".99"])
    #expect(ended.code == 1 && ended.errors.split(separator: "\n").count == 1)
    #expect(ended.errors.contains("no setting was found with a recall of at least 0.99; allow more --minutes"))
    #expect(ended.output.contains("ivf-pq has no setting that reaches it; the nearest is ivf-pq"))
    #expect(try workspace.rows().count == 1)
  }

  @Test(arguments: [["--p99", "0.000001ms"], ["--memory", "1"]]) func limitsAreKept(limit: [String]) throws {
    let ended = try tune(["--index", "ivf-flat", "--set", "nlist=8", "--recall", ".5", "--runs", "1"] + limit)
    #expect(ended.code == 1 && ended.output.contains("no setting of any index reaches it"))
    #expect(try workspace.rows().count >= 1)
  }

  @Test func aBuildThatCrashesOrTakesTooLongIsNamedAndTheOtherIsTuned() throws {
    let label = "ivf-flat(nlist=8, train_size=0, niter=16)"
    for (fault, message) in [("crash", "crashed"), ("hang", "more than 1 s while building")] {
      let ended = try tune(
        ["--index", "ivf-flat,fractal", "--set", "nlist=8", "--set", "nbits=4", "--set", "max_leaf=200"]
          + ["--recall", ".8", "--build", "1s", "--runs", "1"],
        out: "\(workspace.path)/\(fault)", faults: "\(fault)@\(label)")
      #expect(ended.code == 0, "\(ended.errors)")
      #expect(ended.output.contains("ivf-flat(nlist=8): ") && ended.output.contains(message), "\(ended.output)")
      #expect(ended.output.contains("\nfractal"))
    }
  }

  @Test func mistakesAreToldInOneLine() throws {
    func ends(_ words: [String], _ message: String) throws {
      let ended = try tune(words)
      #expect(ended.code == 2 && ended.errors.contains(message), "\(ended.errors)")
      #expect(ended.errors.split(separator: "\n").count == 1 && ended.output.isEmpty)
      #expect(workspace.outputContents == nil)
    }
    try ends(["--index", "ivf-flat"], "--recall is required")
    try ends(["--index", "ivf-flat", "--recall", "2"], "--recall 2: expected a number, 0…1")
    try ends(["--recall", ".9"], "--index, or a sweep file, is required")
    try ends(["--index", "ivf", "--recall", ".9"], "there is no index ivf")
    try ends(
      ["--index", "ivf-flat", "--recall", ".9", "--minutes", "0"], "--minutes 0: expected a number, 0.01…100000")
    try ends(["--index", "flat", "--recall", ".9"], "--index: flat has no parameter to tune")
    try ends(["--index", "ivf-flat", "--recall", ".9", "--set", "nprobes=1"], "nprobes")
    try ends(["--index", "ivf-flat", "--recall", ".9", "--train", "x.npy"], "--dataset does not go with --train")
    try ends(["--index", "ivf-flat", "--recall", ".9", "--resume", "--force"], "--resume does not go with --force")
  }
}
