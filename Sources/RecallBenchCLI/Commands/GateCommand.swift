import Bench
import Files
import Foundation
import Reports
import YAML

/// `recallbench gate`: whether a run is worse than another by more than is tolerated.
enum GateCommand: Command {
  static let description = CommandDescription(
    "gate", "tell by the exit code whether a run is worse than another by more than gate.yml tolerates",
    arguments: ["BASE", "HEAD"],
    options: [
      Option("--config", .text("FILE"), "tolerances; without it 0.1 points of recall, 5% of qps, 1% of index_bytes"),
      Option("--dataset", .text("NAME"), repeatable: true, "only this dataset, by its name in the results"),
      Option("--index", .text("NAME"), "only this index, by its name in the sweep"),
      ComparisonRequest.disturbedOption,
      ResultsFolder.option,
      Option("--fail-on-improvement", .flag, "end with 4 where something got better by more than its tolerance"),
      Option("--format", .text("NAME"), default: "text", "of what is printed: text, md, junit or json"),
      Option("--md", .text("FILE"), "write Markdown for a pull request too"),
      Option("--junit", .text("FILE"), "write JUnit XML for CI too"),
      Option("--json", .text("FILE"), "write JSON for programs too"),
    ],
    notes: """
      \(ComparisonRequest.references)
      The code is 0 without a regression, 3 with one or where the head did not measure a cell, 4 for an improvement where
      asked, 5 where figures must not be compared, 6 without enough data (1 failed, 2 wrong usage).
      example:
        recallbench run datasets/sweeps/quick.yml --against ../main/.build/release/recallbench
        recallbench gate latest~1 latest --config datasets/gate.yml
      The articles of the documentation say more: Nightly about gate.yml and how it is decided, Comparing about git bisect.
      """)

  private enum Format: String, NamedChoice {
    case text, md, junit, json

    func text(_ report: GateReport) -> String {
      switch self {
      case .text: GateExporter.text(report)
      case .md: GateExporter.markdown(report)
      case .junit: GateExporter.junit(report)
      case .json: JSONExporter.text(report)
      }
    }
  }

  static func run(_ arguments: Arguments) throws {
    let format = try Format(arguments)
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
      // Rounds that took turns are not replaced by those of another night.
      if !head.isInterleaved(with: base) {
        base = try base.completed(for: head, length: configuration.historyLength)
      }
    } catch { throw CompareError.ledger(error) }
    let comparison = Comparison(base: base, head: head, options: request.options)
    let report = Gate(configuration, comparison, noise: noise).judge()
    for (option, format) in [("--md", Format.md), ("--junit", .junit), ("--json", .json)] {
      if let path = arguments.text(option) { try OutputFile(path).write(format.text(report)) }
    }
    switch format {
    case .text: try Console.print(format.text(report))
    case .md, .junit, .json: try Console.print(format.text(report), to: nil)
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

/// The gate said all there is to say; what is left is the code.
struct GateFailure: Error {
  let code: RecallBench.ExitCode
}
