import Datasets
import Foundation
import Testing

@testable import RecallBenchCLI

@Suite struct DatasetsMakeCommandTests {
  private let workspace: Workspace
  private var target: String { workspace.path + "/made.hdf5" }

  init() throws { workspace = try Workspace() }

  private func make(_ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(["datasets", "make", "clustered", "--out", target, "--quiet"] + words)
  }

  @Test(arguments: ["euclidean", "angular", "dot"])
  func aDatasetHasItsTrueNeighbors(metric: String) throws {
    #expect(
      make(["--rows", "700", "--dim", "9", "--queries", "11", "-k", "20", "--metric", metric, "--seed", "3"])
        == .success)
    let made = try Dataset.load(path: target)
    #expect(made.name == "made" && made.metric.rawValue == metric && made.groundTruth.depth == 20)
    #expect(made.train.rows == 700 && made.train.columns == 9 && made.test.rows == 11)
    let again = workspace.path + "/again.hdf5"
    #expect(
      RecallBench.run(["datasets", "ground-truth", target, "-k", "20", "--out", again, "--quiet"]) == .success)
    let computed = try Dataset.load(path: again).groundTruth
    #expect(computed.neighbors == made.groundTruth.neighbors)
    // One search computes in Float32, the other in Float64.
    for (found, expected) in zip(computed.distances, made.groundTruth.distances) {
      #expect(abs(found - expected) <= 1e-5 * max(1, abs(expected)))
    }
  }

  @Test func aSeedMakesTheSameBytes() throws {
    func bytes(_ words: [String]) throws -> Data {
      #expect(make(["--rows", "300", "--dim", "5", "--queries", "4", "-k", "3", "--force"] + words) == .success)
      return try Data(contentsOf: URL(filePath: target))
    }
    let first = try bytes([])
    #expect(try bytes(["--threads", "1"]) == first && bytes(["--seed", "2"]) != first)
  }

  @Test func whatCannotWorkIsOneLine() throws {
    for (words, expected) in [
      (["--rows", "5"], "-k 100: expected at most --rows, which is 5"),
      (["--rows", "0"], "--rows 0: expected an integer, 1…"),
      (["--rows", "5", "-k", "2", "--metric", "hamming"], "--metric hamming: expected euclidean, angular, dot"),
      ([], "--rows is required"),
      (["--rows", "5", "-k", "2", "--out", "x.npy"], "x.npy: expected a name that ends with .hdf5 or .h5"),
      (["--rows", "5", "-k", "2", "--out", "/no/such/x.hdf5"], "/no/such"),
    ] {
      let ended = try Workspace.runProgram(
        ["datasets", "make", "clustered", "--quiet"] + (words.contains("--out") ? [] : ["--out", target]) + words)
      #expect(ended.code == 2 || ended.code == 1)
      #expect(ended.errors.split(separator: "\n").count == 1 && ended.errors.contains(expected), "\(ended.errors)")
    }
    #expect(make(["--rows", "5", "-k", "2"]) == .success && make(["--rows", "5", "-k", "2"]) == .usage)
  }
}
