import Foundation
import Testing

@testable import Bench
@testable import RecallBenchCLI

/// A ledger that was edited or damaged is reported, exported, compared and gated, or refused in one line; never does it
/// end the program, nor write or read outside its folder.
@Suite(.serialized) struct LedgerFuzzTests {
  /// 30 edits of each workload's ledger, or 2 500 with RECALLBENCH_LONG=1; a crash is told with its edit.
  @Test(arguments: [MadeLedger.search, MadeLedger.drift, MadeLedger.ingest])
  func editedLedgersAreReadOrRefused(sweep: [String]) async throws {
    let isLong = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1"
    let count = isLong ? 2_500 : 30
    let made = try MadeLedger(sweep)
    let (ok, failed) = (MadeLedger.Ending.ended(.ok), MadeLedger.Ending.ended(.failed))
    _ = try made.folder("template", [[ok, ok, failed], [ok, ok, ok], [ok, .ended(.timeout), ok]])
    let place = made.workspace.path
    try "SECRET".write(toFile: "\(place)/secret.txt", atomically: true, encoding: .utf8)
    var next = 0
    while next < count {
      // A child for many edits: a trap ends it, and this goes on behind the edit that it died of.
      let result = await #expect(processExitsWith: .success) {
        [place = place as String, first = next as Int, count = count as Int] in
        for number in first..<count { try LedgerTrial(number, place: place).run() }
      }
      guard result == nil else { break }
      let trial = try LedgerTrial.last(in: place)
      Issue.record("edit \(trial.number) ended the program: \(trial.edit)")
      next = trial.number + 1
    }
    let outcomes = try LedgerTrial.outcomes(in: place)
    for problem in outcomes.problems { Issue.record("\(problem)") }
    #expect(outcomes.done == count)
    #expect(outcomes.refused > 0 && outcomes.refused < outcomes.done, "edits are told, and not all of them matter")
    if isLong {
      print("\(outcomes.done) edits, \(outcomes.refused) of them refused by a command; \(outcomes.commands) refusals")
    }
  }
}

/// One edit, and every command that reads a ledger.
struct LedgerTrial {
  private let number: Int
  private let place: String
  private var folder: String { "\(place)/trial" }

  /// - Parameter place: has `template`, whose ledger is edited, and gets what comes of it.
  init(_ number: Int, place: String) {
    self.number = number
    self.place = place
  }

  /// Commands that make a folder.
  private static let folders = ["merge", "site"]

  private var commands: [[String]] {
    let (out, to) = (["--out", "\(folder)/out"], "\(folder)/target")
    return [
      ["report", "--to", "\(to)/page.html", "--base", "latest~1", "--history", "recall"],
      ["report", "--format", "md", "--to", "\(to)/report.md"],
      ["report", "--format", "csv", "--to", "\(to)/report.csv"],
      ["export", "csv", "--to", "\(to)/plain.csv"], ["export", "csv", "--recompute", "--to", "\(to)/again.csv"],
      ["export", "jsonl", "--to", "\(to)/cells.jsonl"], ["export", "ann-benchmarks", "--to", to],
      ["compare", "1", "2", "--to", "\(to)/compare.txt"],
      ["compare", "2", "latest", "--format", "json", "--to", "\(to)/compare.json"],
      [
        "gate", "latest~1", "latest", "--md", "\(to)/gate.md", "--junit", "\(to)/gate.xml", "--json", "\(to)/gate.json",
      ],
      ["history", "--metric", "qps@recall=0.5", "--format", "csv", "--to", "\(to)/history.csv"],
      ["history", "--metric", "recall", "--to", "\(to)/history.txt"], ["history", "--runs"],
    ].map { $0 + out } + Self.folders.map { [$0, "--out", "\(folder)/\($0)", "\(folder)/out"] }
  }

