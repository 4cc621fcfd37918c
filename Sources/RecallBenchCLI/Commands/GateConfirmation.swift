import Bench
import Files
import Foundation
import VectorSearch

/// `recallbench gate --confirm`: measures again what looks worse, in turns with the program of the base.
struct GateConfirmation {
  static let option = "--confirm"

  /// The folder of the second measurement, in the results folder of the head.
  private static let folder = "confirm"

  private let base: ComparedRun
  private let head: ComparedRun
  private let configuration: GateConfiguration
  private let arguments: Arguments

  init(base: ComparedRun, head: ComparedRun, _ configuration: GateConfiguration, _ arguments: Arguments) {
    (self.base, self.head) = (base, head)
    self.configuration = configuration
    self.arguments = arguments
  }

  /// The report in which only what is worse again is a regression; the same report when nothing can be measured again.
  ///
  /// - Throws: `ProgramNotKept`, `BenchError.program`, `LedgerError`.
  func confirmed(_ report: GateReport) throws -> GateReport {
    let suspects = report.suspects(among: head.records)
    guard !suspects.isEmpty else { return report }
    let catalog = try arguments.subjects()
    let plan: SweepPlan?
    do throws(IndexError) {
      plan = try SweepPlan(repeating: suspects, catalog: catalog, rounds: InterleavedRun.rounds)
    } catch { throw UsageError.index(error) }
    guard let plan else { return report }
    let folder = try OutputFolder(creating: "\(head.folder)/\(Self.folder)")
    let pair = try InterleavedRun(
      plan, against: try program(of: base), head: try program(of: head), folder: folder, tag: "", start: .force,
      arguments: arguments, isQuiet: arguments.has("--quiet")
    ).measure(interrupted: "nothing is confirmed")
    var options = Comparison.Options()
    options.recalls = configuration.recalls
    let second = Gate(
      configuration, Comparison(base: pair.base, head: pair.head, options: options),
      noise: try NoiseFloor(of: pair.base, length: 1))
    return report.confirmed(by: second.judge())
  }

  /// The program that measured a run: the kept one, or this one.
  private func program(of run: ComparedRun) throws -> String {
    let provenance =
      run.records.lazy.compactMap(\.measurement).first?.provenance ?? run.run.machineAtStart.provenance
    if let path = KeptPrograms(in: run.folder).path(of: provenance) { return path }
    let own = Provenance.current(commit: arguments.program.commit)
    guard !own.programSHA256.isEmpty, own.programSHA256 == provenance.programSHA256 else {
      throw ProgramNotKept(folder: run.folder, run: run.run.number)
    }
    return Provenance.programPath
  }
}

/// The program that measured a run is neither this one nor in the results folder.
private struct ProgramNotKept: Error, CustomStringConvertible {
  let folder: String
  let run: Int

  var description: String {
    "\(folder): the program of run \(run) is not kept; measure with \(ProgramName.current) run --keep-program, or leave "
      + "\(GateConfirmation.option) out"
  }
}
