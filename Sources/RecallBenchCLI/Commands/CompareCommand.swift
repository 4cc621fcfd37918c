import Bench
import Foundation
import Reports

/// `recallbench compare`: compares two runs.
enum CompareCommand: Command {
  static let description = CommandDescription(
    "compare", "show what changed between two runs: recall, speed, latency, build time and memory",
    arguments: ComparisonRequest.arguments,
    options: ComparisonRequest.options + [
      ComparisonRequest.disturbedOption,
      ResultsFolder.option,
      ComparisonRequest.fullOption,
      .format(Exporters.comparison),
      Option("--to", .file("FILE"), "the file to write; standard output when it is not given"),
    ],
    notes: """
      \(ComparisonRequest.references)

      Recall is compared query by query; its interval is a bootstrap over the queries. Speeds are ratios over rounds.
      When both runs were measured interleaved (`run --against`), the rounds are compared in pairs by the signed-rank
      test, and otherwise by the rank-sum test. All intervals are at 95 %.

      Times are not compared between different processors, instruction sets, build configurations or numbers of threads.
      """,
    examples: [
      "compare latest~1 latest --at 0.9,0.95", "compare latest latest --base-index ivf-flat --head-index pq4",
    ])

  static func run(_ arguments: Arguments) throws {
    let exporter = arguments.exporter(Exporters.comparison)
    let comparison = try ComparisonRequest(arguments).comparison()
    try exporter.export(comparison).write(to: arguments.text("--to"))
  }
}

/// The comparison that a command line asks for.
struct ComparisonRequest {
  static let arguments = [
    Argument(.text("BASE"), "the run to compare with"),
    Argument(.text("HEAD"), "the run that is compared"),
  ]

  /// The runs of a command whose arguments are optional.
  static let usualBase = "latest~1"
  static let usualHead = "latest"

  static let options = [
    Option(
      "--at", .number("RECALL", 0...1), given: .list,
      default: Comparison.Options().recalls.map { "\($0)" }.joined(separator: ","),
      "the recalls at which the fronts of the indexes are compared"),
    datasetOption,
    indexOption,
    Option("--base-index", .text("NAME"), "take only this index of BASE, to compare it with another one of HEAD"),
    Option("--head-index", .text("NAME"), "take only this index of HEAD"),
  ]

  static let datasetOption = Option(
    "--dataset", .text("NAME"), given: .list, "take only these datasets, by their names in the results")

  static let indexOption = Option(
    "--index", .text("NAME"), given: .list, "take only these indexes, by their names in the sweep")

  static let disturbedOption = Option(
    "--allow-disturbed", .flag, "also take runs whose measurements a test of this program disturbed on purpose")

  static let fullOption = Option(
    "--full", .flag, "name each cell by its kind and all of its parameters, not only by those in which cells differ")

  static let references = """
    BASE and HEAD are written as latest (the newest run), latest~1 (the one before), a run's number, its tag, its commit, a
    results folder, or FOLDER@ and one of these.
    """

  let base: RunReference
  let head: RunReference
  var options = Comparison.Options()
  private let folder: String
  private let takesDisturbed: Bool
  private let datasets: [String]
  private let indexes: [String]
  private let baseIndex: [String]
  private let headIndex: [String]

  /// - Throws: `UsageError`, `CompareError.reference`.
  init(_ arguments: Arguments) throws {
    let names = arguments.positionals
    base = try RunReference(names.first ?? Self.usualBase)
    head = try RunReference(names.count > 1 ? names[1] : Self.usualHead)
    folder = ResultsFolder.path(arguments)
    takesDisturbed = arguments.has(Self.disturbedOption.name)
    options.recalls = arguments.numbers("--at")
    datasets = arguments.all("--dataset")
    (indexes, baseIndex, headIndex) = (
      arguments.all(Self.indexOption.name), arguments.all("--base-index"), arguments.all("--head-index")
    )
    options.datasets = datasets
    options.namesInFull = arguments.has(Self.fullOption.name)
    options.baseVariants = baseIndex.isEmpty ? indexes : baseIndex
    options.headVariants = headIndex.isEmpty ? indexes : headIndex
  }

  /// Reads both runs.
  ///
  /// - Throws: `CompareError`, `UsageError.unknownName` for a dataset or an index that no run has.
  func runs() throws -> (base: ComparedRun, head: ComparedRun) {
    let (base, head) = (try base.find(in: folder), try head.find(in: folder))
    if !takesDisturbed {
      for run in [base, head] where !run.disturbances.isEmpty {
        throw CompareError.disturbed(folder: run.folder, run: run.run.number, disturbances: run.disturbances)
      }
    }
    let records = base.records + head.records
    try Self.check(datasets, known: records.map(\.dataset.name), option: "--dataset")
    try Self.check(indexes, known: records.map(\.variant), option: Self.indexOption.name)
    try Self.check(baseIndex, known: base.records.map(\.variant), option: "--base-index")
    try Self.check(headIndex, known: head.records.map(\.variant), option: "--head-index")
    return (base, head)
  }

  /// - Throws: `UsageError.unknownName` for a name that is not known.
  static func check(_ names: [String], known: [String], option: String) throws(UsageError) {
    let known = Set(known)
    for name in names where !known.contains(name) {
      throw .unknownName(option: option, name: name, known: known.sorted())
    }
  }

  /// Reads both runs and compares them.
  ///
  /// - Throws: `CompareError`, `UsageError.unknownName`.
  func comparison() throws -> Comparison {
    let (base, head) = try runs()
    return Comparison(base: base, head: head, options: options)
  }
}
