import Bench
import Files
import Foundation
import Reports

/// `recallbench gate`: decides whether a run is worse than another one by more than the tolerances.
enum GateCommand: Command {
  static let description = CommandDescription(
    "gate", "decide by the exit code whether a run is worse than another by more than the tolerances",
    arguments: [
      Argument(
        .text("BASE"), optional: true,
        "the run to compare with; \(ComparisonRequest.usualBase) when it is not given. With --self-test a sweep file"),
      Argument(
        .text("HEAD"), optional: true, "the run that is compared; \(ComparisonRequest.usualHead) when it is not given"),
    ],
    options: [
      GateSettings.option,
      ComparisonRequest.datasetOption,
      ComparisonRequest.indexOption,
      ComparisonRequest.disturbedOption,
      ResultsFolder.option,
      Option(all, .flag, "also show every check, those that passed, too; junit and json always have all of them"),
      Option(
        accept, .text("REASON"),
        "accept what became worse or better as the new floor, and write it with this reason into the file of --config"),
      Option(
        GateConfirmation.option, .flag,
        "measure again what looks worse, in turns with the kept program of BASE; only what is worse twice is a regression"
      ),
      Option("--fail-on-improvement", .flag, "end with 4 when something is better by more than its tolerance"),
      ComparisonRequest.fullOption,
      .format(Exporters.gate),
    ] + files.map { Option("--\($0.format)", .file("FILE"), "also write \($0.meaning)") } + GateSelfTestRun.options + [
      DebugBuild.option, Option("--quiet", .flag, "show no progress"),
    ],
    notes: """
      \(ComparisonRequest.references)

      The exit code is 0 without a regression; 3 with one, or when HEAD did not measure a cell; 4 with an improvement,
      with --fail-on-improvement; 5 when figures must not be compared; 6 without enough data for a verdict. As for all
      commands, 1 is a failure and 2 is wrong usage.

      --accept writes the changes into the section "accepted" of the file, and keeps everything else in it. From then on
      the gate compares with what was accepted, as long as BASE is of the same commit.

      --confirm needs the program of BASE, which `run --keep-program` keeps in the folder, and that of HEAD, which is this
      program or is kept, too. It runs these programs. The second measurement has a ledger of its own in DIR/confirm.

      --self-test runs this program against itself N times, in turns as `run --against` does, and counts how often the gate
      raises a false alarm, and how often it notices losses of 2, 5 and 10 % of speed and 0.2 and 0.5 points of recall.
      The losses are put into the recorded rounds. The runs are kept in DIR/self-test; after Ctrl-C the same command line
      measures the others.

      The article Nightly of the documentation explains gate.yml and how the verdict is reached; the article Comparing
      explains how to use the gate with git bisect.
      """,
    examples: [
      "run datasets/sweeps/quick.yml --against ../main/\(ProgramName.current)",
      "gate latest~1 latest --config datasets/gate.yml",
      "gate --self-test 20 --dataset photo-sift-20k-128-euclidean \\\n--index ivf-flat --set nlist=64 --set nprobe=4,16",
      "gate latest~1 latest --config datasets/gate.yml \\\n--accept exact-distances",
    ])

  private static let all = "--all"
  static let accept = "--accept"

  /// The formats that can be written to a file in addition to the printed one.
  private static let files = Exporters.gate.dropFirst()

  static func run(_ arguments: Arguments) throws {
    if let count = arguments.integer(GateSelfTestRun.option) {
      try GateSelfTestRun(arguments).run(count: count)
      return
    }
    try GateSelfTestRun.refuseOptions(arguments)
    let exporter = arguments.exporter(Exporters.gate)
    var settings = try GateSettings(arguments)
    let reason = try reason(arguments)
    let request = try ComparisonRequest(arguments)
    let (base, head) = try request.runs()
    let (comparison, noise) = try compare(base, head, request.options, settings.configuration)
    var report = Gate(settings.configuration, comparison, noise: noise).judge()
    if arguments.has(GateConfirmation.option) {
      report = try GateConfirmation(base: base, head: head, settings.configuration, arguments).confirmed(report)
    }
    if let reason {
      Console.note(try settings.accept(report, reason: reason))
      report = Gate(settings.configuration, comparison, noise: noise).judge()
    }
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

  private static func compare(
    _ base: ComparedRun, _ head: ComparedRun, _ options: Comparison.Options, _ configuration: GateConfiguration
  ) throws -> (Comparison, NoiseFloor) {
    var (base, options) = (base, options)
    let noise: NoiseFloor
    do throws(LedgerError) {
      noise = try NoiseFloor(of: base, length: configuration.historyLength)
      // Interleaved rounds are compared with each other only, so cells of other nights do not replace them.
      if !head.isInterleaved(with: base) {
        base = try base.completed(for: head, length: configuration.historyLength)
      }
    } catch { throw CompareError.ledger(error) }
    options.recalls = configuration.recalls
    return (Comparison(base: base, head: head, options: options), noise)
  }

  /// The reason of `--accept`; `nil` when nothing is to be accepted.
  private static func reason(_ arguments: Arguments) throws(UsageError) -> String? {
    guard let reason = arguments.text(accept) else { return nil }
    if arguments.has(GateConfirmation.option) { throw .conflictingOptions(accept, GateConfirmation.option) }
    guard arguments.has(GateSettings.option.name) else { throw .missingOption(GateSettings.option.name) }
    guard !reason.allSatisfy(\.isWhitespace) else {
      throw .invalidValue(option: accept, value: "''", expected: "the reason, in a few words")
    }
    return reason
  }
}

/// The gate has failed and has printed its report; only the exit code is left to set.
struct GateFailure: Error {
  let code: RecallBench.ExitCode
}
