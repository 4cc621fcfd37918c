import Foundation
import Testing

@testable import recallbench

/// `recallbench run --workload ingest` as a user runs it.
@Suite struct IngestRunTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func run(_ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(
      ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug"] + words)
  }

  @Test func aRowForEachTenthWithoutReaders() throws {
    let words = ["--workload", "ingest", "--index", "memtable", "--set", "nlist=4", "--set", "m=4"]
    #expect(
      run(words + ["--set", "nprobe=1,4", "--readers", "0", "--base-rows", "300", "--write-batch", "7"]) == .success)
    #expect(workspace.outputContents == ["ingest.csv"])
    let text = try String(contentsOfFile: workspace.output + "/ingest.csv", encoding: .utf8)
    let lines = text.split(separator: "\r\n").map {
      $0.replacing(/"[^"]*"/, with: "quoted").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let rows = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    let tenths = (1...10).map { "\(300 + 10 * $0)" }
    #expect(rows.compactMap { $0["rows"] } == tenths + tenths)
    #expect(rows.allSatisfy { $0["inserted"] == "10" && $0["batch"] == "7" && $0["searches"] == "0" })
  }

  @Test(arguments: [
    ["--writers", "2"], ["--readers", "-1"], ["--rate", "fast"], ["--threads", "2"], ["--batch"], ["--resume"],
    ["--write-batch", "0"],
  ])
  func whatDoesNotGoTogetherIsRefused(words: [String]) {
    #expect(run(["--index", "memtable", "--workload", "ingest"] + words) == .usage)
    #expect(workspace.outputContents == nil)
  }

  @Test(arguments: [["--readers", "2"], ["--rate", "5"], ["--workload", "drift", "--base-rows", "5"]])
  func itsOptionsAreItsOwn(words: [String]) {
    #expect(run(["--index", "flat"] + words) == .usage)
  }

  @Test func anIndexThatCannotBeSearchedMeanwhileIsRefused() {
    #expect(run(["--index", "flat", "--workload", "ingest"]) == .failure)
    #expect(run(["--index", "memtable", "--workload", "ingest", "--base-rows", "399"]) == .failure)
  }
}
