import Bench
import Datasets
import Files
import Foundation
import Reports

/// `recallbench run`: measures indexes over datasets; the results go to a ledger, to raw files and to a CSV.
enum RunCommand: Command {
  static let description = CommandDescription(
    "run", "measure indexes over datasets: recall, speed, memory and build time of every combination",
    arguments: [SweepRequest.argument],
    options: SweepRequest.options + [
      ResultsFolder.option,
      RunTag.option,
      Option("--resume", .flag, "continue the last run in the folder; what it has measured is not measured again"),
      Option("--force", .flag, "start a new run, although the last one in the folder is unfinished"),
      InterleavedRun.option,
      Option(
        keepProgram, .flag,
        "keep a copy of the measuring program in the folder, for gate --confirm; each program is kept once"),
      Option("--in-process", .flag, "build and search in this process, for debuggers: no limits and no isolation"),
      Option(
        "--keep-index", .folder("DIR"),
        "keep the files of indexes with storage=lmdb, and of plug-ins that can save, in this folder"),
      Option("--open-index", .folder("DIR"), "build nothing, and measure the indexes that --keep-index has kept there"),
      DebugBuild.option,
      Option("--quiet", .flag, "show no progress and no table"),
    ] + ClusterOptions.all,
    notes: """
      The results are in the folder of --out: report.html for people, results.csv with a row for each cell (one build
      with one search setting), and a ledger with all results, which compare, gate, history and report read. When the folder
      has results of earlier runs, both files have the newest measurement of each cell, so that an index can be added to
      what was measured before.

      SWEEP is a sweep file, which the article Sweeps of the documentation explains, or a config.yml of ann-benchmarks
      together with --dataset. Without a file, --dataset and --index select what is measured.

      Each build has a process of its own. When it crashes, or exceeds a limit of time or memory, that is recorded and
      the sweep continues. An index with storage=lmdb is built in a file, closed, dropped from the system's page cache
      if that is permitted, and opened for reading before it is measured. After Ctrl-C and kill, all finished results
      are kept. The exit code is 1 when cells were not measured.

      --resume continues the last run in the folder with the same command line only: while that run is unfinished,
      another plan, dataset, program, processor or tag is refused. Cells that failed are measured again, and cells that
      were stopped by --timeout, --memory or --walltime when that limit is larger now. When the last run is finished and
      has the same cells, nothing is measured; when it is finished and differs, or when there is none, a new run begins.
      A pair of runs with --against is continued in the same way.

      --on slurm lets jobs of a Slurm cluster measure, one for each build, also with --against: the article Clusters
      explains it.

      --workload drift lets each index grow by tenths of the dataset, in an order in which the distribution of the
      vectors drifts, and searches it after each tenth. An index that must be trained is measured twice: trained on the
      first tenth only, and trained again after each tenth. Every step is a cell.

      --workload ingest trains the base of a memtable on the first half of the dataset and writes the other half while
      --readers search. Each batch is timed from its due time. The workload also measures searches without a writer, and
      searches of the base alone. Recall is computed among the vectors that a search could see. Every phase is a cell.

      --runbook lets each index follow a runbook: rows are inserted, deleted and replaced step by step, and every step that
      searches is a cell. An index that must be trained is measured twice, as by drift. One line gives the mean and the
      worst recall of each index, and its time.

      --rate without another workload sends requests to each index at these rates (--rate 1000..50000: a ladder of them),
      whether or not earlier ones are answered, and counts the time of each request from its due time. --clients answer
      them. Every rate is a cell; one line says which rates were kept.
      """,
    examples: [
      "run --dataset photo-sift-20k-128-euclidean --index flat,ivf-flat \\\n--set nlist=64,256 --set nprobe=1,2,4,8 -k 10,100",
      "run datasets/sweeps/nightly.yml --out reports/tonight \\\n--timeout 10min --resume",
      "run datasets/sweeps/quick.yml --against ../main/\(ProgramName.current)",
      "run --workload ingest --dataset photo-sift-20k-128-euclidean \\\n--index memtable --set nlist=64 --set nprobe=16 --readers 1 --rate 100k",
      "run --dataset photo-sift-20k-128-euclidean --index ivf-pq \\\n--set nprobe=8 --rate 1000..50000 --clients 2",
    ])

  private static let keepProgram = "--keep-program"