  /// Makes the edit and runs the commands; appends to `done` and `problems`.
  func run() throws {
    let files = FileManager.default
    try? files.removeItem(atPath: folder)
    for name in ["out", "target"] {
      try files.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    try files.copyItem(atPath: "\(place)/template/ledger.sqlite", toPath: "\(folder)/out/ledger.sqlite")
    try files.createSymbolicLink(atPath: "\(folder)/out/results", withDestinationPath: "\(place)/template/results")
    var edits = LedgerEdits(path: "\(folder)/out/ledger.sqlite", seed: UInt64(number))
    // What the database does not take changes nothing.
    try? edits.make()
    let edit = edits.description.prefix(300).description.printable
    try "\(number) \(edit)".write(toFile: "\(place)/last", atomically: false, encoding: .utf8)
    // No page needs its charts here; no command may wait for ever.
    setenv("RECALLBENCH_CHARTS", "/no/such/folder", 1)
    alarm(120)
    var refused = 0
    for words in commands {
      let (code, errors) = Self.captured { RecallBench.run(words) }
      let lines = errors.split(separator: "\n").filter { $0.hasPrefix("recallbench: ") }
      let isRefusal = [.failure, .usage].contains(code)
      if isRefusal { refused += 1 }
      if lines.count != (isRefusal ? 1 : 0) || lines.contains(where: { $0.count > 2_000 }) {
        try append(
          "edit \(number) (\(edit)): \(words.prefix(2)) ended with \(code): \(errors.prefix(500))", to: "problems")
      }
    }
    for name in Self.folders {
      for file in files.enumerator(atPath: "\(folder)/\(name)")?.compactMap({ $0 as? String }) ?? []
      where files.contents(atPath: "\(folder)/\(name)/\(file)")?.range(of: Data("SECRET".utf8)) != nil {
        try append("edit \(number) (\(edit)): \(name)/\(file)", to: "problems")
      }
      try? files.removeItem(atPath: "\(folder)/\(name)")
    }
    try checkFolders(edit)
    try append("\(refused) of \(commands.count)", to: "done")
  }

  /// Nothing lies outside of the two folders, and nothing from outside in them. `export --recompute` keeps the true
  /// neighbours of a drift's steps in the run's folder, as `run` does.
  private func checkFolders(_ edit: String) throws {
    let files = FileManager.default
    let around = try files.contentsOfDirectory(atPath: folder).sorted()
    let beside = try files.contentsOfDirectory(atPath: place).filter { $0.contains("escape") }
    let own = try files.contentsOfDirectory(atPath: "\(folder)/out").filter {
      !$0.hasPrefix("ledger.sqlite") && $0 != "truth"
    }
    if around != ["out", "target"] || !beside.isEmpty || own != ["results"] {
      try append("edit \(number) (\(edit)): \(around) \(beside) \(own)", to: "problems")
    }
    for file in files.enumerator(atPath: "\(folder)/target")?.compactMap({ $0 as? String }) ?? [] {
      let isKnown = !file.contains("/") || file.hasPrefix("results/")
      let bytes = files.contents(atPath: "\(folder)/target/\(file)") ?? Data()
      if !isKnown || bytes.range(of: Data("SECRET".utf8)) != nil || file.hasSuffix(".sqlite") {
        try append("edit \(number) (\(edit)): target/\(file)", to: "problems")
      }
    }
  }

  private func append(_ line: String, to name: String) throws {
    let file = "\(place)/\(name)"
    if !FileManager.default.fileExists(atPath: file) { try Data().write(to: URL(filePath: file)) }
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data((line.printable + "\n").utf8))
    try handle.close()
  }

  /// What a command says on standard error; what it says on standard output is lost.
  private static func captured(_ body: () -> RecallBench.ExitCode) -> (RecallBench.ExitCode, String) {
    let path = FileManager.default.temporaryDirectory.appending(path: "errors-\(getpid())").path(percentEncoded: false)
    let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
    let kept = (dup(STDOUT_FILENO), dup(STDERR_FILENO))
    dup2(nowhere, STDOUT_FILENO)
    dup2(file, STDERR_FILENO)
    let code = body()
    dup2(kept.0, STDOUT_FILENO)
    dup2(kept.1, STDERR_FILENO)
    for descriptor in [file, nowhere, kept.0, kept.1] { close(descriptor) }
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    unlink(path)
    return (code, text)
  }

  // MARK: - What came of it

  /// The edit that was made last.
  static func last(in place: String) throws -> (number: Int, edit: String) {
    let words = try String(contentsOfFile: "\(place)/last", encoding: .utf8).split(separator: " ", maxSplits: 1)
    return (Int(words[0]) ?? .max - 1, words.count > 1 ? String(words[1]) : "")
  }

  static func outcomes(in place: String) throws -> (done: Int, refused: Int, commands: Int, problems: [Substring]) {
    let done = try String(contentsOfFile: "\(place)/done", encoding: .utf8).split(separator: "\n")
    let refused = done.map { Int($0.prefix { $0.isNumber }) ?? 0 }
    let problems = (try? String(contentsOfFile: "\(place)/problems", encoding: .utf8))?.split(separator: "\n") ?? []
    return (done.count, refused.count { $0 > 0 }, refused.reduce(0, +), problems)
  }
}
