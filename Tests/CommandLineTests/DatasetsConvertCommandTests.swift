import Datasets
import Foundation
import Testing

@testable import RecallBenchCLI

@Suite struct DatasetsConvertCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func convert(_ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(["datasets", "convert"] + words + ["--quiet"])
  }

  @Test(arguments: ["vecs", "bin", "npy"])
  func everyFormatIsMeasuredOnAlike(format: String) throws {
    let there = workspace.path + "/there.yml"
    #expect(convert([workspace.dataset, there, "--format", format]) == .success)
    let words = ["run", "--dataset", there, "--index", "flat", "--quiet", "--out", workspace.output]
    #expect(RecallBench.run(words + ["--allow-debug", "--in-process"]) == .success)
    #expect(try workspace.rows().map { $0["k-nn"] } == ["1.0"])
    #expect(convert([there, workspace.path + "/back.hdf5", "--gzip", "5"]) == .success)
    let (given, back) = (
      try Dataset.load(path: workspace.dataset), try Dataset.load(path: workspace.path + "/back.hdf5")
    )
    #expect(back.groundTruth.neighbors == given.groundTruth.neighbors)
  }

  @Test func filesAreReplacedOnlyByForce() {
    let target = workspace.path + "/there.yml"
    #expect(convert([workspace.dataset, target]) == .success)
    #expect(convert([workspace.dataset, target]) == .usage)
    try? FileManager.default.removeItem(atPath: target)
    #expect(convert([workspace.dataset, target]) == .usage, "its tables are there still")
    #expect(convert([workspace.dataset, target, "--force"]) == .success)
  }

  @Test func wrongUsageIsTold() {
    #expect(convert([workspace.dataset]) == .usage)
    #expect(convert([workspace.dataset, workspace.path + "/a.yml", "--format", "csv"]) == .usage)
    #expect(convert([workspace.dataset, workspace.path + "/a.fvecs"]) == .failure)
    #expect(convert([workspace.dataset, workspace.path + "/a.csv"]) == .failure)
    #expect(convert(["/no/such.hdf5", workspace.path + "/a.yml"]) == .failure)
  }
}
