import Bench
import Datasets
import Files
import Synchronization
import VectorIndexes
import YAML

/// The sweep that a command line asks for: by options, by a sweep file, or by a file that options change in part.
struct SweepRequest {
  /// The options that define what is measured.
  static let options =
    [
      Option("--dataset", .dataset("NAME|FILE"), given: .list, DatasetSource.meaning),
      Option(
        "--index", .indexKind("KIND"), given: .list,
        "the kinds of index to measure, which `\(ProgramName.current) indexes` lists; beside a SWEEP only if that is a "
          + "module of ann-benchmarks"),
      Option(
        "--plugin", .file("FILE"), given: .repeated,
        "a shared library with indexes, built with recallbench_index.h; --index and sweep files may name its kinds"),
      Option(
        "--set", .setting("NAME=V1,V2"), given: .repeated,
        "the values of a parameter, for each index of --index that has it; all combinations of several parameters are "
          + "measured"),
      Option("-k", .integer("N", 1...65_536), given: .list, "neighbours to find; 10 when it is not given"),
      Option(
        "--runs", .integer("N", 1...1_000),
        "timed rounds of each cell, of which the median one is reported; 3 when it is not given"),
      Option(
        "--builds", .integer("N", 1...1_000), "builds of each index, from different seeds; 1 when it is not given"),
      Option(
        "--interleave", .flag,
        "interleave the rounds of all indexes over a dataset, each in a process of its own that stays until all are done"
      ),
      Option("--queries", .integer("N", 1...Int.max), "use only the first N queries"),
      Option(
        "--limit", .integer("ROWS", 1...Int(Int32.max)),
        "use only the first ROWS vectors; their true neighbours are computed before the run"),
      Option("--batch", .flag, "search all queries in one call, instead of one query in each call"),
      Option(
        "--threads", .integer("N", 1...1_024), given: .list,
        "searching threads; 1 when it is not given. With --batch they divide the queries; without it each is a client "
          + "that sends its next query when the last one is answered"),
      Option(
        "--build-threads", .integer("N", 1...1_024), "threads that train and insert; all cores when it is not given"),
      Option("--seed", .text("N"), "the seed of all randomness; \(RunOptions().seed) when it is not given"),
      Option(
        "--timeout", .seconds("TIME"),
        "the time limit for a build, and for each round of a cell, such as 5min; 2h when it is not given"),
      Option("--memory", .bytes("SIZE"), "the memory limit for the process that builds and searches, such as 4G"),
      DatasetSource.folderOption,
    ] + DatasetOptions.all + WorkloadChoice.options

  /// The option of this name, for another command that has it.
  static func option(_ name: String) -> Option {
    guard let option = options.first(where: { $0.name == name }) else { preconditionFailure("no option \(name)") }
    return option
  }

  /// The argument that names a sweep file.
  static let argument = Argument(
    .file("SWEEP"), optional: true, "a sweep file, which says what is measured; options replace parts of it")

  private(set) var sweep: Sweep
  /// The source of the datasets.
  private let source: DatasetSource
  /// The reader of the datasets.
  let reader: DatasetReader
  /// Where true neighbours that are computed are kept for other runs.
  let cache: String

  /// - Throws: `UsageError` for an unknown index or parameter, and for an invalid value.
  init(_ arguments: Arguments) throws(UsageError) {
    source = DatasetSource(arguments)
    cache = DatasetOptions.cacheFolder(arguments)
    // Whoever debugs wants no other process.
    reader = DatasetReader(arguments.has("--in-process") ? .here : DatasetSource.readingPlace)
    var sweep = Sweep()
    if let file = arguments.positionals.first {
      if DatasetParts.isTable(file) || file.lowercased().hasSuffix(".hdf5") {
        throw .invalidValue(
          option: "SWEEP", value: file, expected: "a sweep file; give vectors by --train, and a dataset by --dataset")
      }
      let subjects = try arguments.subjects()
      do throws(YAMLError) { sweep = try SweepFile.read(path: file, catalog: subjects) } catch {
        throw .sweep(.yaml(error))
      }
      if case .annBenchmarks(let config, _) = sweep.indexes, !arguments.all("--index").isEmpty {
        sweep.indexes = .annBenchmarks(config, beside: try Self.variants(arguments))
      } else if let option = ["--index", "--set"].first(where: { !arguments.all($0).isEmpty }) {
        throw .excludedOption(option, by: file)
      }
    } else {
      guard !arguments.all("--index").isEmpty else { throw .missingOption("--index, or a sweep file,") }
      sweep.indexes = .variants(try Self.variants(arguments))
    }
    let datasets = try DatasetOptions.datasets(arguments)
    if !datasets.isEmpty { sweep.datasets = datasets }
    guard !sweep.datasets.isEmpty else { throw .missingOption("--dataset or --train") }
    let ks = arguments.integers("-k")
    if !ks.isEmpty { sweep.ks = ks }
    let threads = arguments.integers("--threads")
    if !threads.isEmpty { sweep.threads = threads }
    sweep.rounds = arguments.integer("--runs") ?? sweep.rounds
    sweep.builds = arguments.integer("--builds") ?? sweep.builds
    sweep.queries = arguments.integer("--queries") ?? sweep.queries
    sweep.rows = arguments.integer("--limit") ?? sweep.rows
    if arguments.has("--interleave") { sweep.isInterleaved = true }
    if arguments.has("--batch") { sweep.modes = [.batch] }
    sweep.buildThreads = arguments.integer("--build-threads") ?? sweep.buildThreads
    if let text = arguments.text("--seed") { sweep.seed = try Self.seed(text) }
    sweep.limits.seconds = arguments.seconds("--timeout") ?? sweep.limits.seconds
    sweep.limits.memoryBytes = arguments.bytes("--memory") ?? sweep.limits.memoryBytes
    sweep.workload = try WorkloadChoice.asked(arguments, file: sweep.workload)
    self.sweep = sweep
  }

