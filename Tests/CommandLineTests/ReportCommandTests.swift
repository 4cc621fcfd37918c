import Foundation
import Testing

@testable import Bench
@testable import RecallBenchCLI
@testable import Reports

@Suite struct ReportCommandTests {
  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func sweep(_ words: [String] = []) -> RecallBench.ExitCode {
    RecallBench.run(
      [
        "run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug", "--in-process",
        "--index", "ivf-flat", "--set", "nlist=8", "--set", "nprobe=1,8", "--runs", "2",
      ] + words)
  }

  private func report(_ words: String...) -> RecallBench.ExitCode {
    RecallBench.run(["report", "--out", workspace.output] + words)
  }

  private func page(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test func aSweepLeavesItsPageAndTheCommandWritesItAgain() throws {
    #expect(sweep() == .success)
    let written = try page("\(workspace.output)/report.html")
    #expect(written.contains("RecallBench: small-8-euclidean"))
    #expect(report("--to", "\(workspace.path)/again.html") == .success)
    #expect(try page("\(workspace.path)/again.html") == written)
  }

  @Test func tablesAndTheBaseAreOnRequest() throws {
    for _ in 0..<2 { #expect(sweep(["--force"]) == .success) }
    #expect(report("--format", "csv", "--to", "\(workspace.path)/levels.csv") == .success)
    #expect(try page("\(workspace.path)/levels.csv").contains("small-8-euclidean,10,single,1,ivf-flat,0.999,"))
    #expect(report("--format", "md", "--to", "\(workspace.path)/report.md") == .success)
    #expect(try page("\(workspace.path)/report.md").contains("| small-8-euclidean | 10 | single | ivf-flat | p99 ms |"))
    #expect(report("--base", "latest~1", "--to", "\(workspace.path)/beside.html") == .success)
    #expect(try page("\(workspace.path)/beside.html").contains("Fronts at equal recall, interpolated"))
    #expect(report("--base", "latest~7") == .failure)
    #expect(report("--history", "qps", "--to", "\(workspace.path)/history.html") == .success)
    #expect(try page("\(workspace.path)/history.html").contains("History of qps"))
    #expect(report("--history", "speed") == .usage)
  }

  /// An index that is measured today joins the chart of yesterday; each run is there alone, too.
  @Test func runsAddUp() throws {
    #expect(sweep(["--queries", "20"]) == .success)
    let flat = ["run", "--dataset", workspace.dataset, "--out", workspace.output, "--quiet", "--allow-debug"]
    let added = ["--in-process", "--index", "flat", "--runs", "2", "--queries"]
    #expect(RecallBench.run(flat + added + ["20"]) == .success)
    #expect(
      try workspace.rows().map { "\($0["index"] ?? "") \($0["run"] ?? "")" } == ["ivf-flat 1", "ivf-flat 1", "flat 2"])
    let both = try page("\(workspace.output)/report.html")
    #expect(both.contains("3 cells · ") && both.contains("<dt>runs</dt><dd>1 ("))
    for (run, cells) in [("1", "2 cells"), ("latest", "1 cell")] {
      #expect(report("--run", run, "--to", "\(workspace.path)/one.html") == .success)
      let one = try page("\(workspace.path)/one.html")
      #expect(one.contains("<p class=\"quiet\">\(cells) · ") && !one.contains("<dt>runs</dt>"))
    }
    #expect(report("--run", "7") == .failure)
    // Answers of other queries are not mixed in, which is told in one line.
    #expect(RecallBench.run(flat + added + ["10"]) == .success)
    #expect(try workspace.rows().map { $0["run"] } == ["3"])
    let told = try Workspace.runProgram(["report", "--out", workspace.output])
    let line = "left out: small-8-euclidean: 3 cells of runs 1, 2: the queries are 20 and 10; --run shows a run alone\n"
    #expect(told.code == 0 && told.errors.contains(line), "\(told.errors)")
  }

  @Test func whatCannotBeIsTold() {
    #expect(report() == .failure, "there is no sweep")
    #expect(report("--format", "xml") == .usage)
    #expect(workspace.outputContents == nil)
  }

  @Test func withoutToolsThePageSaysSoAndPicturesFail() throws {
    #expect(sweep() == .success)
    let nowhere = [ChartTools.variable: "/no/such/folder"]
    let page = try Workspace.runProgram(["report", "--out", workspace.output], environment: nowhere)
    #expect(page.code == 0 && page.errors.contains("/no/such/folder: Vega is not there"))
    let picture = try Workspace.runProgram(
      ["report", "--out", workspace.output, "--format", "png"], environment: nowhere)
    #expect(picture.code == 1 && picture.errors.contains("/no/such/folder") && picture.errors.contains("make deps"))
  }

  /// Each cell's command line, read as a shell reads it, plans that cell and no other.
  @Test(arguments: [
    [], ["--batch", "--threads", "2", "--queries", "7", "-k", "3", "--builds", "2"], ["--limit", "300"],
  ])
  func theCommandOfACellMeasuresThatCell(mode: [String]) throws {
    let place = "\(workspace.path)/it's here $HOME.hdf5"
    try FileManager.default.moveItem(atPath: workspace.dataset, toPath: place)
    let words = ["run", "--dataset", place, "--out", workspace.output, "--quiet", "--allow-debug", "--in-process"]
    #expect(
      RecallBench.run(words + ["--index", "ivf-pq", "--set", "nlist=4", "--set", "refine=2,4", "--seed", "7"] + mode)
        == .success)
    let records = try FolderResults(latestOf: Ledger(reading: workspace.output)).records
    #expect(!records.isEmpty)
    for record in records {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", "printf '%s\\n' \(RepeatCommand.text(record, run: ""))"]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let words = text.split(separator: "\n").map(String.init)
      #expect(words.prefix(2) == [".build/release/recallbench", "run"])
      let request = try SweepRequest(Arguments(Array(words.dropFirst(2)), of: RunCommand.description))
      let plan = try request.plan { _ in }
      #expect(plan.builds.count == 1 && plan.builds[0].cells == [record.planned])
      #expect(plan.builds[0].dataset.sha256 == record.dataset.sha256)
      #expect(plan.builds[0].dataset.shape == record.dataset.shape)
    }
  }

