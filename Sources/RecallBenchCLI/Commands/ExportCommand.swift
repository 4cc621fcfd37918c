import Bench
import Datasets
import Foundation
import Reports

/// `recallbench export`: a folder's last sweep as CSV, as JSON lines, or as files for ann-benchmarks.
enum ExportCommand: Command {
  static let description = CommandDescription(
    "export", "write a sweep's results as csv, jsonl or ann-benchmarks", arguments: ["FORMAT"],
    options: [
      ResultsFolder.option,
      Option("--to", .text("FILE|DIR"), "where to; standard output without it, for csv and jsonl"),
      Option("--recompute", .flag, "derive all figures again from the raw results and the datasets"),
    ],
    notes: """
      csv is what results.csv has; jsonl also has the cells that were not measured, with the reason; ann-benchmarks
      copies the raw results to DIR/results/…, where its plot.py and data_export.py look for them.
      The cells are those of the last sweep run into the folder. --recompute gives the same bytes, or something is wrong.
      """)

  private enum Format: String, NamedChoice {
    case csv, jsonl
    case annBenchmarks = "ann-benchmarks"
  }

  static func run(_ arguments: Arguments) throws {
    let format = try Format(named: arguments.positionals[0], option: "FORMAT")
    let folder = try ResultsFolder.path(arguments)
    let sweep = try LastSweep.read(folder: folder)
    var records = sweep.records
    LastSweep.noteMissing(sweep)
    if arguments.has("--recompute") { records = try recomputed(records, folder: folder) }
    let target = arguments.text("--to")
    switch format {
    case .csv:
      try Console.print(CSVExporter.text(records.compactMap(\.measurement).comparingBuilds()), to: target)
    case .jsonl: try Console.print(JSONLinesExporter.text(records), to: target)
    case .annBenchmarks:
      guard let target else { throw UsageError.missingOption("--to") }
      let count = try AnnBenchmarksExporter.copy(records, from: folder, to: target)
      Console.note("\(count) files below \(target)/\(RawResultFile.folderName)\n")
    }
  }

  /// The records with every figure that raw results determine derived again; each dataset is read once.
  private static func recomputed(_ records: [CellRecord], folder: String) throws -> [CellRecord] {
    var datasets = JudgedDatasets(folder: folder)
    return try records.map { record in
      guard case .measured(_, rawFile: _?) = record.outcome else { return record }
      return try record.rederived(in: folder, dataset: datasets.dataset(of: record))
    }
  }
}

/// The sweep that commands about a folder are about.
enum LastSweep {
  /// Says which cells a table of measured cells does not have.
  static func noteMissing(_ sweep: (run: Ledger.Run, records: [CellRecord])) {
    let (planned, measured) = (sweep.run.keys.count, sweep.records.count { $0.status == .ok })
    guard measured < planned else { return }
    let end = sweep.run.ended == nil ? ", the sweep did not come to its end" : ""
    Console.note("\(measured) of \(planned) cells were measured\(end); export jsonl names the others\n")
  }

  /// The last run into a folder and its cells that have ended, in the order of its plan.
  ///
  /// - Throws: `LedgerError`.
  static func read(folder: String) throws(LedgerError) -> (run: Ledger.Run, records: [CellRecord]) {
    let ledger = try Ledger(reading: folder)
    guard let run = try ledger.lastRun() else { throw .nothing(folder: folder) }
    return (run, try ledger.records(of: run))
  }
}