  /// Plans the cells again over datasets that have been read, for machines with another number of processors.
  func plan(over datasets: [SweepDataset], processors: Int) throws -> SweepPlan {
    var sweep = sweep
    sweep.buildThreads = sweep.buildThreads ?? processors
    do throws(PlanError) { return try SweepPlan(sweep, datasets: datasets) } catch { throw UsageError.sweep(error) }
  }

  /// Raises the number of rounds to `rounds`, unless the command line sets it.
  mutating func atLeast(rounds: Int, unless arguments: Arguments) {
    if arguments.integer("--runs") == nil { sweep.rounds = max(sweep.rounds, rounds) }
  }

  /// Reads and checks every dataset once, and plans the cells.
  ///
  /// Mistakes in the request are thus reported before anything is measured. A damaged file makes only the cells on it
  /// fail, see `SweepDataset.fault`; a request in which no other dataset is left is refused.
  ///
  /// - Parameter begin: gets the name of each dataset before it is read.
  /// - Throws: `PlanError`, `CatalogError`, `ReadingFailure`.
  func plan(begin: (_ name: String) -> Void) throws -> SweepPlan {
    var datasets: [SweepDataset] = []
    var failures: [ReadingFailure] = []
    for name in sweep.datasets {
      begin(name)
      let survey = try source.survey(name, rows: sweep.rows, queries: sweep.queries, ks: sweep.ks)
      do throws(ReadingFailure) {
        datasets.append(try reader.survey(survey))
      } catch {
        guard error.cause == .file else { throw error }
        failures.append(error)
        datasets.append(survey.unreadable(error))
      }
    }
    if let failure = failures.first, failures.count == datasets.count { throw failure }
    do throws(PlanError) { return try SweepPlan(sweep, datasets: datasets) } catch { throw UsageError.sweep(error) }
  }

  /// Computes the true neighbours that the plan's datasets lack, and writes them into the results folder.
  ///
  /// - Returns: the plan, in which the cells are marked whose dataset cannot be read.
  /// - Throws: `ReadingFailure` for a failure that has another cause than the file.
  func writingTruth(
    of plan: SweepPlan, folder path: String, line: ProgressLine, isQuiet: Bool
  ) throws -> SweepPlan {
    var plan = plan
    // A workload finds the true neighbours among what is stored by itself.
    for dataset in plan.datasets where dataset.computed != nil && plan.usesWholeTruth {
      let title = "true neighbours of \(dataset.name)"
      line.begin(title)
      let isCached = Atomic(false)
      do throws(ReadingFailure) {
        try reader.writeTruth(of: dataset, folder: path, cache: cache) {
          if case .cached = $0 { isCached.store(true, ordering: .relaxed) }
          line.draw("\(title): \($0.text)")
        }
      } catch {
        guard error.cause == .file else { throw error }
        plan = plan.failing(dataset, error.description)
        continue
      }
      line.end()
      if !isQuiet { Console.note(dataset.summary + (isCached.load(ordering: .relaxed) ? ", from the cache\n" : "\n")) }
    }
    line.end()
    return plan
  }

  /// The indexes of `--index` with the values of `--set`.
  private static func variants(_ arguments: Arguments) throws(UsageError) -> [IndexVariant] {
    let subjects = try arguments.subjects().subjects(ofKinds: arguments.all("--index"))
    var settings: [Setting] = []
    for text in arguments.all("--set") { settings.append(try setting(text)) }
    do throws(IndexError) { return try IndexVariant.variants(of: subjects, settings: settings) } catch {
      throw .index(error)
    }
  }

  /// Reads `nprobe=1,2,4`.
  private static func setting(_ text: String) throws(UsageError) -> Setting {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let values = parts.count == 2 ? parts[1].split(separator: ",", omittingEmptySubsequences: false) : []
    guard !parts[0].isEmpty, !values.isEmpty, values.allSatisfy({ !$0.isEmpty }) else {
      throw .invalidValue(option: "--set", value: text, expected: "a name and its values, like nprobe=1,2,4")
    }
    return Setting(String(parts[0]), values.map(String.init))
  }

  private static func seed(_ text: String) throws(UsageError) -> UInt64 {
    guard let seed = RunOptions.seed(parsing: text) else {
      throw .invalidValue(option: "--seed", value: text, expected: RunOptions.seedExpected)
    }
    return seed
  }
}

/// The folder in which a command finds or writes results.
enum ResultsFolder {
  static let standard = "reports/latest"
  static let option = Option("--out", .folder("DIR"), default: standard, "the folder of the results")

  static func path(_ arguments: Arguments) -> String {
    guard let path = arguments.text(option.name) else { preconditionFailure("\(option.name) has a default") }
    return path
  }
}
