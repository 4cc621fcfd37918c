import Foundation
import Testing
import VectorCore

@testable import Bench
@testable import RecallBenchCLI
@testable import Reports

/// A report of people's own files, in one command.
@Suite struct OwnDataRunTests {
  private let workspace: Workspace
  private let cache: String

  init() throws {
    workspace = try Workspace()
    cache = workspace.path + "/cache"
    var generator = SeededGenerator(seed: 3)
    for (name, count) in [("base", 500), ("queries", 30)] {
      var bytes = Data()
      for _ in 0..<count {
        withUnsafeBytes(of: Int32(8).littleEndian) { bytes.append(contentsOf: $0) }
        for _ in 0..<8 {
          withUnsafeBytes(of: Float(generator.nextUnit()).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
      }
      try bytes.write(to: URL(filePath: file(name)))
    }
  }

  private func file(_ name: String) -> String { "\(workspace.path)/\(name).fvecs" }

  private func run(
    _ words: [String], index: [String] = ["--index", "flat"]
  ) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(
      ["run", "--out", workspace.output, "--cache", cache, "--allow-debug", "--runs", "1", "--force"] + index + words)
  }

  @Test func twoFilesAreEnough() throws {
    let ended = try run(["--train", file("base"), "--test", file("queries"), "--distance", "cosine", "-k", "5,200"])
    #expect(ended.code == 0, "\(ended.errors)")
    #expect(
      ended.errors.contains("base: 500 × 8, angular, 30 queries, 200 true neighbours of each by exact search\n"))
    let rows = try workspace.rows()
    #expect(rows.map { $0["k"] } == ["5", "200"] && rows.allSatisfy { $0["recall_ids"] == "1.0" })
    #expect(rows[0]["dataset"] == "base" && rows[0]["metric"] == "angular")
    let kept = try FileManager.default.contentsOfDirectory(atPath: "\(cache)/truth").sorted()
    #expect(kept.count == 2 && kept[0].hasPrefix("base-") && kept[1] == "\(kept[0]).sha256")
    let again = try run(["--train", file("base"), "--test", file("queries"), "--distance", "cosine", "-k", "5,200"])
    #expect(again.errors.contains("200 true neighbours of each by exact search, from the cache\n"))
    let page = try String(contentsOfFile: workspace.output + "/report.html", encoding: .utf8)
    #expect(page.contains("200 true neighbours of each by exact search"))
  }

  /// A file may have the longest name that its file system allows, or one of two lines.
  @Test(arguments: [String(repeating: "a", count: 249), "two\nlines"])
  func anyNameOfAFileIsAName(name: String) throws {
    try FileManager.default.copyItem(atPath: file("base"), toPath: file(name))
    let ended = try run(["--dataset", file(name), "-k", "3"])
    #expect(ended.code == 0, "\(ended.errors)")
    #expect(try workspace.rows().map { $0["recall_ids"] } == ["1.0"])
  }

  @Test func queriesAreDrawnFromASingleFile() throws {
    let ended = try run(["--dataset", file("base"), "--test-size", "40", "-k", "3"])
    #expect(ended.code == 0, "\(ended.errors)")
    #expect(ended.errors.contains("base: 460 × 8, euclidean, 40 queries, 100 true neighbours"))
    #expect(try workspace.rows().map { $0["recall_ids"] } == ["1.0"])
    let plain = try run(["--dataset", file("base"), "--quiet"])
    #expect(plain.code == 0, "\(plain.errors)")
    #expect(try workspace.rows().map { $0["count"] } == ["10"])
  }

  @Test func aCellIsRepeatedWithTheTablesThatWereNamed() throws {
    let words = ["--train", file("base"), "--test", file("queries"), "--distance", "cosine", "-k", "3"]
    #expect(try run(words).code == 0)
    let record = try #require(FolderResults(latestOf: Ledger(reading: workspace.output)).records.first)
    let text = RepeatCommand.text(record, run: "")
    #expect(
      text.contains(" run --train \(file("base")) --test \(file("queries")) --distance angular --index flat "),
      "\(text)")
    #expect(try run(["--dataset", file("base"), "--test-size", "40", "-k", "3"]).code == 0)
    let split = try #require(FolderResults(latestOf: Ledger(reading: workspace.output)).records.first)
    let again = RepeatCommand.text(split, run: "")
    #expect(again.contains(" run --train \(file("base")) --test-size 40 --index flat "), "\(again)")
  }

  @Test func mistakesNameTheTables() throws {
    let narrow = "\(workspace.path)/narrow.csv"
    try Data("1,2\n3,4\n".utf8).write(to: URL(filePath: narrow))
    let ended = try run(["--train", file("base"), "--test", narrow, "--quiet"])
    #expect(ended.code == 1 && ended.errors.split(separator: "\n").count == 1)
    #expect(ended.errors.contains("\(file("base")) and \(narrow): "), "\(ended.errors)")
    #expect(!ended.errors.contains(cache), "\(ended.errors)")
  }

  @Test func moreNeighborsThanTheFileStatesAreComputed() throws {
    let ended = try run(["--dataset", workspace.dataset, "-k", "200"])
    #expect(ended.code == 0 && ended.errors.contains("200 true neighbours of each by exact search"))
    #expect(try workspace.rows().map { $0["recall_ids"] } == ["1.0"])
  }

  @Test(arguments: [
    (["--test", "q.fvecs"], "--train beside --test is required"),
    (["--distance", "cosine"], "--train, or a --dataset that is a single table, beside --distance is required"),
    (["--train", "b.fvecs", "--distance", "far"], "--distance far: expected one of euclidean"),
    (
      ["--train", "b.fvecs", "--test", "q.fvecs", "--test-size", "3"],
      "--test-size 3: expected no --test q.fvecs beside it"
    ),
    (["--train", "b.fvecs", "--neighbors", "n.ivecs"], "--test beside --neighbors is required"),
    (["--train", "b.fvecs", "--dataset", "c.fvecs"], "--dataset does not go with --train; leave one out"),
    (["--train", "/no/such.hdf5"], "'train' has to be a single table, and this is a dataset; give it to --dataset"),
    (["--train", "/no/such.fvecs"], "/no/such.fvecs: No such file or directory; check the path"),
    (["--train", "/no/such.txt"], "/no/such.txt: the name does not say the format of a table; let it end in .fvecs"),
  ])
  func mistakesAreOneLine(words: [String], expected: String) throws {
    let ended = try run(words + ["--quiet"])
    #expect(ended.code != 0 && ended.errors.split(separator: "\n").count == 1, "\(ended.errors)")
    #expect(ended.errors.contains(expected), "\(ended.errors)")
  }
}
