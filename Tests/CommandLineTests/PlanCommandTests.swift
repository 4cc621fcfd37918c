import Bench
import Foundation
import Testing

@testable import RecallBenchCLI

@Suite struct PlanCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func sweep(_ text: String) throws -> String {
    let path = "\(workspace.path)/sweep.yml"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  @Test func buildsCellsAndAnEstimateAreShown() throws {
    let file = try sweep(
      "{k: [1, 10], indexes: {flat: , ivf-flat: {build: {nlist: [4, 8]}, search: {nprobe: [1, 2]}}}}")
    let shown = try Workspace.runProgram(["plan", file, "--dataset", workspace.dataset])
    #expect(shown.code == 0 && shown.errors.isEmpty)
    let lines = shown.output.split(separator: "\n")
    #expect(lines.count == 1 + 1 + 3 + 1 && lines[5].hasPrefix("10 cells of 3 builds, 3 rounds each; about "))
    let cells = try Workspace.runProgram(["plan", file, "--dataset", workspace.dataset, "--cells"]).output
    #expect(cells.contains("small-8-euclidean: ivf-flat(nlist=8, train_size=0, niter=16, nprobe=2), k = 10, single"))
    #expect(workspace.outputContents == nil)
  }

  @Test func aMistakeIsWrongUsageAndToldWithItsPlace() throws {
    let file = try sweep("datasets: [x]\nindexes:\n  ivf-flat: {search: {nprob: 1}}")
    let ended = try Workspace.runProgram(["plan", file])
    #expect(ended.code == 2)
    #expect(
      ended.errors
        == "recallbench: \(file):3:30: indexes.ivf-flat.search.nprob: unknown key 'nprob'; known are nprobe, recall\n")
  }

  /// The sweeps that come with the project fit its indexes and its catalog.
  @Test(arguments: ["quick", "nightly", "full"])
  func theShippedSweepsAreValid(name: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let path = root.appending(path: "datasets/sweeps/\(name).yml").path(percentEncoded: false)
    let sweep = try SweepFile.read(path: path, catalog: SubjectCatalog(.standard))
    let folder = root.appending(path: "datasets").path(percentEncoded: false)
    let catalog = try String(contentsOfFile: "\(folder)/catalog.yml", encoding: .utf8)
    for dataset in sweep.datasets {
      let file = root.appending(path: dataset).path(percentEncoded: false)
      #expect(FileManager.default.fileExists(atPath: file) || catalog.contains("name: \(dataset)\n"))
    }
  }
}
