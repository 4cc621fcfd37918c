import Bench
import Datasets
import Foundation
import Reports

/// `recallbench export`: writes the last sweep of a folder as CSV, as JSON lines, or as files for ann-benchmarks.
enum ExportCommand: Command {
  static let description = CommandDescription(
    "export", "write the results of a sweep as CSV, as JSON lines or for ann-benchmarks",
    arguments: [Argument(.format(of: Exporters.sweep), "what is written")],
    options: [
      ResultsFolder.option,
      Option(
        "--to", .file("FILE|DIR"),
        "the file to write, or the folder for ann-benchmarks; standard output when it is not given"),
      Option("--recompute", .flag, "compute all figures again from the raw results and the datasets"),
    ],
    notes: """
      The command exports the last sweep in the folder.

      \(Exporters.explained(Exporters.sweep))

      The output of --recompute must be the same, byte for byte; if it is not, a file has changed.
      """,
    examples: ["export jsonl --to results.jsonl", "export csv --out reports/mine --recompute"])

  static func run(_ arguments: Arguments) throws {
    let exporter = Exporters.named(arguments.positionals[0], among: Exporters.sweep)
    let folder = ResultsFolder.path(arguments)
    let sweep = try LastSweep.read(folder: folder)
    var results = SweepResults(records: sweep.records, folder: folder)
    LastSweep.noteMissing(sweep)
    if arguments.has("--recompute") { results.records = try recomputed(results.records, folder: folder) }
    let target = arguments.text("--to")
    let exported = try exporter.export(results)
    guard case .files = exported else {
      try exported.write(to: target)
      return
    }
    guard let target else { throw UsageError.missingOption("--to") }
    Console.note("\(try exported.write(to: target).count) files below \(target)/\(RawResultFile.folderName)\n")
  }

  /// The records with all figures computed again from the raw results; each dataset is read once.
  private static func recomputed(_ records: [CellRecord], folder: String) throws -> [CellRecord] {
    var datasets = JudgedDatasets(folder: folder)
    return try records.map { record in
      guard case .measured(_, rawFile: _?) = record.outcome else { return record }
      return try record.rederived(in: folder, dataset: datasets.dataset(of: record))
    }
  }
}

/// The last sweep in a results folder, on which several commands work.
enum LastSweep {
  /// Reports how many cells are missing in a table that has only the measured ones.
  static func noteMissing(_ sweep: (run: Ledger.Run, records: [CellRecord])) {
    let (planned, measured) = (sweep.run.keys.count, sweep.records.count { $0.status == .ok })
    guard measured < planned else { return }
    let end = sweep.run.ended == nil ? ", the sweep did not come to its end" : ""
    Console.note("\(measured) of \(planned) cells were measured\(end); export jsonl names the others\n")
  }

  /// The last run in a folder and its finished cells, in the order of its plan.
  ///
  /// - Throws: `LedgerError`.
  static func read(folder: String) throws(LedgerError) -> (run: Ledger.Run, records: [CellRecord]) {
    let ledger = try Ledger(reading: folder)
    guard let run = try ledger.lastRun() else { throw .nothing(folder: folder) }
    return (run, try ledger.records(of: run))
  }
}
