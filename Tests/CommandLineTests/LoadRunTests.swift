import Bench
import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench run --rate` as a user runs it.
@Suite struct LoadRunTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func words(_ words: [String]) -> [String] {
    [
      "run", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug", "--index", "ivf-flat", "--set",
      "nlist=4", "--set", "nprobe=4", "--rate", "200,400", "--clients", "2", "--duration", "0.2s",
    ] + words
  }

  @Test func everyRateIsACellWithAllThatOthersHave() throws {
    let ended = try Workspace.runProgram(words([]))
    #expect(
      ended.code == 0 && ended.errors.contains("rate: small-8-euclidean, ivf-flat, 2 clients: "), "\(ended.errors)")
    let rows = try workspace.rows()
    #expect(rows.map { $0["rate"] } == ["200", "400"] && rows.map { $0["requests"] } == ["40", "80"])
    #expect(rows.allSatisfy { $0["workload"] == "load" && $0["threads"] == "2" && $0["schedule"] == "poisson" })
    #expect(rows.allSatisfy { $0["k-nn"] == "1.0" && $0["rate_kept"] != "" && $0["p9999"] != "" && $0["mix"] == "" })
    let page = try String(contentsOfFile: "\(workspace.output)/report.html", encoding: .utf8)
    #expect(page.contains("figure-of-load-p99") && page.contains("figure-of-load-p50"))
    #expect(page.contains("small-8-euclidean, ivf-flat, 2 clients: "))
    #expect(page.contains("--rate 400 --clients 2 --schedule poisson --duration 0.2s"))
    let again = try Workspace.runProgram(["export", "csv", "--recompute", "--out", workspace.output])
    let kept = try String(contentsOfFile: "\(workspace.output)/results.csv", encoding: .utf8)
    #expect(again.code == 0 && again.output == kept, "\(again.errors)")
  }

  /// Searches that take hundreds of times as long cannot keep the rate: requests wait until the round is given up.
  @Test(arguments: [
    ("", 0, "no regression"), ("recall-loss=0.3@head", 3, ": recall -"), ("slow=300@head", 3, ": p99 +"),
  ])
  func besideAnotherProgramRatesAreGated(faults: String, code: Int, finding: String) throws {
    // A time is gated only where it is disturbed, because the machine may be busy.
    let tolerances = faults.hasPrefix("slow") ? "p99: 90%" : "recall: 5"
    let gated = try workspace.gateBesideItself(
      words(["--quiet", "--runs", "7"]), faults: faults, tolerances: tolerances)
    #expect(Int(gated.code) == code, "\(faults):\n\(gated.output)")
    #expect(gated.output.contains(finding), "\(gated.output)")
    if code == 3 { #expect(gated.output.contains("requests/s")) }
  }

  @Test func aSweepFileSaysSoToo() throws {
    let file = "\(workspace.path)/load.yml"
    try """
    {workload: load, rate: [100..150, 300], clients: 2, schedule: fixed, duration: 50ms, runs: 1,
     mix: "search=80,insert=20", indexes: {fresh: {index: memtable, build: {nlist: 4, m: 4}}}}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(workspace.run([file, "--in-process"]) == .success)
    let rows = try workspace.rows()
    #expect(rows.map { $0["rate"] } == ["100", "150", "300"])
    #expect(rows.allSatisfy { $0["schedule"] == "fixed" && $0["mix"] == "quoted" && $0["k-nn"] == "" })
    for (field, problem) in [
      ("rate: fast", "requests per second"), ("rate: 5, schedule: uniform", "fixed or poisson"),
      ("rate: 5, mix: search=1", "percentages that add up to 100"), ("rate: 5, threads: 2", "threads does not go with"),
      ("clients: 2", "rate"),
    ] {
      try "{workload: load, \(field), indexes: {flat: }}".write(toFile: file, atomically: true, encoding: .utf8)
      let ended = try Workspace.runProgram(["plan", file, "--dataset", workspace.dataset])
      #expect(
        ended.code == 2 && ended.errors.contains(problem) && ended.errors.contains("load.yml:"), "\(ended.errors)")
    }
  }

  @Test(arguments: [
    ["--rate", "fast"], ["--rate", "0"], ["--rate", "5", "--threads", "2"], ["--rate", "5", "--batch"],
    ["--clients", "2"], ["--workload", "load"], ["--rate", "5", "--mix", "search=90,insert=10"],
    ["--rate", "5", "--mix", "search=90"], ["--rate", "5", "--readers", "2"], ["--rate", "5", "--schedule", "never"],
  ])
  func whatDoesNotGoTogetherIsRefused(words: [String]) {
    #expect(workspace.run(["--index", "flat"] + words) == .usage)
    #expect(workspace.outputContents == nil)
  }
}
