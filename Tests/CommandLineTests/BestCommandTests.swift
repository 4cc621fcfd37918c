import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench best` as a user runs it.
@Suite struct BestCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func namesTheSettingThatReachesTheRecall() throws {
    let words = ["--index", "flat,ivf-flat", "--set", "nlist=8", "--set", "nprobe=1,2,4,8", "--interleave"]
    #expect(
      try Workspace.runProgram(
        ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug"] + words
      ).code == 0)
    let rows = try workspace.rows().filter { $0["index"] == "ivf-flat" }
    func best(_ recall: String, _ more: String...) throws -> (code: Int32, output: String, errors: String) {
      try Workspace.runProgram(["best", workspace.output, "--recall", recall] + more)
    }
    let target = try #require(rows[2]["recall_low"])
    let text = try best(target)
    #expect(text.code == 0 && text.errors.isEmpty)
    let fast = rows.filter { Double($0["recall_low"] ?? "") ?? 0 >= Double(target) ?? 2 }
      .max { Double($0["qps"] ?? "") ?? 0 < Double($1["qps"] ?? "") ?? 0 }
    let parameter = try #require(fast?["search_parameters"])
    #expect(text.output.contains("\nivf-flat(nlist=8, \(parameter))") && text.output.contains("\nflat"))
    // The rounds of both indexes were interleaved.
    #expect(text.output.contains(/\d+\.\d\d ± \d+\.\d\d times as fast/) && !text.output.contains("measured apart"))
    let one = try best("1", "--index", "ivf-flat", "--run", "latest", "--format", "json")
    #expect(one.output.contains(#""label" : "ivf-flat(nlist=8"#) && !one.output.contains(#""variant" : "flat""#))
    #expect(try best("1", "--p99", "0.000001ms", "--format", "md").output.contains("- no setting of any index"))
  }

  @Test func mistakesAreToldInOneLine() throws {
    func ends(_ words: [String], _ code: Int32, _ message: String) throws {
      let ended = try Workspace.runProgram(["best"] + words)
      #expect(ended.code == code && ended.errors.contains(message), "\(ended.errors)")
      #expect(ended.errors.split(separator: "\n").count == 1 && ended.output.isEmpty)
    }
    try ends([workspace.output], 2, "--recall is required")
    try ends(["--recall", "2"], 2, "--recall 2: expected a number, 0…1")
    try ends(["--recall", ".9", "--p99", "fast"], 2, "--p99 fast: expected a time")
    try ends([workspace.output, "--recall", ".9"], 1, "no sweep has been run into this folder")
    #expect(workspace.run(["--index", "flat", "--in-process", "--runs", "1"]) == .success)
    try ends([workspace.output, "--recall", ".9", "--index", "ivf"], 2, "--index ivf is not in the results")
    try ends([workspace.output, "--recall", ".9", "--dataset", "x"], 2, "--dataset x is not in the results")
    try ends([workspace.output, "--recall", ".9", "--run", "7"], 1, "has no finished run '7'")
  }
}
