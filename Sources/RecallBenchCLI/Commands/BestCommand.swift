import Bench
import Foundation
import Reports

/// `recallbench best`: names the fastest measured setting of each index that reaches a recall within limits.
enum BestCommand: Command {
  static let description = CommandDescription(
    "best", "name the fastest measured setting of each index that reaches a recall within limits",
    arguments: [
      Argument(.folder("FOLDER"), optional: true, "the results folder; reports/latest when it is not given")
    ],
    options: RequirementOptions.all + [
      ComparisonRequest.datasetOption,
      ComparisonRequest.indexOption,
      Option("-k", .integer("N", 1...65_536), given: .list, "take only these numbers of neighbours"),
      Option("--run", .text("RUN"), "take only this run: latest, latest~1, its number, tag or commit"),
      ComparisonRequest.fullOption,
      .format(Exporters.best),
      Option("--to", .file("FILE"), "the file to write; standard output when it is not given"),
    ],
    notes: """
      The command reads all runs of the folder and takes the newest measurement of each cell. A setting reaches the
      recall when the lower end of its 95 % confidence interval does. The table is sorted by speed; it shows the recall,
      the lower end of its interval, the speed of the setting, and the speed that is interpolated on the index's front at
      exactly this recall.

      Ratios of speeds are paired round by round when the rounds were interleaved (`run --interleave`); otherwise the
      rounds are compared as two samples, and the line says that they were measured apart.
      """,
    examples: ["best reports/nightly --recall .95 --p99 1ms --memory 2G", "best --recall .9 --run latest --format md"])

  static func run(_ arguments: Arguments) throws {
    let exporter = arguments.exporter(Exporters.best)
    let folder = arguments.positionals.first ?? ResultsFolder.standard
    let requirement = try RequirementOptions.requirement(arguments)
    let ledger = try Ledger(reading: folder)
    let runs = try arguments.text("--run").map { [try RunReference($0).find(in: folder).run] }
    let latest = try LatestCells(ledger, runs: runs)
    var filter = BestSettings.Filter()
    filter.datasets = arguments.all(ComparisonRequest.datasetOption.name)
    filter.variants = arguments.all(ComparisonRequest.indexOption.name)
    filter.ks = arguments.integers("-k")
    filter.namesInFull = arguments.has(ComparisonRequest.fullOption.name)
    let cells = latest.cells.map(\.measurement)
    try ComparisonRequest.check(
      filter.datasets, known: cells.map(\.dataset.name), option: ComparisonRequest.datasetOption.name)
    try ComparisonRequest.check(
      filter.variants, known: cells.map(\.variant), option: ComparisonRequest.indexOption.name)
    let best = BestSettings(requirement, of: latest, filter: filter)
    try exporter.export(best).write(to: arguments.text("--to"))
  }
}

/// The options for what a setting must reach.
enum RequirementOptions {
  private static let (recall, p99, memory, build) = ("--recall", "--p99", "--memory", "--build")

  static let all = [
    Option(recall, .number("RECALL", 0...1), required: true, "the recall to reach, such as .95"),
    Option(p99, .seconds("TIME"), "the greatest 99th percentile of the time of a query, such as 1ms"),
    Option(
      memory, .bytes("SIZE"),
      "the greatest size of the index, such as 2G; of a library that does not report it, the growth of its process"),
    Option(build, .seconds("TIME"), "the greatest time of building, such as 10min"),
  ]

  /// - Throws: `UsageError.missingOption`.
  static func requirement(_ arguments: Arguments) throws(UsageError) -> Requirement {
    guard let recall = arguments.numbers(recall).first else { throw .missingOption(recall) }
    return Requirement(
      recall: recall, p99Milliseconds: arguments.seconds(p99).map { $0 * 1e3 }, memoryBytes: arguments.bytes(memory),
      buildSeconds: arguments.seconds(build))
  }
}
