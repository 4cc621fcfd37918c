import Bench
import Files
import Foundation
import Reports
import Synchronization
import VectorIndexes

/// `recallbench tune`: looks for the fastest setting of each index that reaches a recall within limits.
enum TuneCommand: Command {
  private static let minutes = "--minutes"
  private static let resume = "--resume"

  static let description = CommandDescription(
    "tune", "look for the fastest setting of each index that reaches a recall within limits",
    options: [
      Option("--dataset", .dataset("NAME|FILE"), DatasetSource.meaning),
      SweepRequest.option("--index"), SweepRequest.option("--plugin"),
    ] + RequirementOptions.all + [
      Option(minutes, .number("MINUTES", 0.01...100_000), default: "15", "the time in which the search ends"),
      Option(
        "--set", .setting("NAME=V1,V2"), given: .repeated,
        "restrict a parameter to these values, for each index that has it; one value sets it"),
      Option("-k", .integer("N", 1...65_536), "neighbours to find; 10 when it is not given"),
      Option(
        "--runs", .integer("N", 1...1_000), "timed rounds of a setting over all queries; 3 when it is not given"),
      SweepRequest.option("--queries"), SweepRequest.option("--limit"), SweepRequest.option("--batch"),
      Option("--threads", .integer("N", 1...1_024), "searching threads; 1 when it is not given"),
      SweepRequest.option("--build-threads"), SweepRequest.option("--seed"), DatasetSource.folderOption,
    ] + DatasetOptions.all + [
      ResultsFolder.option,
      RunTag.option,
      Option(
        resume, .flag,
        "continue the last run in the folder, begun by the same command line; the time begins anew"),
      Option("--force", .flag, "start a new run, although the last one in the folder is unfinished"),
      DebugBuild.option,
      Option("--quiet", .flag, "show no progress"),
    ],
    notes: """
      A setting reaches the recall when the lower end of its 95 % confidence interval does. The declaration of an index
      says which of its parameters are varied, and over which values; --set restricts them, and adds others.

      Builds are compared by successive halving: first over a part of the rows, the best of them over more, and two over
      all rows. Within a build, a search parameter with which recall rises, such as nprobe or ef, is bisected for each
      value of the others, on a part of the queries. The best settings are measured on all queries and recorded in the
      folder's ledger, so that report, compare and best work on it. At the end the best builds of the indexes are
      measured once more with interleaved rounds.

      A build that exceeds --build, or whose process takes more than --memory beyond twice the dataset and 1 GiB, is stopped.
      When no setting reaches the recall, the exit code is 1.
      """,
    examples: [
      "tune --dataset photo-sift-20k-128-euclidean \\\n--index ivf-pq,ivf-flat --recall .95 --p99 1ms --minutes 5",
      "tune --dataset photo-sift-20k-128-euclidean --index fractal \\\n--recall .9 --set nbits=4 --set max_leaf=250,500",
    ])

  static func run(_ arguments: Arguments) throws {
    try DebugBuild.refuse(unless: arguments)
    let start = try SweepRunner.Start(arguments)
    let requirement = try RequirementOptions.requirement(arguments)
    let sweepRequest = try SweepRequest(arguments)
    let sweep = sweepRequest.sweep
    guard case .variants(let variants) = sweep.indexes else { return }
    let path = ResultsFolder.path(arguments)
    let tag = try RunTag.name(arguments)
    let isQuiet = arguments.has("--quiet")
    let line = ProgressLine(isShown: !isQuiet)
    var plan = try sweepRequest.plan { line.begin("reading \($0)") }
    line.end()
    var options = RunOptions()
    (options.k, options.rounds, options.mode) = (sweep.ks[0], sweep.rounds, sweep.modes[0])
    (options.threads, options.buildThreads, options.seed) = (sweep.threads[0], sweep.usedBuildThreads, sweep.seed)
    let seconds = 60 * (arguments.numbers(minutes).first ?? 0)
    func request(_ dataset: SweepDataset) throws(UsageError) -> TuneRequest {
      do throws(TuneError) {
        return try TuneRequest(
          dataset, variants: variants, requirement: requirement, options: options, seconds: seconds)
      } catch {
        throw .tuning(error)
      }
    }
    // Mistakes are told before the true neighbours are computed.
    _ = try request(plan.datasets[0])
    if !isQuiet { Console.note(SweepExporter.warnings(of: plan)) }
    let folder = try OutputFolder(creating: path)
    try folder.checkWritable()
    plan = try sweepRequest.writingTruth(of: plan, folder: path, line: line, isQuiet: isQuiet)
    if let fault = plan.datasets[0].fault { throw UnreadableDatasets(first: fault, count: 1) }
    let ledger = try Ledger(folder: folder.path)
    let tuner = Tuner(
      try request(plan.datasets[0]), ledger: ledger, program: Provenance.programPath,
      provenance: .current(commit: arguments.program.commit), disturbances: arguments.program.disturbances)
    let interruption = Interruption { signal in
      line.end()
      Leftovers.removeOwn()
      Console.error("interrupted; what is measured is kept, and \(resume) continues")
      _exit(128 + signal)
    }
    let words = CommandLine.arguments.filter { $0 != resume }.joined(separator: " ")
    let progress = TuneProgress(line: line)
    let outcome = try withExtendedLifetime(interruption) {
      try tuner.run(start, command: words, tag: tag) { progress.show($0) }
    }
    line.end()
    try FolderFiles.write(folder, isQuiet: isQuiet)
    try Console.print(TuneExporter.text(outcome))
    guard outcome.best.groups.contains(where: { !$0.reached.isEmpty }) else {
      throw NothingReached(requirement: requirement)
    }
  }
}

/// No setting that was measured meets the requirement.
private struct NothingReached: Error, CustomStringConvertible {
  let requirement: Requirement

  var description: String {
    "no setting was found with a \(requirement.words); allow more --minutes, add indexes, or ask for less"
  }
}

/// The progress of a search for the best settings, with what is best so far.
private final class TuneProgress: Sendable {
  private let line: ProgressLine
  private let best = Mutex("")

  init(line: ProgressLine) { self.line = line }

  func show(_ event: TuneEvent) {
    switch event {
    case .trial(let index, let label, let rows, let number, let count):
      line.begin("\(index): \(number)/\(count) over \(rows) rows, \(label)\(suffix)")
    case .building(let index, let label): line.begin("\(index): over all rows, \(label)\(suffix)")
    case .probing(let index, let label): line.draw("\(index): \(label)\(suffix)")
    case .comparing(let settings): line.begin("comparing \(settings) settings in turns\(suffix)")
    case .recorded(let record, let isBest):
      guard isBest, let measurement = record.measurement else { return }
      let speed = String(format: "%.0f queries/s", measurement.speed.queriesPerSecond)
      let recall = String(format: "recall %.4f", measurement.quality.recall)
      best.withLock { $0 = "; best so far \(record.planned.cell.changedLabel): \(recall), \(speed)" }
      line.begin("\(record.planned.cell.changedLabel): \(recall), \(speed)")
    }
  }

  private var suffix: String { best.withLock { $0 } }
}
