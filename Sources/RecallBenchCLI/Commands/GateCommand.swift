import Bench
import Files
import Foundation
import Reports
import YAML

/// `recallbench gate`: decides whether a run is worse than another one by more than the tolerances.
enum GateCommand: Command {
  static let description = CommandDescription(
    "gate", "decide by the exit code whether a run is worse than another by more than the tolerances",
    arguments: ComparisonRequest.arguments,
    options: [
      Option(
        "--config", .file("FILE"),
        "the file with the tolerances; 0.1 points of recall, 5% of qps and 1% of index_bytes when it is not given"),
      ComparisonRequest.datasetOption,
      ComparisonRequest.indexOption,
      ComparisonRequest.disturbedOption,
      ResultsFolder.option,
      Option(all, .flag, "also show every check, those that passed, too; junit and json always have all of them"),
      Option("--fail-on-improvement", .flag, "end with 4 when something is better by more than its tolerance"),
      ComparisonRequest.fullOption,
      .format(Exporters.gate),
    ] + files.map { Option("--\($0.format)", .file("FILE"), "also write \($0.meaning)") },
    notes: """
      \(ComparisonRequest.references)

      The exit code is 0 without a regression; 3 with one, or when HEAD did not measure a cell; 4 with an improvement,
      with --fail-on-improvement; 5 when figures must not be compared; 6 without enough data for a verdict. As for all
      commands, 1 is a failure and 2 is wrong usage.

      The article Nightly of the documentation explains gate.yml and how the verdict is reached; the article Comparing
      explains how to use the gate with git bisect.
      """,
    examples: [
      "run datasets/sweeps/quick.yml --against ../main/\(ProgramName.current)",
      "gate latest~1 latest --config datasets/gate.yml",
    ])

  private static let all = "--all"

  /// The formats that can be written to a file in addition to the printed one.
  private static let files = Exporters.gate.dropFirst()

  static func run(_ arguments: Arguments) throws {
    let exporter = arguments.exporter(Exporters.gate)
    var configuration = GateConfiguration()
    if let path = arguments.text("--config") {
      do throws(YAMLError) { configuration = try .read(path: path) } catch { throw UsageError.sweep(.yaml(error)) }
    }
    var request = try ComparisonRequest(arguments)
    request.options.recalls = configuration.recalls
    var (base, head) = try request.runs()
    let noise: NoiseFloor
    do throws(LedgerError) {
      noise = try NoiseFloor(of: base, length: configuration.historyLength)
      // Interleaved rounds are compared with each other only, so cells of other nights do not replace them.
      if !head.isInterleaved(with: base) {
        base = try base.completed(for: head, length: configuration.historyLength)
      }
    } catch { throw CompareError.ledger(error) }
    let comparison = Comparison(base: base, head: head, options: request.options)
    let report = Gate(configuration, comparison, noise: noise).judge()
    for file in files {
      if let path = arguments.text("--\(file.format)") { try file.export(report).write(to: path) }
    }
    try exporter.export(report).write(to: nil)
    if arguments.has(all), let table = Exporters.gateChecks.first(where: { $0.format == exporter.format }) {
      try table.export(GateChecks(report)).write(to: nil)
    }
    let code: RecallBench.ExitCode =
      switch report.verdict {
      case .passed: .success
      case .regression: .regression
      case .improvement: arguments.has("--fail-on-improvement") ? .improvement : .success
      case .incomparable: .incomparable
      case .insufficient: .insufficient
      }
    if code != .success { throw GateFailure(code: code) }
  }
}

/// The gate has failed and has printed its report; only the exit code is left to set.
struct GateFailure: Error {
  let code: RecallBench.ExitCode
}
