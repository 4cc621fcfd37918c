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

  @Test func filesAreShownWithoutACatalog() {
    #expect(RecallBench.run(["datasets", "show", workspace.dataset, "--datasets", "/nowhere"]) == .success)
    #expect(RecallBench.run(["datasets", "show", "/no/such.hdf5", "--datasets", "/nowhere"]) == .failure)
  }

  @Test func theCatalogIsListedAndShown() throws {
    #expect(RecallBench.run(["datasets", "list", "--datasets", workspace.path]) == .failure)
    try writeCatalog()
    #expect(RecallBench.run(["datasets", "list", "--datasets", workspace.path]) == .success)
    #expect(RecallBench.run(["datasets", "show", "far-away-3-angular", "--datasets", workspace.path]) == .success)
  }

  @Test func whatHasNoAddressIsNotFetched() throws {
    try writeCatalog()
    #expect(RecallBench.run(["datasets", "fetch", "far-away-3-angular", "--datasets", workspace.path]) == .failure)
    #expect(
      RecallBench.run(["datasets", "fetch", "small-8-euclidean", "--datasets", workspace.path, "--quiet"]) == .success)
  }
}
