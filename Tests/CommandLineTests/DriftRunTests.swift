import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench run --workload drift` as a user runs it.
@Suite struct DriftRunTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func aTenthAStepAndARowForEachWayToSearch() throws {
    let words = ["--workload", "drift", "--index", "flat", "--index", "ivf-flat", "--set", "nlist=8"]
    #expect(workspace.run(words + ["--set", "nprobe=1,8", "--runs", "1", "-k", "3"]) == .success)
    #expect(workspace.outputContents == ["drift.csv"])
    let rows = try workspace.rows(in: workspace.output, file: "drift.csv")
    // flat; ivf-flat trained once and trained anew, each searched in two ways.
    #expect(rows.count == 10 * (1 + 2 * 2))
    #expect(rows.filter { $0["training"] == "none" }.allSatisfy { $0["recall"] == "1.0" })
    #expect(Set(rows.compactMap { $0["rows"] }) == Set((1...10).map { String(40 * $0) }))
  }

  @Test func ofTheFirstRowsOnly() throws {
    let words = ["--workload", "drift", "--index", "flat", "--limit", "100", "--queries", "5", "--runs", "1"]
    #expect(workspace.run(words) == .success)
    let text = try String(contentsOfFile: workspace.output + "/drift.csv", encoding: .utf8)
    #expect(text.split(separator: "\r\n").last?.contains(",10,100,") == true)
  }

  /// Whichever workload: each refuses what it would ignore.
  @Test(arguments: [
    ["--workload", "drfit"], ["--workload", "drift", "--resume"], ["--workload", "drift", "--timeout", "3s"],
    ["--workload", "drift", "-k", "1", "-k", "2"], ["--workload", "drift", "--builds", "2"],
    ["--workload", "drift", "--against", "x"], ["--workload", "drift", "--tag", "night"],
    ["--workload", "ingest", "--against", "x"], ["--workload", "ingest", "--runs", "2"], ["--readers", "2"],
    ["--in-process", "--timeout", "3s"], ["--in-process", "--memory", "1GiB"], ["--resume", "--force"],
  ])
  func whatDoesNotGoTogetherIsRefused(words: [String]) {
    #expect(workspace.run(["--index", "flat"] + words) == .usage)
    #expect(workspace.outputContents == nil)
  }
}
