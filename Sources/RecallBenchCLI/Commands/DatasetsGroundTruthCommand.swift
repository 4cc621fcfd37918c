import Bench
import Datasets
import Files
import Foundation
import Reports
import VectorCore
import YAML

/// `recallbench datasets ground-truth`: computes the true neighbours of a dataset's queries and writes a new file.
enum DatasetsGroundTruthCommand: Command {
  static let description = CommandDescription(
    "datasets ground-truth", "compute the true neighbours of the queries and write a new dataset file",
    arguments: [DatasetSource.argument],
    options: [
      Option(
        "--out", .file("FILE"), required: true,
        "the HDF5 file to write, with train, test, neighbors and distances; with --runbook, the folder of its files"),
      Option(
        runbook, .file("RUNBOOK"),
        "compute the true neighbours at every searching step of this runbook, in the files of big-ann-benchmarks"),
      Option(
        check, .flag, "with --runbook: compare the files of the folder with the true neighbours, and write nothing"),
      Option("-k", .integer("N", 1...65_536), default: "100", "neighbours of each query"),
      Option("--metric", .choice("NAME", of: Metric.self), "the metric, instead of that of the file"),
      Option("--limit", .integer("ROWS", 1...Int(Int32.max)), "use only the first ROWS vectors"),
      Option("--queries", .integer("N", 1...Int.max), "use only the first N queries"),
      Option("--threads", .integer("N", 1...1_024), "threads that search; all cores when it is not given"),
      DatasetSource.folderOption,
      Option("--force", .flag, "replace FILE when it exists already"),
      Option("--quiet", .flag, "show no progress and no summary"),
    ] + GroundTruthShards.options,
    notes: """
      The dataset needs only vectors and queries. Equal distances are ordered by row number. A sample of the queries is
      checked with distances in Float64; when they differ by more than rounding explains, nothing is written. The distances
      are computed in Float64, which gives the same bits on every processor.

      With --runbook the folder gets a file for each searching step, such as step12.gt100: numbers of queries and of
      neighbours, tags, distances. One step at a time is in memory. --check compares such files, whoever made them.

      --on slurm divides the rows among jobs of a cluster, and merges what they find to the same file. --rows and --merge do
      the same by hand.
      """,
    examples: [
      "datasets ground-truth mine.yml --out mine.hdf5",
      "datasets ground-truth mine.yml --runbook steps.yaml --out truth",
      "datasets ground-truth photo-sift-20k-128-euclidean \\\n--metric manhattan --limit 10k -k 10 --out manhattan.hdf5",
    ])

  private static let (runbook, check) = ("--runbook", "--check")

  static func run(_ arguments: Arguments) throws {
    if let file = arguments.text(runbook) {
      for option in [GroundTruthShards.rows, GroundTruthShards.merge, GroundTruthShards.shards, ClusterOptions.on]
      where arguments.has(option.name) {
        throw UsageError.conflictingOptions(runbook, option.name)
      }
      return try follow(file, arguments)
    }
    if arguments.has(check) { throw UsageError.missingOption(runbook) }
    if !arguments.has(ClusterOptions.on.name) { _ = try ClusterOptions.request(arguments, results: "") }
    let target = arguments.text("--out") ?? ""
    try NewFile.check(arguments)
    let line = ProgressLine(isShown: !arguments.has("--quiet"))
    defer { line.end() }
    if let shards = try GroundTruthShards(arguments, metric: metric(arguments)) { return try shards.run(line) }
    let dataset = try vectors(arguments, line)
    let k = arguments.integer("-k") ?? 100
    let threads = arguments.integer("--threads") ?? UsableProcessors.count
    guard k <= dataset.train.rows else {
      throw BenchError.tooFewRows(name: dataset.name, rows: dataset.train.rows, k: k)
    }
    let depth = min(k + TruthCandidates.margin, dataset.train.rows)
    let result = try GroundTruthSearch(dataset, k: depth, threads: threads).run { step in
      if case .searching = step { line.draw(step.text) } else { line.begin(step.text) }
    }
    var candidates = TruthCandidates(queries: dataset.test.rows, depth: depth)
    candidates.add(
      result.groundTruth, in: dataset.train, from: 0, queries: dataset.test, metric: dataset.metric, threads: threads)
    try dataset.with(groundTruth: candidates.groundTruth(k: k)).write(to: target)
    line.end()
    if !arguments.has("--quiet") { try Console.print(summary(dataset, result, k: k, target)) }
  }

