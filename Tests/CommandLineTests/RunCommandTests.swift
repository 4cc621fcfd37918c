import Bench
import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench run` as a user runs it.
@Suite struct RunCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func run(_ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(
      [
        "run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug", "--in-process",
      ] + words)
  }

  @Test(arguments: [["--threads", "1"], ["--threads", "2"], ["--batch"], ["--batch", "--threads", "2"]])
  func theExactIndexFindsEverythingAndProbingMoreFindsMore(mode: [String]) throws {
    let words = ["--index", "flat", "--index", "ivf-flat", "--set", "nlist=16", "--set", "nprobe=1,4,16"]
    #expect(run(words + ["--runs", "2", "--queries", "30"] + mode) == .success)
    let rows = try workspace.rows()
    #expect(rows.map { $0["index"] } == ["flat", "ivf-flat", "ivf-flat", "ivf-flat"])
    let recalls = rows.compactMap { Double($0["k-nn"] ?? "") }
    #expect(recalls.count == 4 && recalls[0] == 1 && recalls[3] == 1)
    #expect(recalls[1] < recalls[2] && recalls[2] < 1)
    #expect(rows.allSatisfy { $0["dataset"] == "small-8-euclidean" && $0["queries"] == "30" })
    #expect(rows.allSatisfy { $0["duplicates"] == "0" && $0["out_of_range"] == "0" })
    #expect(rows.allSatisfy { $0["mode"] == (mode.contains("--batch") ? "batch" : "single") })
    #expect(rows.allSatisfy { Double($0["qps"] ?? "") ?? 0 > 0 })
  }

  @Test(arguments: [[], ["--in-process"]])
  func ofTheFirstRowsTheTruthIsComputed(place: [String]) throws {
    let words = ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug"] + place
    let limited = words + ["--index", "flat", "--limit", "50", "-k", "7"]
    #expect(try Workspace.runProgram(limited).code == 0)
    var row = try #require(try workspace.rows().first)
    #expect(row["train_size"] == "50" && row["k-nn"] == "1.0" && row["recall_ids"] == "1.0")
    #expect(row["dataset"] == "small-8-euclidean-first-50")
    // What was measured is known again, and other rows are another dataset.
    #expect(try Workspace.runProgram(limited + ["--resume"]).code == 0)
    #expect(try workspace.rows().map { $0["timestamp"] } == [row["timestamp"]])
    // The raw results give the same figures again.
    let (code, text, _) = try Workspace.runProgram(["export", "csv", "--out", workspace.output, "--recompute"])
    #expect(code == 0)
    #expect(text == (try String(contentsOfFile: workspace.output + "/results.csv", encoding: .utf8)))
    // A limit that leaves all rows changes nothing.
    #expect(try Workspace.runProgram(words + ["--index", "flat", "--limit", "400"]).code == 0)
    row = try #require(try workspace.rows().last)
    #expect(row["run"] == "2" && row["train_size"] == "400" && row["dataset"] == "small-8-euclidean")
  }

  @Test func theFirstRowsOfALargeFileAreMeasuredOn() throws {
    // Sparse files of 4 GB and 4 MB: 2^20 rows and 2^10 queries of 2^12 components, each a header and a hole.
    for (name, rows) in [("base", UInt32(1 << 20)), ("query", 1 << 10)] {
      let path = "\(workspace.path)/\(name).u8bin"
      let header = [rows.littleEndian, UInt32(1 << 12).littleEndian].withUnsafeBytes { Data($0) }
      try header.write(to: URL(filePath: path))
      try #require(truncate(path, off_t(8 + Int(rows) << 12)) == 0)
    }
    let dataset = workspace.path + "/large.yml"
    try Data("distance: l2\ntrain: base.u8bin\ntest: query.u8bin\n".utf8).write(to: URL(filePath: dataset))
    let words = ["--dataset", dataset, "--index", "flat"]
    #expect(try Workspace.runProgram(["plan"] + words + ["--limit", "1000000"]).code == 0)
    // All components are zero.
    let some = ["run"] + words + ["--limit", "20", "--queries", "2", "-k", "3", "--out", workspace.output]
    #expect(RecallBench.run(some + ["--quiet", "--allow-debug", "--in-process"]) == .success)
    #expect(try workspace.rows().first?["train_size"] == "20")
  }

  @Test func theFolderHoldsTheTableTheLedgerAndTheRawResults() throws {
    #expect(run(["--index", "flat", "-k", "3", "-k", "5", "--queries", "5"]) == .success)
    #expect(workspace.outputContents == ["ledger.sqlite", "report.html", "results", "results.csv"])
    for k in [3, 5] {
      let folder = "\(workspace.output)/results/small-8-euclidean/\(k)/recallbench-flat"
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }
  }

  @Test func severalBuildsStandBesideEachOther() throws {
    let words = ["--index", "ivf-flat", "--set", "nlist=16", "--set", "nprobe=2", "--builds", "3", "--seed", "5"]
    #expect(run(words) == .success)
    let rows = try workspace.rows()
    #expect(rows.map { $0["seed"] } == ["5", "6", "7"] && rows.allSatisfy { $0["builds"] == "3" })
    #expect(Set(rows.map { $0["recall_sd_builds"] }).count == 1 && rows[0]["recall_sd_builds"] != "0.0")
  }

  @Test func whatCannotWorkFailsBeforeAnythingIsWritten() {
    #expect(run(["--index", "flat", "--dataset", "/no/such.hdf5"]) == .failure)
    #expect(run(["--index", "flat", "-k", "401"]) == .failure)
    #expect(workspace.outputContents == nil)
  }

  @Test func aCellThatFailsDoesNotEndTheSweep() throws {
    let words = ["--index", "ivf-flat", "--set", "nlist=401,16", "--set", "nprobe=1,2"]
    #expect(run(words) == .failure)
    #expect(try workspace.rows().map { $0["build_parameters"]?.prefix(8) } == ["nlist=16", "nlist=16"])
  }

  @Test func wrongUsageIsToldFromFailureAndTouchesNothing() {
    #expect(RecallBench.run([]) == .usage)
    #expect(RecallBench.run(["rum"]) == .usage)
    #expect(RecallBench.run(["--out"]) == .usage)
    #expect(RecallBench.run(["datasets"]) == .usage)
    #expect(RecallBench.run(["datasets", "lst"]) == .usage)
    #expect(RecallBench.run(["run", "--index", "flat", "--allow-debug"]) == .usage)
    #expect(run(["--index", "flat", "--set", "nprobe=1"]) == .usage)
    #expect(run(["--index", "ivf"]) == .usage)
    #expect(run(["/no/such.yml"]) == .usage)
    #expect(workspace.outputContents == nil)
  }

  @Test(.enabled(if: Provenance.isDebugBuild))
  func aDebugBuildIsRefusedUnlessAskedFor() {
    let words = ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--index", "flat", "--quiet"]
    #expect(RecallBench.run(words) == .usage && workspace.outputContents == nil)
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func aSignalLeavesTheRowsOfFinishedBuilds(signal: Int32) throws {
    // More builds than could ever be finished here.
    let lists = (1...400).map(String.init).joined(separator: ",")
    let process = try BuiltProgram.process([
      "run", "--dataset", workspace.dataset, "--index", "ivf-flat", "--set", "nlist=\(lists)", "--set", "nprobe=1,2",
      "--runs", "2", "--out", workspace.output, "--allow-debug",
    ])
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    while process.isRunning, (try? workspace.rows().count) ?? 0 < 2 { usleep(10_000) }
    kill(process.processIdentifier, signal)
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 128 + signal)
    let rows = try workspace.rows()
    #expect(message.contains("\(workspace.output)/results.csv has the \(rows.count) measured cells"))
    #expect(rows.count >= 2 && rows.count < 800)
    #expect(rows.allSatisfy { $0.count == rows[0].count && $0["timestamp"]?.isEmpty == false })
    #expect(workspace.outputContents?.contains { $0.hasSuffix(".partial") } == false)
  }
}
