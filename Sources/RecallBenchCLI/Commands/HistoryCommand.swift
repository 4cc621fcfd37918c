import Bench
import Files
import Foundation
import Reports

/// `recallbench history`: shows a figure from run to run, and the runs at which it changed.
enum HistoryCommand: Command {
  static let description = CommandDescription(
    "history", "show a figure from run to run, with the commits at which it changed",
    options: [
      Option("--metric", .text("NAME"), default: "qps@recall=0.95", "the figure: \(HistoryMetric.expected)"),
      ComparisonRequest.indexOption,
      ComparisonRequest.datasetOption,
      Option("--last", .integer("N", 1...1_000_000), "show only the newest N runs"),
      Option("--runs", .flag, "list the runs instead: number, tag, commit, cells and command"),
      Option(all, .flag, "list every run of each series, and not only those with something to say"),
      ResultsFolder.option,
      ComparisonRequest.fullOption,
      .format(Exporters.history),
      Option("--to", .file("FILE"), "the file to write; standard output when it is not given"),
    ],
    notes: """
      A figure without a recall is shown for each cell. A figure at a recall is that of the index's front at this
      recall; it is interpolated between cells, never extrapolated.

      The changes come first, the worst on top: an index that changed in many cells at once is one change. Steps of the
      mean are found by PELT (Killick et al., 2012) in series of \(History.leastRuns) runs or more, changes of the spread
      and smaller steps by E-divisive (Matteson and James, 2014). Runs on another processor, or with another instruction
      set, build configuration or dataset, are not compared with earlier ones.
      """,
    examples: ["history --out reports/nightly --metric qps@recall=0.95", "history --runs"])

  private static let all = "--all"

  static func run(_ arguments: Arguments) throws {
    let exporter = arguments.exporter(Exporters.history)
    let metric = try HistoryMetric(named: arguments.text("--metric") ?? "", option: "--metric")
    let folder = ResultsFolder.path(arguments)
    let ledger = try Ledger(reading: folder)
    if arguments.has("--runs") {
      try Console.print(RunListExporter.text(try ledger.runs()))
      return
    }
    var filter = History.Filter()
    filter.indexes = arguments.all(ComparisonRequest.indexOption.name)
    filter.datasets = arguments.all("--dataset")
    filter.runs = arguments.integer("--last")
    filter.namesInFull = arguments.has(ComparisonRequest.fullOption.name)
    let history = try History(metric, of: ledger, filter: filter)
    try ComparisonRequest.check(filter.datasets, known: history.knownDatasets, option: "--dataset")
    try ComparisonRequest.check(
      filter.indexes, known: history.knownIndexes, option: ComparisonRequest.indexOption.name)
    for (runs, reason) in [
      (history.unfinishedRuns, "did not come to their end"), (history.disturbedRuns, "have injected faults"),
    ] where !runs.isEmpty {
      let numbers = runs.map(String.init).joined(separator: ", ")
      Console.note("left out, since they \(reason): run \(numbers)\n")
    }
    guard !history.series.isEmpty else { throw NoHistory(folder: folder) }
    let table = arguments.has(all) ? Exporters.historyRuns.first { $0.format == exporter.format } : nil
    let exported = try table.map { try $0.export(HistoryRuns(history)) } ?? exporter.export(history)
    try exported.write(to: arguments.text("--to"))
  }
}

extension HistoryMetric {
  /// - Throws: `UsageError.invalidValue`, which lists the valid names.
  init(named name: String, option: String) throws(UsageError) {
    guard let metric = HistoryMetric(parsing: name) else {
      throw .invalidValue(option: option, value: name, expected: Self.expected)
    }
    self = metric
  }
}

/// No finished run has measured the requested figure within the filters.
struct NoHistory: Error, CustomStringConvertible {
  let folder: String

  var description: String {
    "\(folder): no finished run has measured that; \(ProgramName.current) history --runs --out \(folder) lists the runs"
  }
}
