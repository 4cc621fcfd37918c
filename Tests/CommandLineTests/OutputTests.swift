import Foundation
import Testing

@testable import RecallBenchCLI

/// Where a command's output goes, and what happens when it cannot go there.
@Suite struct OutputTests {
  private let workspace: Workspace

  init() throws {
    workspace = try Workspace()
    try #require(workspace.run(["--index", "flat", "--in-process", "--runs", "2", "--tag", "a"]) == .success)
    try #require(
      workspace.run(["--index", "flat", "--in-process", "--runs", "2", "--tag", "b", "--force"]) == .success)
  }

  /// Runs the program under a shell, which opens files and pipes for it as a user's does.
  private func shell(_ script: String) throws -> (code: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", "set -o pipefail; cd \(workspace.path); " + script]
    process.environment = ProcessInfo.processInfo.environment.merging(
      ["PROGRAM": try Workspace.program().path(percentEncoded: false), "DATASET": workspace.dataset]
    ) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let texts = [output, errors].map { String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self) }
    process.waitUntilExit()
    return (process.terminationStatus, texts[0], texts[1])
  }

  private static let commands = [
    "export csv --out out", "export jsonl --out out", "gate a b --out out", "gate a b --out out --format junit",
    "compare a b --out out", "history --out out --runs", "history --out out --metric recall",
    "report --out out --format md", "datasets check $DATASET", "datasets show $DATASET", "indexes", "doctor",
    "plan --dataset $DATASET --index flat", "plan --dataset $DATASET --index flat --cells", "--help", "--version",
    "run --help", "datasets ground-truth $DATASET -k 3 --out truth.hdf5 --force",
    "run --dataset $DATASET --index flat --in-process --allow-debug --runs 1 --out other --force",
  ]

  #if os(Linux)
    @Test func aFullDiskIsAFailure() throws {
      let message =
        "recallbench: cannot write standard output: No space left on device; free some space or choose another place"
      for command in Self.commands {
        let ended = try shell("$PROGRAM \(command) > /dev/full")
        #expect(ended.code == 1, "\(command)")
        #expect(ended.errors.split(separator: "\n").last.map(String.init) == message, "\(command)")
      }
    }
  #endif

  @Test func aClosedPipeIsQuiet() throws {
    for command in Self.commands.prefix(8) {
      // The reader has gone before the program begins, which waits for that.
      let ended = try shell("mkfifo gone; { read < gone; $PROGRAM \(command); } | { exec < /dev/null; echo > gone; }")
      #expect(ended.code == 141 && ended.errors.isEmpty, "\(command): \(ended)")
      #expect(unlink(workspace.path + "/gone") == 0)
    }
  }

  @Test func aClosedOutputIsAFailureAndNoFileTakesItsNumber() throws {
    let before = try Data(contentsOf: URL(filePath: workspace.output + "/ledger.sqlite"))
    for command in Self.commands.prefix(8) {
      let ended = try shell("$PROGRAM \(command) >&-")
      #expect(ended.code == 1 && ended.errors.hasPrefix("recallbench: cannot write standard output: "), "\(ended)")
    }
    #expect(try Data(contentsOf: URL(filePath: workspace.output + "/ledger.sqlite")) == before)
  }

  @Test func devicesPipesAndDescriptorsAreWrittenInto() throws {
    let text = try String(contentsOfFile: workspace.output + "/results.csv", encoding: .utf8)
    let script = """
      $PROGRAM export csv --out out --to /dev/null && test -c /dev/null &&
      $PROGRAM export csv --out out --to /dev/stdout > stdout.csv &&
      $PROGRAM export csv --out out --to >(cat > substituted.csv) && wait &&
      ln -s /dev/null link.csv && $PROGRAM export csv --out out --to link.csv && test -L link.csv &&
      touch target.csv && chmod 640 target.csv && ln -s target.csv second.csv &&
      $PROGRAM export csv --out out --to second.csv && test -L second.csv && stat -c %a target.csv &&
      mkfifo pipe.hdf5 && { cat pipe.hdf5 > piped.hdf5 & } &&
      $PROGRAM datasets convert --quiet $DATASET pipe.hdf5 && wait && $PROGRAM datasets show piped.hdf5 > shown.txt &&
      { $PROGRAM gate a b --out out --json /dev/null --junit /dev/null --md /dev/null > gate.txt; test $? != 1; } &&
      $PROGRAM report --out out --format html --to /dev/null && test -c /dev/null
      """
    let ended = try shell(script)
    #expect(ended.code == 0 && ended.output == "640\n", "\(ended)")
    for name in ["stdout.csv", "target.csv", "substituted.csv"] {
      #expect(try String(contentsOfFile: "\(workspace.path)/\(name)", encoding: .utf8) == text, "\(name)")
    }
  }

  private static let intoMissingFolders = [
    "export csv --out out --to no/such/x.csv", "export jsonl --out out --to no/such/x.jsonl",
    "report --out out --to no/such/x.html", "report --out out --format md --to no/such/x.md",
    "gate a b --out out --junit no/such/x.xml", "gate a b --out out --md no/such/x.md",
    "gate a b --out out --json no/such/x.json", "compare a b --out out --to no/such/x.txt",
    "history --out out --to no/such/x.txt --metric recall", "kernels --csv no/such/x.csv",
    "datasets convert $DATASET no/such/x.yml",
    "datasets ground-truth $DATASET --out no/such/x.hdf5",
  ]

  @Test func aMissingFolderIsRefusedAndNotMade() throws {
    for command in Self.intoMissingFolders {
      let ended = try shell("$PROGRAM \(command)")
      #expect(ended.code == 1, "\(command)")
      #expect(
        ended.errors.hasPrefix("recallbench: cannot write no/such/x.")
          && ended.errors.hasSuffix(": there is no folder no/such; make it or choose another place\n")
          && ended.errors.count { $0 == "\n" } == 1, "\(command): \(ended.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: workspace.path + "/no"))
  }

  @Test(arguments: [3, 8, 16, 63]) func tooFewOpenFilesAreTold(limit: Int) throws {
    let ended = try shell("ulimit -n \(limit); exec $PROGRAM indexes")
    #expect(ended.code == 2 || ended.code == 127, "\(ended)")
    if ended.code == 2 {
      #expect(
        ended.errors
          == "recallbench: this process may have only \(limit) files open at a time; allow 64 with `ulimit -n 64`\n")
    }
  }

  @Test func aLimitOnOpenFilesThatMayBeRaisedIs() throws {
    let ended = try shell(
      "ulimit -Sn 8; $PROGRAM run --dataset $DATASET --index flat --allow-debug --runs 1 --out other --quiet")
    #expect(ended.code == 0 && ended.errors.isEmpty, "\(ended)")
  }

  /// What a file says of itself reaches a terminal written out.
  @Test func controlCharactersOfANameAreWrittenOut() throws {
    let name = "a\u{1B}]0;title\u{7}\u{9B}31m\u{202E}.hdf5"
    let ended = try shell(
      "cp $DATASET $'\(name)'; $PROGRAM datasets show $'\(name)'; $PROGRAM datasets show $'no\(name)'")
    for text in [ended.output, ended.errors] {
      #expect(text.contains("a\\u{1B}]0;title\\u{7}\\u{9B}31m\\u{202E}.hdf5"), "\(text)")
      #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
    }
  }
}
