import Bench
import Foundation
import Reports

/// `recallbench compare`: two runs side by side.
enum CompareCommand: Command {
  static let description = CommandDescription(
    "compare", "show what changed between two runs: recall, speed, latency, build, memory, whole fronts",
    arguments: ["BASE", "HEAD"],
    options: ComparisonRequest.options + [
      ComparisonRequest.disturbedOption,
      ResultsFolder.option,
      Option("--format", .text("NAME"), default: "text", "text, md or json"),
      Option("--to", .text("FILE"), "where to; standard output without it"),
    ],
    notes: """
      \(ComparisonRequest.references)
      example:
        recallbench compare latest~1 latest
        recallbench compare latest latest --base-index ivf-flat --head-index pq4
      Recall is paired over the queries, its interval is a bootstrap over them. Ratios are over rounds: of runs measured
      interleaved (run --against) pair by pair, by signed ranks; of others by rank sums. Intervals are at 95 %.
      Times are not compared across processors, instruction sets, build configurations or numbers of threads.
      """)

  private enum Format: String, NamedChoice {
    case text, md, json
  }

  static func run(_ arguments: Arguments) throws {
    let format = try Format(arguments)
    let comparison = try ComparisonRequest(arguments).comparison()
    let text =
      switch format {
      case .text: ComparisonExporter.text(comparison)
      case .md: ComparisonExporter.markdown(comparison)
      case .json: JSONExporter.text(comparison)
      }
    try Console.print(text, to: arguments.text("--to"))
  }
}

/// What a command line asks to compare.
struct ComparisonRequest {
  static let options = [
    Option(
      "--at", .text("RECALL"), repeatable: true, "recall at which fronts are compared; .8 .9 .95 .99 .999 unless said"),
    Option("--dataset", .text("NAME"), repeatable: true, "only this dataset, by its name in the results"),
    Option("--index", .text("NAME"), "only this index, by its name in the sweep"),
    Option("--base-index", .text("NAME"), "of BASE only this index: its front beside another index's"),
    Option("--head-index", .text("NAME"), "of HEAD only this index"),
  ]

  static let disturbedOption = Option(
    "--allow-disturbed", .flag, "take runs whose measurements were disturbed by order, as a test of this program does")

  static let references = """
    BASE and HEAD are runs: latest, latest~1, a number, a tag, a commit, a folder, or FOLDER@ one of these.
    """

  let base: RunReference
  let head: RunReference
  var options = Comparison.Options()
  private let folder: String
  private let takesDisturbed: Bool
  private let datasets: [String]
  private let index: [String]
  private let baseIndex: [String]
  private let headIndex: [String]

  /// - Throws: `UsageError`, `CompareError.reference`.
  init(_ arguments: Arguments) throws {
    base = try RunReference(arguments.positionals[0])
    head = try RunReference(arguments.positionals[1])
    folder = try ResultsFolder.path(arguments)
    takesDisturbed = arguments.has(Self.disturbedOption.name)
    let recalls = try arguments.all("--at").map { text in
      guard let recall = Double(text), (0...1).contains(recall) else {
        throw UsageError.invalidValue(option: "--at", value: text, expected: "a recall, 0…1")
      }
      return recall
    }
    if !recalls.isEmpty { options.recalls = recalls }
    datasets = arguments.all("--dataset")
    (index, baseIndex, headIndex) = (
      arguments.all("--index"), arguments.all("--base-index"), arguments.all("--head-index")
    )
    options.datasets = datasets
    options.baseVariant = baseIndex.first ?? index.first
    options.headVariant = headIndex.first ?? index.first
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
    try Self.check(index, known: records.map(\.variant), option: "--index")
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

  /// Reads both runs and compares them. - Throws: `CompareError`, `UsageError.unknownName`.
  func comparison() throws -> Comparison {
    let (base, head) = try runs()
    return Comparison(base: base, head: head, options: options)
  }
}
