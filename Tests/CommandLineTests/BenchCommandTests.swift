import Datasets
import Foundation
import Testing

@testable import RecallBenchCLI

@Suite struct BenchCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func withoutAPeerTheFiguresAreOursAlone() throws {
    let file = workspace.path + "/bench.csv"
    let words = [
      "bench", "--allow-debug", "--dataset", workspace.dataset, "--runs", "1", "--queries", "20", "--nlist", "4",
    ]
    #expect(RecallBench.run(words + ["--peer", "/no/such/script", "--csv", file]) == .success)
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\r\n")
    #expect(lines.count == 1 + 24 && lines[0].hasPrefix("dataset,index,figure,mode,recall,nlist,"))
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("small-8-euclidean,") && $0.hasSuffix(",,,,,,,") })
  }

  @Test func whatCannotWorkFails() {
    let words = ["bench", "--allow-debug", "--dataset", workspace.dataset, "--peer", "/no/such/script", "--runs", "1"]
    #expect(RecallBench.run(words + ["-k", "21"]) == .failure)
    #expect(RecallBench.run(words + ["--nlist", "401"]) == .failure)
    #expect(RecallBench.run(words + ["--csv", workspace.path]) == .failure)
    #expect(RecallBench.run(["bench", "--allow-debug", "--dataset", "/no/such.hdf5"]) == .failure)
  }

  /// What `make bench` measures without options.
  @Test func theDefaultDatasetsComeWithTheProject() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../datasets")
    let catalog = try Catalog(folder: folder.path(percentEncoded: false))
    for name in BenchCommand.shippedDatasets { #expect(catalog.isPresent(try catalog.entry(named: name))) }
  }
}
