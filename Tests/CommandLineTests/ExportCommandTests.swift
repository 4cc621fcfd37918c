import Foundation
import Testing

@testable import Bench
@testable import RecallBenchCLI

@Suite struct ExportCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func sweep(_ words: [String] = []) -> RecallBench.ExitCode {
    RecallBench.run(
      [
        "run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug", "--in-process",
        "--index", "ivf-flat", "--set", "nlist=8,401", "--set", "nprobe=1,8", "--runs", "2",
      ] + words)
  }

  private func export(_ words: String...) -> RecallBench.ExitCode {
    RecallBench.run(["export"] + words + ["--out", workspace.output])
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(workspace.path)/\(name)", encoding: .utf8)
  }

  @Test(arguments: [[], ["--batch", "--threads", "2"]])
  func theTableDerivedFromTheRawResultsHasTheSameBytes(mode: [String]) throws {
    #expect(sweep(mode) == .failure, "nlist=401 is too much for 400 rows")
    let table = try text("out/results.csv")
    #expect(export("csv", "--to", "\(workspace.path)/plain.csv") == .success)
    #expect(export("csv", "--recompute", "--to", "\(workspace.path)/again.csv") == .success)
    #expect(try text("plain.csv") == table && text("again.csv") == table)
    #expect(table.split(separator: "\r\n").count == 3)
  }

  @Test func whatRawResultsSayIsWhatIsDerived() throws {
    #expect(sweep() == .failure)
    let table = try text("out/results.csv")
    let records = try FolderResults(latestOf: Ledger(reading: workspace.output)).records.filter { $0.status == .ok }
    guard case .measured(let measurement, let file?) = records[0].outcome else { return }
    // The raw result says something else: the figures follow it, not the ledger.
    var raw = try records[0].rawRounds(in: workspace.output)
    raw.nanoseconds = raw.nanoseconds.map { $0.map { 2 * $0 } }
    let path = "\(workspace.output)/\(file)"
    try RawResultFile.write(raw, of: measurement, key: records[0].key, to: path)
    #expect(export("csv", "--recompute", "--to", "\(workspace.path)/again.csv") == .success)
    #expect(try text("again.csv") != table)
    // Distances that are not those of the answers would be hits.
    raw.distances[0] = -1
    try RawResultFile.write(raw, of: measurement, key: records[0].key, to: path)
    #expect(export("csv", "--recompute", "--to", "\(workspace.path)/again.csv") == .failure)
    // That of another cell is not taken, nor one that is gone passed over.
    guard case .measured(_, let other?) = records[1].outcome else { return }
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.copyItem(atPath: "\(workspace.output)/\(other)", toPath: path)
    #expect(export("csv", "--recompute", "--to", "\(workspace.path)/again.csv") == .failure)
    try FileManager.default.removeItem(atPath: path)
    #expect(export("csv", "--recompute", "--to", "\(workspace.path)/again.csv") == .failure)
  }

  @Test func jsonLinesHaveTheCellsThatFailedToo() throws {
    #expect(sweep() == .failure)
    #expect(export("jsonl", "--to", "\(workspace.path)/cells.jsonl") == .success)
    let lines = try text("cells.jsonl").split(separator: "\n")
    #expect(lines.count == 4 && lines.count { $0.contains(#""status":"ok""#) } == 2)
    #expect(lines.count { $0.contains(#""status":"failed","error":"ivf-flat(nlist=401"#) } == 2)
  }

  @Test func aPaperGetsATableAndParquetNeedsAPlace() throws {
    #expect(sweep() == .failure)
    #expect(export("latex", "--to", "\(workspace.path)/cells.tex") == .success)
    #expect(try text("cells.tex").contains("\\toprule\nindex & recall & "))
    #expect(export("parquet") == .usage)
  }

  @Test func annBenchmarksFindsItsFiles() throws {
    #expect(sweep() == .failure)
    #expect(export("ann-benchmarks") == .usage)
    #expect(export("ann-benchmarks", "--to", "\(workspace.path)/ab") == .success)
    let folder = "\(workspace.path)/ab/results/small-8-euclidean/10/recallbench-ivf-flat"
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
  }

  @Test func aChangedDatasetIsNotTheOneThatWasMeasured() throws {
    #expect(sweep() == .failure)
    let file = try FileHandle(forWritingTo: URL(filePath: workspace.dataset))
    try file.seekToEnd()
    try file.write(contentsOf: Data([0]))
    try file.close()
    #expect(export("csv", "--recompute") == .failure)
  }

  @Test func withoutASweepThereIsNothingToExport() {
    #expect(export("csv") == .failure && workspace.outputContents == nil)
    #expect(export("xml") == .usage)
  }
}
