import Bench
import Files
import Foundation
import Reports

/// `recallbench gate --self-test`: how often the gate errs on this machine.
struct GateSelfTestRun {
  static let option = "--self-test"

  /// The options that say what the self-test measures, besides `--dataset` and `--index`.
  private static let sweepOptions = ["--set", "-k", "--runs", "--queries"]

  static let options =
    [
      Option(
        option, .integer("N", 1...10_000),
        "compare no runs, but run this program N times against itself, and print how often the gate errs")
    ] + sweepOptions.map(SweepRequest.option) + [DatasetSource.folderOption]

  /// The folder of the runs, in the results folder.
  private static let folder = "self-test"

  private let arguments: Arguments

  init(_ arguments: Arguments) { self.arguments = arguments }

  /// Refuses the options of a self-test when there is none.
  static func refuseOptions(_ arguments: Arguments) throws(UsageError) {
    for name in sweepOptions where arguments.has(name) { throw .missingOption("\(option) beside \(name)") }
  }

  /// Measures the pairs of runs that are not there yet, and prints the rates.
  func run(count: Int) throws {
    try DebugBuild.refuse(unless: arguments)
    for name in [GateCommand.accept, GateConfirmation.option] where arguments.has(name) {
      throw UsageError.conflictingOptions(Self.option, name)
    }
    let formats = Exporters.gateSelfTest.map(\.format)
    if let format = arguments.text("--format"), !formats.contains(format) {
      throw UsageError.invalidValue(
        option: "--format", value: format, expected: "\(formats.joined(separator: ", ")) with \(Self.option)")
    }
    if arguments.positionals.count > 1 { throw UsageError.unexpectedArgument(arguments.positionals[1]) }
    let configuration = try GateSettings(arguments).configuration
    var request = try SweepRequest(arguments)
    request.atLeast(rounds: InterleavedRun.rounds, unless: arguments)
    let isQuiet = arguments.has("--quiet")
    let line = ProgressLine(isShown: !isQuiet)
    var plan = try request.plan { line.begin("reading \($0)") }
    line.end()
    let folder = try OutputFolder(creating: "\(ResultsFolder.path(arguments))/\(Self.folder)")
    try folder.checkWritable()
    plan = try request.writingTruth(of: plan, folder: folder.path, line: line, isQuiet: isQuiet)
    let run = try InterleavedRun(
      plan, against: Provenance.programPath, folder: folder, tag: "", start: .force, arguments: arguments,
      isQuiet: isQuiet)
    var pairs = Array(try run.finished().suffix(count))
    if !pairs.isEmpty, !isQuiet { Console.note("\(folder.path) has \(pairs.count) of \(count) pairs\n") }
    let (start, kept) = (ContinuousClock.now, pairs.count)
    while pairs.count < count {
      if !isQuiet { Console.note("pair \(pairs.count + 1) of \(count)\(left(count, pairs.count, kept, start))\n") }
      pairs.append(try run.measure(interrupted: "\(pairs.count) pairs are kept, and the same command line continues"))
    }
    let test = GateSelfTest(configuration, pairs: pairs) { line.draw("judging pair \($0) of \(count)") }
    line.end()
    try arguments.exporter(Exporters.gateSelfTest).export(test).write(to: nil)
  }

  /// The time that the other pairs will take, as those that were measured now took it.
  private func left(_ count: Int, _ done: Int, _ kept: Int, _ start: ContinuousClock.Instant) -> String {
    guard done > kept else { return "" }
    let seconds = (ContinuousClock.now - start) / .seconds(1) / Double(done - kept) * Double(count - done)
    return seconds < 90
      ? ", about \(Int(seconds.rounded())) s left" : ", about \(Int((seconds / 60).rounded())) min left"
  }
}
