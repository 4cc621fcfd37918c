import Bench
import Files
import Foundation
import Reports
import YAML

/// `recallbench gate`: whether a run is worse than another by more than is tolerated.
enum GateCommand: Command {
  static let description = CommandDescription(
    "gate", "tell by the exit code whether a run is worse than another by more than is tolerated",
    arguments: ComparisonRequest.arguments,
    options: [
      Option(
        "--config", .file("FILE"),
        "the file with the tolerances; 0.1 points of recall, 5% of qps and 1% of index_bytes when it is not given"),
      ComparisonRequest.datasetOption,
      Option("--index", .text("NAME"), "judge only this index, by its name in the sweep"),
      ComparisonRequest.disturbedOption,
      ResultsFolder.option,
      Option("--fail-on-improvement", .flag, "end with 4 when something is better by more than its tolerance"),
      Option("--format", .choice("FORMAT", of: Format.self), default: "text", "how the verdict is printed"),
      Option("--md", .file("FILE"), "also write Markdown, for a pull request"),
      Option("--junit", .file("FILE"), "also write JUnit XML, for CI"),
      Option("--json", .file("FILE"), "also write JSON, for programs"),
    ],
    notes: """
      \(ComparisonRequest.references)

      The exit code is 0 without a regression; 3 with one, or when HEAD did not measure a cell; 4 with an improvement, with
      --fail-on-improvement; 5 when figures must not be compared; 6 without enough data for a verdict. As everywhere, 1 is
      a failure and 2 is wrong usage.

      The article Nightly of the documentation explains gate.yml and how the verdict is reached, the article Comparing how
      to use it with git bisect.
      """,
    examples: [
      "run datasets/sweeps/quick.yml --against ../main/recallbench", "gate latest~1 latest --config datasets/gate.yml",
    ])

  private enum Format: String, CaseIterable {
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
    let format = arguments.choice(Format.self)
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
