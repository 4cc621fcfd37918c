import Bench
import Foundation
import Testing

@testable import RecallBenchCLI

/// `recallbench run --workload ingest` as a user runs it.
@Suite struct IngestRunTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func words(_ words: [String]) -> [String] {
    [
      "run", "--workload", "ingest", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug",
      "--quiet", "--index", "memtable", "--set", "nlist=4", "--set", "m=4", "--write-batch", "7",
    ] + words
  }

  private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test func everyPhaseIsACellWithAllThatOthersHave() throws {
    let sweep = words([
      "--set", "nprobe=4", "--set", "refine=100", "--set", "max_rows=30", "--set", "frozen=1", "--readers", "2",
      "--rate", "2000", "--idle", "0.05s",
    ])
    let ended = try Workspace.runProgram(sweep)
    #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended.errors)")
    let rows = try workspace.rows()
    let tenths = (1...10).map { "\($0)" }
    #expect(rows.prefix(14).map { $0["stage"] } == ["before"] + tenths + ["after", "flushed", "base"])
    #expect(rows.prefix(14).map { $0["train_size"] } == (0...10).map { "\(200 + 20 * $0)" } + ["400", "400", "400"])
    #expect(rows.prefix(14).allSatisfy { $0["k-nn"] == "1.0" && $0["workload"] == "ingest" && $0["readers"] == "2" })
    #expect(rows.prefix(14).allSatisfy { $0["qps"] != "" && $0["judged"] != "0" && $0["base_rows"] == "200" })
    let inserted: [String] = rows.prefix(12).map { $0["inserted"] ?? "-" }
    #expect(inserted == [""] + Array(repeating: "20", count: 10) + [""])
    #expect(rows[1...10].allSatisfy { $0["insert_p99"] != "" && $0["rate"] == "2000" && $0["write_batch"] == "7" })
    #expect(rows[1...10].compactMap { $0["freezes"].flatMap { Int($0) } }.reduce(0, +) > 2)
    let again = try Workspace.runProgram(["export", "csv", "--recompute", "--out", workspace.output])
    #expect(try again.code == 0 && again.output == text("\(workspace.output)/results.csv"), "\(again.errors)")
    let lines = try Workspace.runProgram(["export", "jsonl", "--out", workspace.output]).output.split(separator: "\n")
    #expect(lines.count == 16 && lines.allSatisfy { !$0.contains("raw_file") })
    let page = try text("\(workspace.output)/report.html")
    for chart in ["recall", "qps", "p99", "writes"] { #expect(page.contains("figure-of-ingest-\(chart)")) }
    #expect(page.contains("--workload ingest --readers 2 --rate 2000 --write-batch 7 --base-rows 200 --idle 0.05s"))
    #expect(!page.contains("The raw results of"))
  }

  /// Another night is held to the first one; answers that got worse are a regression.
  @Test func nightsAreGated() throws {
    let night = words(["--set", "nprobe=4", "--set", "refine=100", "--idle", "0.05s"])
    let config = "\(workspace.path)/gate.yml"
    try "{tolerances: {recall: 5, insert_rate: 90%}}".write(toFile: config, atomically: true, encoding: .utf8)
    func gate(_ base: String) throws -> (code: Int32, output: String, errors: String) {
      try Workspace.runProgram([
        "gate", base, "latest", "--all", "--out", workspace.output, "--allow-disturbed", "--config", config,
      ])
    }
    for _ in 1...2 { #expect(try Workspace.runProgram(night).code == 0) }
    let first = try gate("1")
    // Of times the noise is not known yet.
    #expect(first.code == 6 && first.output.contains("memtable, writing tenth 3 "), "\(first.output)")
    #expect(first.output.contains("insert_rate") && !first.output.contains("REGRESSION"))
    try "{tolerances: {recall: 5}}".write(toFile: config, atomically: true, encoding: .utf8)
    #expect(try gate("1").code == 0)
    let disturbed = try Workspace.runProgram(
      night, environment: ["RECALLBENCH_TEST_FAULTS": "recall-loss=0.5@head"], program: Workspace.disturbedProgram())
    #expect(disturbed.code == 0, "\(disturbed.errors)")
    let worse = try gate("1")
    #expect(worse.code == 3 && worse.output.contains("writing tenth 10"), "\(worse.output)")
    let compared = try Workspace.runProgram(["compare", "1", "2", "--out", workspace.output])
    #expect(compared.code == 0 && compared.output.contains("write p99"))
  }

  /// The setting that was finished stays; the one that was under way is measured again.
  @Test func aRunThatIsKilledGoesOn() throws {
    let sweep = words(["--set", "nprobe=1,4", "--idle", "0.4s"])
    let process = try BuiltProgram.process(sweep)
    try process.run()
    while process.isRunning, (try? workspace.rows().count) ?? 0 < 14 { usleep(5_000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let ledger = try Ledger(folder: workspace.output)
    func cells() throws -> [String: Date] {
      let records = try ledger.records(of: #require(try ledger.lastRun()))
      return Dictionary(uniqueKeysWithValues: records.map { ($0.key.text, $0.finished) })
    }
    let killed = try cells()
    #expect(killed.count == 16, "killed in the middle")
    let resumed = try Workspace.runProgram(sweep + ["--resume"])
    #expect(resumed.code == 0, "\(resumed.errors)")
    let all = try cells()
    #expect(try all.count == 32 && killed.allSatisfy { all[$0.key] == $0.value } && ledger.runs().count == 1)
    #expect(try workspace.rows().count == 28, "no memtable was frozen")
  }

  @Test func withoutReadersOnlyWritesAreMeasured() throws {
    let sweep = words(["--set", "nprobe=1,4", "--readers", "0", "--base-rows", "300"])
    let ended = try Workspace.runProgram(sweep.filter { $0 != "--quiet" })
    #expect(ended.code == 0 && ended.output.contains("inserts/s") && ended.errors.contains("writing tenth 3: "))
    let rows = try workspace.rows()
    #expect(rows.map { $0["train_size"] } == (1...10).flatMap { Array(repeating: "\(300 + 10 * $0)", count: 2) })
    #expect(rows.allSatisfy { $0["inserted"] == "10" && $0["searches"] == "0" && $0["qps"] == "" && $0["k-nn"] == "" })
    let config = "\(workspace.path)/gate.yml"
    try "{tolerances: {recall: 0.1, index_bytes: 1%}}".write(toFile: config, atomically: true, encoding: .utf8)
    let gated = try Workspace.runProgram(["gate", "1", "1", "--out", workspace.output, "--config", config])
    #expect(gated.code == 0 && gated.output.contains("20 checks: 20 passed"), "\(gated.output)")
  }

  @Test func aSweepFileSaysSoToo() throws {
    let file = "\(workspace.path)/ingest.yml"
    try """
    {workload: ingest, readers: 0, rate: 50000, write_batch: 3, base_rows: 300, idle: 1s,
     indexes: {fresh: {index: memtable, build: {nlist: 4, m: 4}}}}
    """.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(workspace.run([file, "--in-process", "--rate", "60000"]) == .success)
    let rows = try workspace.rows()
    #expect(rows.count == 10 && rows.allSatisfy { $0["rate"] == "60000" && $0["write_batch"] == "3" })
    for (field, problem) in [
      ("runs: 3", "runs does not go with workload: ingest"), ("rate: -1", "an integer, 0…1000000000"),
    ] {
      try "{workload: ingest, \(field), indexes: {memtable: }}".write(toFile: file, atomically: true, encoding: .utf8)
      let ended = try Workspace.runProgram(["plan", file, "--dataset", workspace.dataset])
      #expect(
        ended.code == 2 && ended.errors.contains(problem) && ended.errors.contains("ingest.yml:1:"), "\(ended.errors)")
    }
    try "{rate: 3, indexes: {flat: }}".write(toFile: file, atomically: true, encoding: .utf8)
    let ended = try Workspace.runProgram(["plan", file, "--dataset", workspace.dataset])
    #expect(ended.code == 2 && ended.errors.contains("rate does not go with workload: search"), "\(ended.errors)")
  }

  @Test(arguments: [
    ["--readers", "-1"], ["--rate", "fast"], ["--threads", "2"], ["--batch"], ["--runs", "2"], ["--against", "x"],
    ["--write-batch", "0"], ["--idle", "0"], ["--open-index", "x"], ["--base-rows", "399"], ["--base-rows", "9"],
  ])
  func whatDoesNotGoTogetherIsRefused(words: [String]) {
    #expect(workspace.run(["--index", "memtable", "--workload", "ingest"] + words) == .usage)
    #expect(workspace.outputContents == nil)
  }

  @Test func anIndexThatCannotBeSearchedMeanwhileIsRefusedInOneLine() throws {
    let ended = try Workspace.runProgram([
      "run", "--workload", "ingest", "--dataset", workspace.dataset, "--out", workspace.output, "--allow-debug",
      "--index",
      "flat",
    ])
    #expect(
      ended.code == 2
        && ended.errors.hasSuffix(
          "recallbench: index flat can't be searched while it is written to; use --index memtable\n")
    )
  }
}