  static func run(_ arguments: Arguments) throws {
    try DebugBuild.refuse(unless: arguments)
    var request = try SweepRequest(arguments)
    if arguments.text(InterleavedRun.option.name) != nil { try InterleavedRun.prepare(&request, arguments) }
    let start = try SweepRunner.Start(arguments)
    for limit in ["--timeout", "--memory"] where arguments.has(limit) && arguments.has("--in-process") {
      throw UsageError.conflictingOptions(limit, "--in-process")
    }
    let path = ResultsFolder.path(arguments)
    let tag = try RunTag.name(arguments)
    let isQuiet = arguments.has("--quiet")
    let cluster = try ClusterOptions.request(arguments, results: path).map { cluster throws(UsageError) in
      try ClusterSession(cluster, path: path, start: start, tag: tag, arguments: arguments, isQuiet: isQuiet)
    }
    let line = ProgressLine(isShown: !isQuiet)
    var plan = try request.plan { line.begin("reading \($0)") }
    line.end()
    if !isQuiet { Console.note(SweepExporter.faults(of: plan) + SweepExporter.warnings(of: plan)) }
    let folder = try OutputFolder(creating: path)
    try folder.checkWritable()
    plan = try request.writingTruth(of: plan, folder: path, line: line, isQuiet: isQuiet)
    if arguments.has(keepProgram) {
      let programs = [Provenance.programPath, arguments.text(InterleavedRun.option.name)].compactMap { $0 }
      for program in programs { try KeptPrograms(in: path).keep(program) }
    }
    let base = arguments.text(InterleavedRun.option.name)
    if let cluster {
      switch try cluster.run(against: base, { try request.plan(over: plan.datasets, processors: $0) }) {
      case .run(let records): try finish(records, folder, isQuiet: isQuiet)
      case .pair(let base, let head): try InterleavedRun.finish(base: base, head: head, folder, isQuiet: isQuiet)
      case nil: break
      }
      return
    }
    if let base {
      try InterleavedRun(plan, against: base, folder: folder, tag: tag, arguments: arguments, isQuiet: isQuiet).run()
      return
    }
    let session = try RunSession(
      plan, start, folder: folder, tag: tag, arguments: arguments, isQuiet: isQuiet)
    try finish(try session.run(), folder, isQuiet: isQuiet)
  }

  /// Writes the files of the folder, and says what was measured.
  ///
  /// - Throws: `IncompleteSweep`.
  private static func finish(_ records: [CellRecord], _ folder: OutputFolder, isQuiet: Bool) throws {
    let files = try FolderFiles.write(folder, isQuiet: isQuiet)
    if !isQuiet {
      try Console.print(TableExporter.text(records.compactMap(\.measurement)))
      Console.note(SweepExporter.remarks(records))
      Console.note("results: \(files.results)\nreport: \(files.page)\n")
    }
    if let problem = IncompleteSweep(records, folder: folder.path) { throw problem }
  }
}

/// Some cells of a sweep were not measured.
struct IncompleteSweep: Error, CustomStringConvertible {
  let description: String

  /// - Returns: `nil` when every cell was measured or had to be skipped, and one at least was measured.
  init?(_ records: [CellRecord], folder: String) {
    let isEmpty = records.allSatisfy { $0.status != .ok }
    let missed = records.filter { $0.status != .ok && (isEmpty || $0.status != .skipped) }
    guard let first = missed.first else { return nil }
    description =
      "\(missed.count) of \(records.count) cells could not be measured, the first for this reason: \(first.error); "
      + "\(ProgramName.current) export jsonl --run latest --out \(folder) says why of each"
  }
}

extension IndexFiles {
  /// - Returns: `nil` when neither option is given.
  /// - Throws: `UsageError`, also when an index of the plan lives in memory; `ReportError` when the folder for kept
  ///   indexes cannot be created.
  fileprivate static func asked(_ arguments: Arguments, for plan: SweepPlan) throws -> IndexFiles? {
    let (keep, open) = (arguments.text("--keep-index"), arguments.text("--open-index"))
    guard let folder = keep ?? open else { return nil }
    func refused(_ expected: String) -> UsageError {
      .invalidValue(
        option: keep == nil ? "--open-index" : "--keep-index", value: folder, expected: expected)
    }
    if keep != nil, open != nil { throw refused("no --open-index beside it") }
    if let build = plan.builds.first(where: { !$0.canBeKept }) {
      throw refused(
        "indexes in files; \(build.label) lives in memory: use storage=lmdb with an index that has it, or a plug-in that "
          + "has save and open")
    }
    guard let keep else { return .open(folder: folder) }
    return .keep(folder: try OutputFolder(creating: keep).path)
  }
}

extension SweepRunner.Start {
  /// What `--resume` and `--force` ask for.
  ///
  /// - Throws: `UsageError.conflictingOptions` when both are given.
  init(_ arguments: Arguments) throws(UsageError) {
    let (resumes, forces) = (arguments.has("--resume"), arguments.has("--force"))
    if resumes, forces { throw .conflictingOptions("--resume", "--force") }
    self = forces ? .force : resumes ? .resume : .new
  }
}

/// The tag of a run, by which other commands find it.
enum RunTag {
  static let option = Option("--tag", .text("NAME"), "a name for this run, for compare, gate and history")