  private static func metric(_ arguments: Arguments) -> Metric? {
    arguments.text("--metric").flatMap(Metric.init(rawValue:))
  }

  private static func vectors(_ arguments: Arguments, _ line: ProgressLine) throws -> Dataset {
    let metric = metric(arguments)
    line.begin("loading \(arguments.positionals[0])")
    let source = try DatasetSource(arguments).loadVectors(
      arguments.positionals[0], metric: metric, trainRows: arguments.integer("--limit"),
      queries: arguments.integer("--queries"))
    return source.with(metric: metric ?? source.metric)
  }

  /// Writes or checks the true neighbours at the steps of a runbook.
  private static func follow(_ file: String, _ arguments: Arguments) throws {
    let line = ProgressLine(isShown: !arguments.has("--quiet"))
    defer { line.end() }
    let runbooks: RunbookFile
    do throws(YAMLError) { runbooks = try RunbookFile(path: file) } catch { throw UsageError.sweep(.yaml(error)) }
    let dataset = try vectors(arguments, line)
    let (k, folder) = (arguments.integer("-k") ?? 100, arguments.text("--out") ?? "")
    let truth: RunbookTruth
    do throws(RunbookError) {
      truth = try RunbookTruth(
        runbooks.runbook(for: dataset.name), of: dataset, k: k,
        threads: arguments.integer("--threads") ?? UsableProcessors.count)
    } catch {
      throw UsageError.sweep(.workload(.runbook(error)))
    }
    func begin(_ step: Int) { line.draw("true neighbours of step \(step)") }
    let isCheck = arguments.has(check)
    if !isCheck {
      _ = try OutputFolder(creating: folder)
      for file in truth.files(in: folder) { try NewFile.check(file, arguments) }
    }
    let count =
      isCheck
      ? try truth.check(folder, begin: begin)
      : try truth.write(to: folder, begin: begin)
    line.end()
    if !arguments.has("--quiet") {
      try Console.print(
        "\(folder): \(k) neighbours at each of \(count) steps \(isCheck ? "are the true ones" : "written")\n")
    }
  }

  private static func summary(_ dataset: Dataset, _ result: GroundTruthSearch.Result, k: Int, _ target: String)
    -> String
  {
    let queries = dataset.test.rows
    let rate = String(format: "%.0f queries/s", Double(queries) / max(result.searchSeconds, 1e-9))
    return """
      \(target): \(k) neighbours of \(queries) queries among \(dataset.train.rows) rows, \
      \(dataset.metric.rawValue), \(rate); \(result.checkedQueries) queries checked in Float64

      """
  }
}

extension Dataset {
  fileprivate func with(metric: Metric? = nil, groundTruth: GroundTruth? = nil) -> Dataset {
    Dataset(
      name: name, path: path, metric: metric ?? self.metric, train: train, test: test,
      groundTruth: groundTruth ?? self.groundTruth, learn: learn)
  }
}

extension GroundTruthSearch.Step {
  /// How far it is, for people.
  var text: String {
    switch self {
    case .cached: return "from the cache"
    case .indexing(let rows): return "indexing \(rows) rows"
    case .checking(let queries): return "checking \(queries) queries in Float64"
    case .searching(let answered, let queries, let seconds):
      let rate = Double(answered) / max(seconds, 1e-9)
      return String(
        format: "%d of %d queries  %.0f queries/s  %.0f s left", answered, queries, rate,
        Double(queries - answered) / max(rate, 1e-9))
    }
  }
}
