import Foundation
import Testing

@testable import recallbench

/// `recallbench run` as a user runs it.
@Suite struct RunCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func run(_ words: [String]) -> RecallBench.ExitCode {
    RecallBench.run(["run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet"] + words)
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

  @Test func ofTheFirstRowsTheTruthIsComputed() throws {
    #expect(run(["--index", "flat", "--limit", "50", "-k", "7"]) == .success)
    var row = try #require(try workspace.rows().first)
    #expect(row["train_size"] == "50" && row["k-nn"] == "1.0" && row["recall_ids"] == "1.0")
    #expect(row["dataset"] == "small-8-euclidean-first-50")
    // A limit that leaves all rows changes nothing.
    #expect(run(["--index", "flat", "--limit", "400"]) == .success)
    row = try #require(try workspace.rows().first)
    #expect(row["train_size"] == "400" && row["dataset"] == "small-8-euclidean")
  }

  @Test func aTruthThatTakesLongIsNotComputedUnasked() throws {
    // Sparse files of 4 GB and 4 MB: 2^20 rows and 2^10 queries of 2^12 components, each a header and a hole.
    for (name, rows) in [("base", UInt32(1 << 20)), ("query", 1 << 10)] {
      let path = "\(workspace.path)/\(name).u8bin"
      let header = [rows.littleEndian, UInt32(1 << 12).littleEndian].withUnsafeBytes { Data($0) }
      try header.write(to: URL(filePath: path))
      try #require(truncate(path, off_t(8 + Int(rows) << 12)) == 0)
    }
    let dataset = workspace.path + "/large.yml"
    try Data("distance: l2\ntrain: base.u8bin\ntest: query.u8bin\n".utf8).write(to: URL(filePath: dataset))
    let words = ["run", "--dataset", dataset, "--index", "flat", "--quiet", "--out", workspace.output]
    let (code, _, errors) = try Workspace.runProgram(words + ["--limit", "1000000"])
    #expect(code == 2 && errors.contains("datasets ground-truth \(dataset) --limit 1000000"))
    // In part it is measured on like any other; all components are zero.
    #expect(RecallBench.run(words + ["--limit", "20", "--queries", "2", "-k", "3"]) == .success)
    #expect(try workspace.rows().first?["train_size"] == "20")
  }

  @Test func rawAnswersAreWrittenOnRequest() throws {
    #expect(run(["--index", "flat", "-k", "3", "--queries", "5", "--raw"]) == .success)
    #expect(workspace.outputContents == ["raw", "results.csv"])
    let raw = try String(contentsOfFile: workspace.output + "/raw/small-8-euclidean.flat.csv", encoding: .utf8)
    #expect(raw.split(separator: "\r\n").count == 1 + 3 * 5)
  }

  @Test func whatCannotWorkFailsAndWritesNothing() {
    #expect(run(["--index", "flat", "--dataset", "/no/such.hdf5", "-k", "21"]) == .failure)
    #expect(run(["--index", "flat", "-k", "21"]) == .failure)
    #expect(run(["--index", "ivf-flat", "--set", "nlist=401"]) == .failure)
    #expect(workspace.outputContents == [])
  }

  @Test func aLaterFailureKeepsTheRowsBeforeIt() throws {
    #expect(run(["--index", "flat", "--dataset", "/no/such.hdf5"]) == .failure)
    #expect(try workspace.rows().count == 1)
  }

  @Test func wrongUsageIsToldFromFailureAndTouchesNothing() {
    #expect(RecallBench.run([]) == .usage)
    #expect(RecallBench.run(["rum"]) == .usage)
    #expect(RecallBench.run(["--out"]) == .usage)
    #expect(RecallBench.run(["datasets"]) == .usage)
    #expect(RecallBench.run(["datasets", "lst"]) == .usage)
    #expect(RecallBench.run(["run", "--index", "flat"]) == .usage)
    #expect(run(["--index", "flat", "--set", "nprobe=1"]) == .usage)
    #expect(run(["--index", "ivf"]) == .usage)
    #expect(workspace.outputContents == nil)
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func aSignalLeavesTheRowsOfFinishedCells(signal: Int32) throws {
    // More cells than could ever be finished here.
    let probes = (1...5_000).map(String.init).joined(separator: ",")
    let process = try BuiltProgram.process([
      "run", "--dataset", workspace.dataset, "--index", "ivf-flat", "--set", "nlist=16", "--set", "nprobe=\(probes)",
      "--runs", "1000", "--out", workspace.output,
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
    #expect(message.contains("\(workspace.output)/results.csv has the \(rows.count) finished cells"))
    #expect(rows.count >= 2 && rows.count < 5_000)
    #expect(rows.allSatisfy { $0.count == rows[0].count && $0["timestamp"]?.isEmpty == false })
    #expect(workspace.outputContents == ["results.csv"])
  }
}
