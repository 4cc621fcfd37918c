import Bench
import Files
import Foundation
import Reports

/// `recallbench run --against`: a sweep measured by two programs with interleaved rounds.
struct InterleavedRun {
  static let option = Option(
    "--against", .file("PROGRAM"),
    "also measure with another build of \(ProgramName.current), in turns with this one; 15 rounds unless --runs says otherwise"
  )

  /// The default number of rounds: with it, a slowdown of one cell among a hundred can be detected, see `Gate`.
  static let rounds = 15

  private let runner: PairRunner
  private let report: ProgressReport
  private let start: SweepRunner.Start
  private let tag: String
  private let folder: OutputFolder
  private let isQuiet: Bool

  /// Raises the number of rounds to the default.
  ///
  /// - Throws: `UsageError` for options that cannot be combined with `--against`.
  static func prepare(_ request: inout SweepRequest, _ arguments: Arguments) throws(UsageError) {
    for name in ["--resume", "--in-process", "--keep-index", "--open-index"] where arguments.has(name) {
      throw .conflictingOptions(name, option.name)
    }
    request.atLeast(rounds: rounds, unless: arguments)
  }

  /// - Parameter base: the other program's path.
  /// - Throws: `BenchError.program`, `UsageError.debugBuild`, `LedgerError`.
  init(
    _ plan: SweepPlan, against base: String, folder: OutputFolder, tag: String, arguments: Arguments, isQuiet: Bool
  ) throws {
    runner = try PairRunner(
      plan, ledger: try Ledger(folder: folder.path), base: base,
      head: Provenance.programPath, provenance: .current(commit: arguments.program.commit),
      disturbances: arguments.program.disturbances)
    if runner.baseProvenance.configuration == "debug", !arguments.has(DebugBuild.option.name) {
      throw UsageError.debugBuild
    }
    report = ProgressReport(
      style: isQuiet ? .silent : Console.isInteractive ? .bar : .lines, plan: plan)
    start = arguments.has("--force") ? .force : .new
    self.tag = tag
    self.folder = folder
    self.isQuiet = isQuiet
  }

  /// Measures; at the end the CSV has the rows of the head beside those of earlier runs, and the ledger has both runs.
  ///
  /// - Throws: `IncompleteSweep` when cells were not measured.
  func run() throws {
    let report = report
    let interruption = Interruption { signal in
      report.end()
      Console.error("interrupted; --force begins anew")
      _exit(128 + signal)
    }
    let words = CommandLine.arguments.joined(separator: " ")
    let (base, head) = try withExtendedLifetime(interruption) {
      defer { report.end() }
      return try runner.run(start, command: words, tag: tag) { event in
        switch event {
        case .resuming: break
        case .build(let build, let cells): report.begin(build, cells: cells)
        case .progress(let step, let cell): report.show(step, cell: cell)
        case .recorded(let records): for record in records { report.finish(record) }
        }
      }
    }
    let files = try FolderFiles.write(folder, isQuiet: isQuiet)
    if !isQuiet {
      try Exporters.comparison[0].export(Comparison(base: base, head: head)).write(to: nil)
      Console.note(SweepExporter.remarks(head.records))
      Console.note("results: \(files.results); runs \(base.run.number) and \(head.run.number) of \(folder.path)\n")
    }
    if let problem = IncompleteSweep(base.records + head.records, folder: folder.path) { throw problem }
  }
}
