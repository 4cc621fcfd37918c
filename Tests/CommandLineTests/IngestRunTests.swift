import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench run --workload ingest` as a user runs it.
@Suite struct IngestRunTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func aRowForEachTenthWithoutReaders() throws {
    let words = ["--workload", "ingest", "--index", "memtable", "--set", "nlist=4", "--set", "m=4"]
    #expect(
      workspace.run(words + ["--set", "nprobe=1,4", "--readers", "0", "--base-rows", "300", "--write-batch", "7"])
        == .success)
    #expect(workspace.outputContents == ["ingest.csv"])
    let rows = try workspace.rows(in: workspace.output, file: "ingest.csv")
    let tenths = (1...10).map { "\(300 + 10 * $0)" }
    #expect(rows.compactMap { $0["rows"] } == tenths + tenths)
    #expect(rows.allSatisfy { $0["inserted"] == "10" && $0["batch"] == "7" && $0["searches"] == "0" })
  }

  @Test(arguments: [
    ["--writers", "2"], ["--readers", "-1"], ["--rate", "fast"], ["--threads", "2"], ["--batch"], ["--resume"],
    ["--write-batch", "0"],
  ])
  func whatDoesNotGoTogetherIsRefused(words: [String]) {
    #expect(workspace.run(["--index", "memtable", "--workload", "ingest"] + words) == .usage)
    #expect(workspace.outputContents == nil)
  }

  @Test(arguments: [["--readers", "2"], ["--rate", "5"], ["--workload", "drift", "--base-rows", "5"]])
  func itsOptionsAreItsOwn(words: [String]) {
    #expect(workspace.run(["--index", "flat"] + words) == .usage)
  }

  @Test func anIndexThatCannotBeSearchedMeanwhileIsRefused() {
    #expect(workspace.run(["--index", "flat", "--workload", "ingest"]) == .failure)
    #expect(workspace.run(["--index", "memtable", "--workload", "ingest", "--base-rows", "399"]) == .failure)
  }
}
