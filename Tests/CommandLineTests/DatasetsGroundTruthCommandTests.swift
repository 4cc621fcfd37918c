import Datasets
import Foundation
import Testing

@testable import RecallBenchCLI

@Suite struct DatasetsGroundTruthCommandTests {
  private let workspace: Workspace
  private var target: String { workspace.path + "/truth.hdf5" }

  init() throws { workspace = try Workspace() }

  private func run(_ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(["datasets", "ground-truth", workspace.dataset, "--out", target, "--quiet"] + words)
  }

  @Test func whatTheFileStatesIsFoundAgain() throws {
    #expect(run(["-k", "20"]) == .success)
    let contents = try FileManager.default.contentsOfDirectory(atPath: workspace.path).sorted()
    #expect(contents == ["small-8-euclidean.hdf5", "truth.hdf5"])
    let (given, found) = (try Dataset.load(path: workspace.dataset), try Dataset.load(path: target))
    #expect(found.groundTruth.neighbors == given.groundTruth.neighbors)
    #expect(zip(found.groundTruth.distances, given.groundTruth.distances).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(found.metric == .euclidean && found.train.rows == 400 && found.test.rows == 40)
  }

  @Test func rowsQueriesAndMetricCanBeOthers() throws {
    #expect(
      run(["-k", "5", "--limit", "100", "--queries", "7", "--metric", "manhattan", "--threads", "2"]) == .success)
    let found = try Dataset.load(path: target)
    #expect(found.metric == .manhattan && found.train.rows == 100 && found.test.rows == 7)
    #expect(found.groundTruth.depth == 5 && found.groundTruth.neighbors.allSatisfy { (0..<100).contains($0) })
    // The new file serves as a dataset.
    #expect(
      RecallBench.run([
        "run", "--allow-debug", "--in-process", "--dataset", target, "--index", "flat", "-k", "5", "--quiet", "--out",
        workspace.output,
      ])
        == .success)
    #expect(try workspace.rows().map { $0["k-nn"] } == ["1.0"])
  }

  @Test func shardsAreMergedToTheBytesOfOneSearch() throws {
    #expect(run(["-k", "12", "--limit", "300"]) == .success)
    let shards = [(0, 130), (130, 300)].map { first, end in
      let path = "\(workspace.path)/\(first).shard"
      let words = ["-k", "12", "--rows", "\(first)..\(end)", "--block", "50", "--out", path, "--quiet"]
      #expect(RecallBench.run(["datasets", "ground-truth", workspace.dataset] + words) == .success)
      return path
    }
    let merged = "\(workspace.path)/merged.hdf5"
    let words = ["-k", "12", "--limit", "300", "--quiet", "--out", merged] + shards.flatMap { ["--merge", $0] }
    #expect(RecallBench.run(["datasets", "ground-truth", workspace.dataset] + words) == .success)
    #expect(FileManager.default.contentsEqual(atPath: target, andPath: merged))
    // Too few candidates for a greater k, and a range that is none.
    #expect(run(["-k", "29", "--merge", shards[0], "--force"]) == .failure)
    #expect(run(["--rows", "5..5", "--force"]) == .usage)
    #expect(run(["--rows", "0..5", "--merge", shards[0], "--force"]) == .usage)
  }

  @Test func aFileIsReplacedOnlyByForce() throws {
    #expect(run(["-k", "3"]) == .success)
    #expect(run(["-k", "4"]) == .usage)
    #expect(try Dataset.load(path: target).groundTruth.depth == 3)
    #expect(run(["-k", "4", "--force"]) == .success)
    #expect(try Dataset.load(path: target).groundTruth.depth == 4)
  }

  @Test func whatCannotWorkWritesNothing() {
    #expect(run(["-k", "401"]) == .failure)
    #expect(run(["-k", "11", "--limit", "10"]) == .failure)
    #expect(run(["--metric", "jaccard"]) == .usage)
    #expect(RecallBench.run(["datasets", "ground-truth", "/no/such.hdf5", "--out", target, "--quiet"]) == .failure)
    #expect(RecallBench.run(["datasets", "ground-truth", workspace.dataset]) == .usage)
    #expect(workspace.outputContents == nil)
  }
}
