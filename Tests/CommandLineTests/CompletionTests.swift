import Foundation
import Testing

@testable import RecallBenchCLI

/// What the Tab key offers.
@Suite struct CompletionTests {
  private func offered(_ words: String...) -> [String] {
    let completion = Completion(typed: words, subjects: RecallBench.Program().subjects.subjects)
    return completion.candidates.map(\.text) + completion.paths.map { ":\($0)" }
  }

  @Test func commands() {
    #expect(offered("ga") == ["gate"])
    #expect(offered("da") == ["datasets"])
    #expect(offered("--v") == ["--version"])
    #expect(offered("datasets", "") == ["list", "show", "fetch", "check", "convert", "ground-truth", "make"])
    #expect(offered("datasets", "c") == ["check", "convert"])
    #expect(offered("help", "datasets", "fe") == ["fetch"] && offered("help", "expo") == ["export"])
    #expect(offered("nonsense", "") == [])
  }

  @Test func optionsThatCanStillBeGiven() {
    #expect(offered("run", "--re") == ["--readers", "--resume"])
    #expect(offered("run", "--resume", "--res") == [])
    #expect(offered("run", "--set", "nlist=4", "--seed", "1", "--se") == ["--set"])
    #expect(offered("run", "--index", "flat", "--ind") == ["--index"])
    #expect(offered("doctor", "") == ["--help"])
    #expect(offered("run", "--", "re") == [":files"])
  }

  @Test func valuesThatAreChoices() {
    #expect(offered("history", "--format", "") == ["text", "csv", "json"])
    #expect(offered("history", "--format=c") == ["--format=csv"])
    #expect(offered("run", "--workload", "i") == ["ingest"])
    #expect(offered("export", "") == ["csv", "jsonl", "parquet", "latex", "ann-benchmarks"])
    #expect(offered("completions", "z") == ["zsh"])
  }

  @Test func kindsParametersAndDatasets() {
    #expect(offered("run", "--index", "ivf") == ["ivf-flat", "ivf-pq"])
    #expect(offered("run", "--set", "nprob") == ["nprobe="])
    #expect(
      offered("run", "--dataset", "glove-2") == ["glove-25-angular", "glove-200-angular", "glove-200-cosine", ":files"])
    #expect(offered("datasets", "show", "photo") == ["photo-sift-20k-128-euclidean", ":files"])
  }

  /// Within a list the values before the comma stay, and are not offered again.
  @Test func listsGoOnAfterAComma() {
    #expect(offered("run", "--index", "flat,ivf") == ["flat,ivf-flat", "flat,ivf-pq"])
    #expect(offered("run", "--index", "ivf-pq,ivf") == ["ivf-pq,ivf-flat"])
    #expect(offered("run", "--index=flat,me") == ["--index=flat,memtable"])
    #expect(offered("run", "--dataset", "mine.hdf5,glove-25") == ["mine.hdf5,glove-25-angular"])
  }

  @Test func pathsAreTheShells() {
    #expect(offered("run", "--out", "re") == [":folders"])
    #expect(offered("gate", "--config", "") == [":files"])
    #expect(offered("plan", "") == [":files"])
  }

  @Test func meaningsFollowATab() {
    #expect(
      Completion(typed: ["export", "--rec"], subjects: RecallBench.Program().subjects.subjects).text
        == "--recompute\tcompute all figures again from the raw results and the datasets\n")
    #expect(
      Completion(typed: ["run", "--out", ""], subjects: RecallBench.Program().subjects.subjects).text == ":folders\n")
  }

  // MARK: - Bash itself

  /// Somebody types into an interactive bash and presses Tab; the words that bash then runs are those that were meant.
  ///
  /// `script` of util-linux is the terminal.
  @Test(
    .enabled(if: ["/bin/bash", "/usr/bin/script"].allSatisfy(FileManager.default.isExecutableFile(atPath:))))
  func bashCompletes() throws {
    let typed = [
      ("dat\tfe\tglove-25\t", "<datasets><fetch><glove-25-angular>"),
      ("ind\t--ind\tflat,ivf-p\t", "<indexes><--index><flat,ivf-pq>"),
      ("history --form\tcs\t--runs", "<history><--format><csv><--runs>"),
      ("history --format=cs\t--runs", "<history><--format=csv><--runs>"),
      ("run --set nprob\t4", "<run><--set><nprobe=4>"),
      ("plan swe\t--cel\t", "<plan><sweep of mine.yml><--cells>"),
      ("run --out a\t", "<run><--out><a folder/>"),
      ("gate lat nonsense\t", "<gate><lat><nonsense>"),
    ]
    #expect(try words(runAfterTyping: typed.map(\.0)) == typed.map(\.1))
  }

  /// - Returns: the words after the program's name of each line that bash has run.
  private func words(runAfterTyping lines: [String]) throws -> [String] {
    let workspace = try Workspace()
    let bin = workspace.path + "/bin"
    for folder in ["bin", "a folder"] {
      try FileManager.default.createDirectory(atPath: "\(workspace.path)/\(folder)", withIntermediateDirectories: false)
    }
    try FileManager.default.createSymbolicLink(
      atPath: bin + "/recallbench", withDestinationPath: Workspace.program().path(percentEncoded: false))
    try Data().write(to: URL(filePath: workspace.path + "/sweep of mine.yml"))
    let terminal = Process()
    terminal.executableURL = URL(filePath: "/usr/bin/script")
    terminal.arguments = ["-qec", "bash --norc --noprofile -i", "/dev/null"]
    terminal.currentDirectoryURL = URL(filePath: workspace.path)
    terminal.environment = ProcessInfo.processInfo.environment.merging(
      ["PATH": "\(bin):/usr/bin:/bin", "TERM": "dumb", "HOME": workspace.path, "SHELL": "/bin/bash"]
    ) { $1 }
    let (keyboard, screen) = (Pipe(), Pipe())
    (terminal.standardInput, terminal.standardOutput, terminal.standardError) = (keyboard, screen, screen)
    try terminal.run()
    // A function stands for the program, except where the completion asks it, so that the words are seen as bash has them.
    let preparation = [
      "source <(recallbench completions bash)",
      #"recallbench() { case $1 in --complete) command recallbench "$@";; *) printf '<%s>' "$@"; echo; esac; }"#,
    ]
    let script = preparation + lines.map { "recallbench \($0) >> out" } + ["exit"]
    try keyboard.fileHandleForWriting.write(contentsOf: Data((script.joined(separator: "\n") + "\n").utf8))
    let shown = String(decoding: screen.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    terminal.waitUntilExit()
    let out = workspace.path + "/out"
    try #require(FileManager.default.fileExists(atPath: out), "\(shown)")
    let text = try String(contentsOfFile: out, encoding: .utf8)
    return text.split(separator: "\n").map(String.init)
  }
}