  /// - Throws: `UsageError` for a tag that would be read as another kind of reference.
  static func name(_ arguments: Arguments) throws(UsageError) -> String {
    guard let tag = arguments.text(option.name) else { return "" }
    guard RunReference.isTag(tag) else {
      throw .invalidValue(
        option: option.name, value: tag, expected: "letters, digits, '-', '_' and '.', not digits alone, not latest")
    }
    return tag
  }
}

/// Refuses to measure with a debug build unless `--allow-debug` is given, because its figures mean nothing.
enum DebugBuild {
  static let option = Option(
    "--allow-debug", .flag, "measure although this is a debug build, whose figures mean nothing")

  /// - Throws: `UsageError.debugBuild`.
  static func refuse(unless arguments: Arguments) throws(UsageError) {
    if Provenance.isDebugBuild, !arguments.has(option.name) { throw .debugBuild }
  }
}

/// A sweep in progress: the runner, the files it writes, and its progress report.
private struct RunSession {
  private let results: ResultsFile
  private let runner: SweepRunner
  private let report: ProgressReport
  private let start: SweepRunner.Start
  private let isInProcess: Bool
  private let isQuiet: Bool
  private let tag: String
  private let ledger: Ledger
  /// Whether faults are injected into the run, for tests of this program.
  private let isDisturbed: Bool

  init(
    _ plan: SweepPlan, _ start: SweepRunner.Start, folder: OutputFolder, tag: String, arguments: Arguments,
    isQuiet: Bool
  ) throws {
    self.isQuiet = isQuiet
    results = ResultsFile(in: folder)
    isInProcess = arguments.has("--in-process")
    self.tag = tag
    self.start = start
    report = ProgressReport(
      style: isQuiet ? .silent : Console.isInteractive ? .bar : .lines, plan: plan)
    let supervisor = Supervisor(
      isInProcess ? .here : .children(program: Provenance.programPath),
      files: try IndexFiles.asked(arguments, for: plan))
    ledger = try Ledger(folder: folder.path)
    isDisturbed = !arguments.program.disturbances.isEmpty
    runner = SweepRunner(
      plan, ledger: ledger, supervisor: supervisor, provenance: .current(commit: arguments.program.commit),
      disturbances: arguments.program.disturbances)
  }

  /// Measures; the rows of each build are written to the CSV as soon as its cells have ended.
  func run() throws -> [CellRecord] {
    let (results, report) = (results, report)
    let interruption = Interruption { signal in
      results.end { rows in
        report.end()
        Leftovers.removeOwn()
        let written =
          rows == 0 ? "nothing written" : "\(results.path) has the \(rows) measured \(rows == 1 ? "cell" : "cells")"
        Console.error("interrupted; \(written); --resume continues")
        _exit(128 + signal)
      }
    }
    defer { withExtendedLifetime(interruption) { report.end() } }
    let order = Dictionary(uniqueKeysWithValues: runner.keys.joined().enumerated().map { ($1, $0) })
    let before = try LatestCells(ledger, takesDisturbed: isDisturbed)
    var measured: [CellRecord] = []
    var number: Int?
    func write() throws {
      if number == nil { number = try ledger.lastRun()?.number }
      let ordered = measured.sorted { order[$0.key] ?? 0 < order[$1.key] ?? 0 }
      let rows = before.adding(ordered, run: number ?? 1).onSameQueries().cells.map(\.measurement)
      if !rows.isEmpty { try results.write(rows) }
    }
    var failure: (any Error)?
    let words = CommandLine.arguments.joined(separator: " ")
    func note(_ event: SweepRunner.Event) {
      switch event {
      case .resuming(let resumption):
        if !isQuiet { Console.note("\(ledger.folder): \(resumption.text)\n") }
        measured += resumption.kept
        do { try write() } catch { failure = failure ?? error }
        report.keep(resumption.kept.count)
      case .build(let build, let cells): report.begin(build, cells: cells)
      case .progress(let step, let cell): report.show(step, cell: cell)
      case .recorded(let records):
        measured += records
        for record in records { report.finish(record) }
        do { try write() } catch { failure = failure ?? error }
      }
    }
    var load: ((SweepDataset) throws -> Dataset)?
    if isInProcess { load = { try $0.load(folder: ledger.folder, withTruth: runner.plan.usesWholeTruth) } }
    let records = try runner.run(start, command: words, tag: tag, load: load, report: note)
    if let failure { throw failure }
    return records
  }
}

extension SweepRunner.Resumption {
  /// The state of the run that is resumed, for people.
  var text: String {
    switch self {
    case .continued(let run, _): "run \(run) is continued"
    case .finished(let run, _):
      "run \(run) is finished, nothing is measured; leave --resume out to measure it again"
    case .nothing: "there is no run to resume, so a new run begins"
    }
  }

  /// The cells that are already measured.
  var kept: [CellRecord] {
    switch self {
    case .continued(_, let records), .finished(_, let records): records
    case .nothing: []
    }
  }
}
