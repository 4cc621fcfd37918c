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
  private let plan: SweepPlan
  private let start: SweepRunner.Start
  private let tag: String
  private let folder: OutputFolder
  private let isQuiet: Bool

  /// Raises the number of rounds to the default.
  ///
  /// - Throws: `UsageError` for options that cannot be combined with `--against`.
  static func prepare(_ request: inout SweepRequest, _ arguments: Arguments) throws(UsageError) {
    for name in ["--in-process", "--keep-index", "--open-index"] where arguments.has(name) {
      throw .conflictingOptions(name, option.name)
    }
    request.atLeast(rounds: rounds, unless: arguments)
  }

  /// Prepares the measurement by both programs.
  ///
  /// - Parameters:
  ///   - base: the other program's path.
  ///   - head: the measured program's path.
  ///   - provenance: the provenance of this program on the machine that measures.
  /// - Throws: `BenchError.program`, `UsageError.debugBuild`.
  static func runner(
    _ plan: SweepPlan, ledger: Ledger, base: String, head: String, provenance: Provenance, _ arguments: Arguments
  ) throws -> PairRunner {
    let runner = try PairRunner(
      plan, ledger: ledger, base: base, head: head, provenance: provenance,
      disturbances: arguments.program.disturbances)
    if runner.baseProvenance.configuration == "debug", !arguments.has(DebugBuild.option.name) {
      throw UsageError.debugBuild
    }
    return runner
  }

  /// - Parameters:
  ///   - base: the other program's path.
  ///   - head: the measured program's path; this program when it is not given.
  ///   - start: what happens to an unfinished run in the folder; what the command line says when it is not given.
  /// - Throws: `BenchError.program`, `UsageError`, `LedgerError`.
  init(
    _ plan: SweepPlan, against base: String, head: String = Provenance.programPath, folder: OutputFolder, tag: String,
    start: SweepRunner.Start? = nil, arguments: Arguments, isQuiet: Bool
  ) throws {
    runner = try Self.runner(
      plan, ledger: try Ledger(folder: folder.path), base: base, head: head,
      provenance: .current(commit: arguments.program.commit), arguments)
    self.plan = plan
    if let start { self.start = start } else { self.start = try SweepRunner.Start(arguments) }
    self.tag = tag
    self.folder = folder
    self.isQuiet = isQuiet
  }

  /// The pairs of runs that the folder already has of the same cells and programs, in order.
  func finished() throws -> [(base: ComparedRun, head: ComparedRun)] { try runner.finished() }

  /// Measures both programs, and shows the progress.
  ///
  /// - Parameter interrupted: what is said after Ctrl-C.
  /// - Returns: both runs, which the ledger has.
  func measure(interrupted: String) throws -> (base: ComparedRun, head: ComparedRun) {
    let report = ProgressReport(style: isQuiet ? .silent : Console.isInteractive ? .bar : .lines, plan: plan)
    let interruption = Interruption { signal in
      report.end()
      Console.error("interrupted; \(interrupted)")
      _exit(128 + signal)
    }
    let words = CommandLine.arguments.joined(separator: " ")
    return try withExtendedLifetime(interruption) {
      defer { report.end() }
      return try runner.run(start, command: words, tag: tag) { event in
        switch event {
        case .resuming(let resumption):
          if !isQuiet { Console.note("\(folder.path): \(resumption.text)\n") }
          report.keep(resumption.kept.count)
        case .build(let build, let cells): report.begin(build, cells: cells)
        case .progress(let step, let cell): report.show(step, cell: cell)
        case .recorded(let records): for record in records { report.finish(record) }
        }
      }
    }
  }

  /// Measures; at the end the CSV has the rows of the head beside those of earlier runs, and the ledger has both runs.
  ///
  /// - Throws: `IncompleteSweep` when cells were not measured.
  func run() throws {
    let (base, head) = try measure(interrupted: "--resume continues")
    try Self.finish(base: base, head: head, folder, isQuiet: isQuiet)
  }

  /// Writes the files of the folder, and compares both runs.
  ///
  /// - Throws: `IncompleteSweep` when cells were not measured.
  static func finish(base: ComparedRun, head: ComparedRun, _ folder: OutputFolder, isQuiet: Bool) throws {
    let files = try FolderFiles.write(folder, isQuiet: isQuiet)
    if !isQuiet {
      try Exporters.comparison[0].export(Comparison(base: base, head: head)).write(to: nil)
      Console.note(SweepExporter.remarks(head.records))
      Console.note("results: \(files.results); runs \(base.run.number) and \(head.run.number) of \(folder.path)\n")
    }
    if let problem = IncompleteSweep(base.records + head.records, folder: folder.path) { throw problem }
  }
}
