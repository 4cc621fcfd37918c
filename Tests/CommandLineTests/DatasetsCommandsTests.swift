import Foundation
import Testing

@testable import RecallBenchCLI

@Suite struct DatasetsCommandsTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  /// A catalog of the workspace's dataset and one that is not there.
  private func writeCatalog() throws {
    let text = """
      datasets:
        - name: small-8-euclidean
          dimension: 8
          distance: euclidean
          summary: random points
        - name: far-away-3-angular
          dimension: 3
          distance: angular
          summary: not here
      """
    try text.write(toFile: workspace.path + "/catalog.yml", atomically: true, encoding: .utf8)
  }

  @Test func aCatalogNameIsEnoughToMeasureOn() throws {
    try writeCatalog()
    let words = [
      "run", "--allow-debug", "--in-process", "--index", "flat", "--quiet", "--out", workspace.output, "--datasets",
      workspace.path,
    ]
    #expect(RecallBench.run(words + ["--dataset", "small-8-euclidean"]) == .success)
    #expect(try workspace.rows().map { $0["dataset"] } == ["small-8-euclidean"])
    #expect(RecallBench.run(words + ["--dataset", "far-away-3-angular"]) == .failure)
    #expect(RecallBench.run(words + ["--dataset", "smal-8-euclidean"]) == .failure)
  }

  @Test func aFileIsShownWithTheDifficultyOfItsQueries() throws {
    let shown = try Workspace.runProgram(["datasets", "show", workspace.dataset]).output.split(separator: "\n")
    for name in ["contrast", "dimensionality"] {
      let line = try #require(shown.first { $0.hasPrefix("  \(name) ") })
      #expect(line.contains(#/\d+(\.\d+)? \(\d+(\.\d+)?–\d+(\.\d+)?\): /#), "\(line)")
    }
    #expect(!shown.contains { $0.hasPrefix("  warning ") })
  }

  @Test func filesAreShownWithoutACatalog() {
    #expect(RecallBench.run(["datasets", "show", workspace.dataset, "--datasets", "/nowhere"]) == .success)
    #expect(RecallBench.run(["datasets", "show", "/no/such.hdf5", "--datasets", "/nowhere"]) == .failure)
  }

  @Test func theCatalogIsListedAndShown() throws {
    try writeCatalog()
    let listed = try Workspace.runProgram(["datasets", "list"], environment: ["RECALLBENCH_DATASETS": workspace.path])
    let lines = listed.output.split(separator: "\n")
    #expect(listed.code == 0 && lines.contains { $0.hasPrefix("  small-8-euclidean ") && $0.contains("  here ") })
    #expect(lines.contains { $0.hasPrefix("  far-away-3-angular ") && $0.contains("  to fetch  not here") })
    #expect(lines.contains { $0.hasPrefix("  sift-128-euclidean ") })
    #expect(RecallBench.run(["datasets", "show", "far-away-3-angular", "--datasets", workspace.path]) == .success)
  }

  @Test func theCatalogIsThereInAnyFolder() throws {
    for words in [["list"], ["show", "sift-128-euclidean"]] {
      #expect(RecallBench.run(["datasets"] + words + ["--datasets", "/nowhere"]) == .success)
    }
  }

  @Test func whatHasNoAddressIsNotFetched() throws {
    try writeCatalog()
    #expect(RecallBench.run(["datasets", "fetch", "far-away-3-angular", "--datasets", workspace.path]) == .failure)
    #expect(
      RecallBench.run(["datasets", "fetch", "small-8-euclidean", "--datasets", workspace.path, "--quiet"]) == .success)
  }
}
