import Datasets
import Foundation
import HDF5
import Testing
import VectorCore

@testable import RecallBenchCLI

@Suite struct DatasetsCheckCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func aSoundDatasetEndsWithZero() throws {
    let words = ["datasets", "check", workspace.dataset, "--sample", "3", "--seed", "7", "-k", "5"]
    let (code, output, errors) = try Workspace.runProgram(words)
    #expect(code == 0 && errors.isEmpty)
    let lines = output.split(separator: "\n")
    #expect(lines.count == Preflight.Check.allCases.count && lines.allSatisfy { $0.hasPrefix("  ok ") })
    #expect(lines.last?.contains("no nearer row for 3 queries (seed 7)") == true)
  }

  /// Distances squared, as some tools state them.
  @Test func aFailedCheckEndsWithOneAndTheTable() throws {
    let dataset = try Dataset.load(path: workspace.dataset)
    let truth = GroundTruth(
      depth: 20, neighbors: dataset.groundTruth.neighbors, distances: dataset.groundTruth.distances.map { $0 * $0 })
    let path = workspace.path + "/squared.hdf5"
    try Dataset(
      name: "squared", path: path, metric: .euclidean, train: dataset.train, test: dataset.test, groundTruth: truth
    ).write(to: path)
    let (code, output, errors) = try Workspace.runProgram(["datasets", "check", path, "--sample", "1"])
    #expect(code == 1)
    let failed = output.split(separator: "\n").filter { $0.hasPrefix("  FAILED") }
    #expect(failed.count == 1 && failed[0].contains("squares") && failed[0].contains("k-nn"))
    #expect(errors.contains("1 check failed"))
    // A run makes that check by itself.
    let run = [
      "run", "--dataset", path, "--index", "flat", "--quiet", "--out", workspace.output, "--allow-debug",
      "--in-process",
    ]
    #expect(RecallBench.run(run) == .failure)
  }

  @Test func whatCannotBeOpenedFails() {
    #expect(RecallBench.run(["datasets", "check", "/no/such.npy"]) == .failure)
    #expect(RecallBench.run(["datasets", "check"]) == .usage)
  }
}
