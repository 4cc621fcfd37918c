import Foundation
import SQLite
import Testing

@testable import Bench
@testable import RecallBenchCLI

/// `recallbench merge` and `recallbench site` as a user runs them.
@Suite struct MergeCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func path(_ name: String) -> String { "\(workspace.path)/\(name)" }

  private func sweep(_ index: String, into folder: String, _ words: [String] = []) -> RecallBench.ExitCode {
    RecallBench.run(
      [
        "run", "--dataset", workspace.dataset, "--out", path(folder), "--quiet", "--allow-debug", "--in-process",
        "--index", index, "--runs", "2", "--limit", "300",
      ] + words)
  }

  private func run(_ words: String...) throws -> (code: Int32, output: String, errors: String) {
    try Workspace.runProgram(words)
  }

  @Test func everyCommandWorksOnWhatWasJoined() throws {
    #expect(sweep("flat", into: "a") == .success)
    #expect(sweep("ivf-flat", into: "b", ["--set", "nlist=8", "--set", "nprobe=1,8"]) == .success)
    #expect(sweep("flat", into: "b") == .success)
    let merged = try run("merge", "--out", path("all"), path("a"), path("b"))
    #expect(merged.code == 0 && merged.errors.contains("run 1 of \(path("b")) is run 2\n"))
    #expect(merged.errors.contains("run 2 of \(path("b")) is run 3\n") && merged.errors.contains("\nruns: 3\n"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path("all")).sorted()
        == ["ledger.sqlite", "report.html", "results", "results.csv", "truth"])
    #expect(
      try workspace.rows(in: path("all")).map { "\($0["index"] ?? "") \($0["run"] ?? "")" }
        == ["ivf-flat 2", "ivf-flat 2", "flat 3"])
    let exported = try run("export", "csv", "--recompute", "--out", path("all"))
    #expect(try exported.output == String(contentsOfFile: path("all/results.csv"), encoding: .utf8))
    #expect(try run("best", path("all"), "--recall", "0.5").output.contains("ivf-flat(nlist=8, nprobe=8)"))
    #expect(try run("compare", "1", "3", "--out", path("all")).code == 0)
    #expect(try run("history", "--metric", "qps", "--out", path("all")).output.contains("flat"))
    #expect([0, 3, 6].contains(try run("gate", "1", "3", "--out", path("all")).code))
    let page = try run("report", "--out", path("all"), "--to", path("page.html"))
    #expect(page.code == 0)
    #expect(try String(contentsOfFile: path("page.html"), encoding: .utf8).contains("<dt>runs</dt><dd>2 ("))
  }

  @Test func mistakesAreToldInOneLineAndLeaveNothing() throws {
    func ends(_ words: [String], _ code: Int32, _ message: String) throws {
      let ended = try Workspace.runProgram(["merge"] + words)
      #expect(ended.code == code && ended.errors.contains(message), "\(ended.errors)")
      #expect(ended.errors.split(separator: "\n").count == 1 && ended.output.isEmpty, "\(ended.errors)")
    }
    #expect(sweep("flat", into: "a") == .success)
    try ends([path("a")], 2, "--out is required")
    try ends(["--out", path("all")], 2, "FOLDER")
    try ends(["--out", path("a"), path("a")], 2, "--out \(path("a")): expected a folder that is not there yet")
    try ends(["--out", path("all"), path("a"), path("none")], 1, "no sweep has been run into this folder")
    let lock = try FolderLock(path("a"))
    try ends(["--out", path("all"), path("a")], 1, "\(path("a")): another sweep is running into this folder; wait")
    withExtendedLifetime(lock) {}
  }

  @Test func damageLeavesNoHalfFolder() throws {
    #expect(sweep("flat", into: "a") == .success)
    let names = FileManager.default.enumerator(atPath: path("a/results"))?.compactMap { $0 as? String } ?? []
    let file = path("a/results/\(try #require(names.first { $0.hasSuffix(".hdf5") }))")
    let before = try FileManager.default.contentsOfDirectory(atPath: workspace.path).sorted()
    try Data("no HDF5".utf8).write(to: URL(filePath: file))
    let ended = try run("merge", "--out", path("all"), path("a"))
    #expect(ended.code == 1 && ended.errors.contains(file) && ended.errors.split(separator: "\n").count == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path).sorted() == before)
  }

  @Test func aFullDiskLeavesNoHalfFolder() throws {
    #expect(sweep("flat", into: "a") == .success)
    let before = try FileManager.default.contentsOfDirectory(atPath: workspace.path).sorted()
    let program = try Workspace.program().path(percentEncoded: false)
    // No file may have more than some kilobytes.
    let ended = try Workspace.runProgram(
      ["-c", "ulimit -f 16; exec '\(program)' merge --out '\(path("all"))' '\(path("a"))'"],
      program: URL(filePath: "/bin/sh"))
    #expect(ended.code == 1 && ended.errors.split(separator: "\n").count == 1, "\(ended.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: workspace.path).sorted() == before)
  }

  @Test func aSiteHasTheResultsOfAllFolders() throws {
    #expect(sweep("flat", into: "a") == .success)
    #expect(sweep("ivf-flat", into: "b", ["--set", "nlist=8"]) == .success)
    let ended = try run("site", "--out", path("site"), "--recall", "0.1", path("a"), path("b"))
    #expect(ended.code == 0 && ended.errors.contains("site: \(path("site"))/index.html, 5 pages"), "\(ended.errors)")
    let front = try String(contentsOfFile: path("site/index.html"), encoding: .utf8)
    #expect(front.contains("2 cells · 1 dataset · 2 indexes · 2 runs"))
    #expect(front.contains("recall of at least 0.1") && front.contains("href=\"indexes/ivf-flat/report.html\""))
    // It is written again over itself, and of one folder without joining any.
    let again = try run("site", "--out", path("site"), path("b"))
    #expect(again.code == 0 && again.errors.contains("4 pages"))
    #expect(try String(contentsOfFile: path("site/index.html"), encoding: .utf8).contains("1 cell · 1 dataset"))
    #expect(try run("site", "--out", path("other"), path("none")).code == 1)
    #expect(!FileManager.default.fileExists(atPath: path("other")))
  }
}
