import Foundation
import Testing

@testable import RecallBenchCLI

/// Indexes that live in files, from `recallbench run`: what is told of the file, and builds that are kept.
@Suite struct IndexFilesTests {
  private let workspace: Workspace
  private let kept: String

  init() throws {
    workspace = try Workspace()
    kept = workspace.path + "/kept/indexes"
  }

  private let index = ["--index", "ivf-pq", "--set", "nlist=8", "--set", "m=4"]

  private func run(_ words: [String]) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(
      ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug", "--runs", "1"]
        + index + words)
  }

  /// What can't differ between a build and the same build opened again.
  private static let stable = [
    "k-nn", "recall_ids", "distcomps", "build", "build_train", "build_insert", "store_commit", "index_bytes",
    "disk_bytes", "build_parameters", "search_parameters",
  ]

  private let columns = ["store_commit", "store_open", "first_query", "page_cache"]

  @Test func columnsTellWhatAFileCosts() throws {
    #expect(try run(["--set", "storage=memory,lmdb"]).code == 0)
    let rows = try workspace.rows()
    let (memory, stored) = (rows[0], rows[1])
    #expect(memory["disk_bytes"] == "0" && columns.allSatisfy { memory[$0] == "" })
    #expect(try #require(Int(stored["disk_bytes"] ?? "")) > 400 * 8 * 4)
    for column in columns.dropLast() { #expect(try #require(Double(stored[column] ?? "")) > 0) }
    #expect(["cold", "warm"].contains(stored["page_cache"]))
    let (commit, insert) = (Double(stored["store_commit"] ?? ""), Double(stored["build_insert"] ?? ""))
    #expect(try #require(commit) <= #require(insert))
    #expect(stored["k-nn"] == memory["k-nn"] && stored["recall_ids"] == memory["recall_ids"])
    // Nothing of the file stays.
    #expect(workspace.outputContents?.contains { $0.hasPrefix("index-") } == false)
  }

  @Test func aBuildThatIsKeptIsMeasuredAnotherTime() throws {
    let words = ["--set", "storage=lmdb", "--set", "nprobe=1,8"]
    #expect(try run(words + ["--keep-index", kept]).code == 0)
    let first = try workspace.rows()
    // Kept again in place of itself.
    #expect(try run(words + ["--keep-index", kept]).code == 0)
    let built = try workspace.rows()
    #expect(try FileManager.default.contentsOfDirectory(atPath: kept).count == 1)
    #expect(try run(words + ["--open-index", kept]).code == 0)
    let opened = try workspace.rows()
    #expect(opened.count == 2 && first.count == 2)
    for (built, opened) in zip(built, opened) {
      for column in Self.stable { #expect(built[column] == opened[column], "\(column)") }
    }
    #expect(first.map { $0["k-nn"] } == opened.map { $0["k-nn"] })
  }

  @Test func whatIsNotKeptIsNamed() throws {
    #expect(try run(["--set", "storage=lmdb", "--keep-index", kept]).code == 0)
    for other in [["--seed", "7"], ["--limit", "300"], ["--set", "niter=3"]] {
      let (code, _, _) = try run(["--set", "storage=lmdb", "--open-index", kept] + other)
      #expect(code == 1)
      let (_, lines, _) = try Workspace.runProgram(["export", "jsonl", "--out", workspace.output])
      #expect(lines.contains("no build of these parameters, seed and data at \(kept)/ivf-pq-"))
    }
  }

  @Test(arguments: [
    (["--keep-index", "k"], "--keep-index k: expected indexes in files; ivf-pq("),
    (["--open-index", "k"], "--open-index k: expected indexes in files; ivf-pq("),
    (["--set", "storage=lmdb", "--open-index", ""], "--open-index '': expected a folder"),
    (
      ["--set", "storage=lmdb", "--open-index", "a", "--keep-index", "b"],
      "--keep-index b: expected no --open-index beside it"
    ),
  ])
  func whatCannotBeKeptIsRefused(words: [String], message: String) throws {
    let (code, _, errors) = try run(words)
    #expect(code == 2)
    #expect(errors.contains(message), "\(errors)")
    #expect(errors.split(separator: "\n").count == 1)
  }
}
