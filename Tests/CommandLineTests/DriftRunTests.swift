import Foundation
import Testing

@testable import recallbench

/// `recallbench run --workload drift` as a user runs it.
@Suite struct DriftRunTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func run(_ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(
      ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug"] + words)
  }

  @Test func aTenthAStepAndARowForEachWayToSearch() throws {
    let words = ["--workload", "drift", "--index", "flat", "--index", "ivf-flat", "--set", "nlist=8"]
    #expect(run(words + ["--set", "nprobe=1,8", "--runs", "1", "-k", "3"]) == .success)
    #expect(workspace.outputContents == ["drift.csv"])
    let text = try String(contentsOfFile: workspace.output + "/drift.csv", encoding: .utf8)
    let lines = text.split(separator: "\r\n").map { $0.replacing(/"[^"]*"/, with: "quoted").split(separator: ",") }
    // flat; ivf-flat trained once and trained anew, each searched in two ways.
    #expect(lines.count == 1 + 10 * (1 + 2 * 2))
    let header = lines[0].map(String.init)
    let rows = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(header, $0.map(String.init))) }
    #expect(rows.filter { $0["training"] == "none" }.allSatisfy { $0["recall"] == "1.0" })
    #expect(Set(rows.compactMap { $0["rows"] }) == Set((1...10).map { String(40 * $0) }))
  }

  @Test func ofTheFirstRowsOnly() throws {
    let words = ["--workload", "drift", "--index", "flat", "--limit", "100", "--queries", "5", "--runs", "1"]
    #expect(run(words) == .success)
    let text = try String(contentsOfFile: workspace.output + "/drift.csv", encoding: .utf8)
    #expect(text.split(separator: "\r\n").last?.contains(",10,100,") == true)
  }

  @Test(arguments: [
    ["--workload", "drfit"], ["--workload", "drift", "--resume"], ["--workload", "drift", "--timeout", "3s"],
    ["--workload", "drift", "-k", "1", "-k", "2"], ["--workload", "drift", "--builds", "2"],
  ])
  func whatDoesNotGoTogetherIsRefused(words: [String]) {
    #expect(run(["--index", "flat"] + words) == .usage)
    #expect(workspace.outputContents == nil)
  }
}
