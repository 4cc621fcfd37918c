import Bench
import Datasets
import VectorIndexes
import YAML

/// What a command line asks to sweep: flags, a sweep file, or a file of which flags replace parts.
struct SweepRequest {
  /// The options that say what to measure.
  static let options =
    [
      Option("--dataset", .text("NAME|FILE"), repeatable: true, DatasetSource.meaning),
      Option("--index", .text("KIND"), repeatable: true, "the kind of index (recallbench indexes); not with a SWEEP"),
      Option(
        "--set", .text("NAME=V1,V2"), repeatable: true,
        "values of a parameter, for each index that has it; lists are a product; not with a SWEEP"),
      Option("-k", .integer("N", 1...65_536), repeatable: true, "neighbours to find, 10 unless said"),
      Option("--runs", .integer("N", 1...1_000), "timed rounds, 3 unless said; the median one is reported"),
      Option("--builds", .integer("N", 1...1_000), "builds of each index from different seeds, 1 unless said"),
      Option("--queries", .integer("N", 1...Int.max), "only the first N queries"),
      DatasetSource.limitOption,
      Option("--batch", .flag, "all queries in one call instead of one a call"),
      Option(
        "--threads", .integer("N", 1...1_024), repeatable: true,
        "searching threads: clients in a closed loop, or slices of the batch; 1 unless said"),
      Option("--build-threads", .integer("N", 1...1_024), "threads that train and insert, all cores unless said"),
      Option("--seed", .text("N"), "where all randomness comes from, \(RunOptions().seed) unless said"),
      Option("--timeout", .text("TIME"), "for a build, and for each round of a cell: 90s, 10m or 2h"),
      Option("--memory", .text("SIZE"), "for a build and its searches: 512MiB or 4GiB"),
      DatasetSource.folderOption,
    ] + WorkloadChoice.options

  /// The argument that names a sweep file.
  static let argument = "[SWEEP]"

  private(set) var sweep: Sweep
  /// Where datasets are found.
  private let source: DatasetSource
  /// What reads them.
  let reader: DatasetReader

  /// - Throws: `UsageError`, for an unknown index or parameter, and for a value that it does not take.
  init(_ arguments: Arguments) throws(UsageError) {
    source = DatasetSource(arguments)
    // Whoever debugs wants no other process.
    reader = DatasetReader(arguments.has("--in-process") ? .here : DatasetSource.readingPlace)
    var sweep = Sweep()
    if let file = arguments.positionals.first {
      for option in ["--index", "--set"] where !arguments.all(option).isEmpty {
        throw .excludedOption(option, by: file)
      }
      do throws(YAMLError) { sweep = try SweepFile.read(path: file, catalog: arguments.program.catalog) } catch {
        throw .sweep(.yaml(error))
      }
    } else {
      let types = try arguments.program.catalog.types(ofKinds: Self.once(arguments.all("--index")))
      guard !types.isEmpty else { throw .missingOption("--index, or a sweep file,") }
      var settings: [Setting] = []
      for text in arguments.all("--set") { settings.append(try Self.setting(text)) }
      do throws(IndexError) {
        sweep.indexes = .variants(try IndexVariant.variants(of: types, settings: settings))
      } catch {
        throw .index(error)
      }
    }
    let datasets = Self.once(arguments.all("--dataset"))
    if !datasets.isEmpty { sweep.datasets = datasets }
    guard !sweep.datasets.isEmpty else { throw .missingOption("--dataset") }
    let ks = Self.once(arguments.integers("-k"))
    if !ks.isEmpty { sweep.ks = ks }
    let threads = Self.once(arguments.integers("--threads"))
    if !threads.isEmpty { sweep.threads = threads }
    sweep.rounds = arguments.integer("--runs") ?? sweep.rounds
    sweep.builds = arguments.integer("--builds") ?? sweep.builds
    sweep.queries = arguments.integer("--queries") ?? sweep.queries
    sweep.rows = arguments.integer(DatasetSource.limitOption.name) ?? sweep.rows
    if arguments.has("--batch") { sweep.modes = [.batch] }
    sweep.buildThreads = arguments.integer("--build-threads") ?? sweep.buildThreads
    sweep.seed =
      try Self.value(arguments, "--seed", RunOptions.seedExpected, RunOptions.seed(parsing:)) ?? sweep.seed
    sweep.limits.seconds =
      try Self.value(arguments, "--timeout", Limits.secondsExpected, Limits.seconds(parsing:)) ?? sweep.limits.seconds
    sweep.limits.memoryBytes =
      try Self.value(arguments, "--memory", Limits.bytesExpected, Limits.bytes(parsing:)) ?? sweep.limits.memoryBytes
    sweep.workload = try WorkloadChoice.asked(arguments, file: sweep.workload)
    self.sweep = sweep
  }

  /// Sees to so many rounds, unless the command line says how many.
  mutating func atLeast(rounds: Int, unless arguments: Arguments) {
    if arguments.integer("--runs") == nil { sweep.rounds = max(sweep.rounds, rounds) }
  }

  /// Has every dataset read and checked once, and plans the cells.
  ///
  /// What is wrong with the request is thus told before anything is measured. A file that is damaged fails the cells on
  /// it and no others, see `SweepDataset.fault`; when nothing else is left, it is refused, too.
  ///
  /// - Parameter begin: gets the name of each dataset before it is read.
  /// - Throws: `PlanError`, `CatalogError`, `ReadingFailure`; `UsageError` for more rows than are affordable.
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
      try DatasetSource.checkWork(of: datasets[datasets.count - 1])
    }
    if let failure = failures.first, failures.count == datasets.count { throw failure }
    do throws(PlanError) { return try SweepPlan(sweep, datasets: datasets) } catch { throw UsageError.sweep(error) }
  }

  /// Reads a dataset of the plan. - Parameter folder: the sweep's.
  func load(_ dataset: SweepDataset, for workload: Workload, folder: String) throws -> Dataset {
    try dataset.load(for: workload, folder: folder)
  }

  /// The values without those that stood before: nothing is measured twice.
  private static func once<Value: Hashable>(_ values: [Value]) -> [Value] {
    var seen: Set<Value> = []
    return values.filter { seen.insert($0).inserted }
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

  private static func value<Value>(
    _ arguments: Arguments, _ option: String, _ expected: String, _ parse: (String) -> Value?
  ) throws(UsageError) -> Value? {
    guard let text = arguments.text(option) else { return nil }
    guard let value = parse(text) else { throw .invalidValue(option: option, value: text, expected: expected) }
    return value
  }
}

/// Which folder a command works in.
enum ResultsFolder {
  static let option = Option("--out", .text("DIR"), default: "reports/latest", "the sweep's folder")

  /// - Throws: `UsageError` for none at all, as an unset variable leaves it: that would mean the root.
  static func path(_ arguments: Arguments) throws(UsageError) -> String {
    let path = arguments.text(option.name) ?? ""
    if path.isEmpty { throw .invalidValue(option: option.name, value: "''", expected: "a folder") }
    return path
  }
}