  @Test func theCommandOfACellNamesTheFolderOfItsDataset() throws {
    try Data("datasets: [{name: small-8-euclidean, distance: euclidean}]".utf8)
      .write(to: URL(filePath: workspace.path + "/catalog.yml"))
    #expect(
      RecallBench.run([
        "run", "--datasets", workspace.path, "--dataset", "small-8-euclidean", "--index", "flat", "--out",
        workspace.output, "--quiet", "--allow-debug", "--in-process",
      ]) == .success)
    let record = try #require(FolderResults(latestOf: Ledger(reading: workspace.output)).records.first)
    #expect(RepeatCommand.text(record, run: "").contains(" --datasets \(workspace.path) "))
  }

  /// Words that run a program as nobody where this process is the superuser, whom no mode keeps from writing; nil where
  /// there are none, or nobody may not run the program.
  private static let asNobody: [String]? = {
    if geteuid() != 0 { return [] }
    let words = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
    let program = try? Workspace.program().path(percentEncoded: false)
    let trial = try? Workspace.runProgram(
      words + [program ?? "", "--version"], program: URL(filePath: "/usr/bin/setpriv"))
    return trial?.code == 0 ? words : nil
  }()

  /// SQLite's own files beside a ledger cannot be made there.
  @Test(.enabled(if: asNobody != nil, "needs setpriv where it runs as root"))
  func aFolderThatCannotBeWrittenToIsRead() throws {
    #expect(sweep() == .success)
    let contents = workspace.outputContents
    for path in [workspace.path, workspace.output] {
      try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: path)
    }
    defer { for path in [workspace.path, workspace.output] { chmod(path, 0o755) } }
    let words = try #require(Self.asNobody)
    let program = try Workspace.program()
    for command in [["history", "--runs"], ["export", "csv"], ["report", "--format", "md"], ["compare", "1", "1"]] {
      let result = try Workspace.runProgram(
        (words.isEmpty ? [] : words + [program.path(percentEncoded: false)]) + command + ["--out", workspace.output],
        program: words.isEmpty ? program : URL(filePath: "/usr/bin/setpriv"))
      #expect(result.code == 0 && !result.output.isEmpty, "\(command): \(result.errors)")
    }
    #expect(workspace.outputContents == contents)
  }
}
