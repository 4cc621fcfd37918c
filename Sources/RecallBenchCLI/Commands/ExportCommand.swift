import Bench
import Datasets
import Foundation
import Reports

/// `recallbench export`: writes the results of a folder as a table, or as files for ann-benchmarks.
enum ExportCommand: Command {
  static let description = CommandDescription(
    "export", "write the results of a folder as CSV, JSON lines, Parquet, LaTeX or for ann-benchmarks",
    arguments: [Argument(.format(of: Exporters.sweep), "what is written")],
    options: [
      ResultsFolder.option,
      ChosenRun.option,
      Option(
        "--to", .file("FILE|DIR"),
        "the file to write, or the folder for ann-benchmarks; standard output when it is not given, but for parquet"),
      Option("--recompute", .flag, "compute all figures again from the raw results and the datasets"),
    ],
    notes: """
      The command exports the newest measurement of each cell of all runs in the folder, as `report` does. Cells that were
      not measured are those of the newest run.

      \(Exporters.explained(Exporters.sweep))

      The output of --recompute must be the same, byte for byte; if it is not, a file has changed.
      """,
    examples: ["export jsonl --to results.jsonl", "export csv --out reports/mine --recompute"])

  static func run(_ arguments: Arguments) throws {
    let exporter = Exporters.named(arguments.positionals[0], among: Exporters.sweep)
    let target = arguments.text("--to")
    if exporter.needsPlace, target == nil { throw UsageError.missingOption("--to") }
    let chosen = try ChosenRun.results(arguments, in: ResultsFolder.path(arguments))
    var results = SweepResults(chosen)
    chosen.noteMissing()
    if arguments.has("--recompute") { results.records = try recomputed(results.records, folder: chosen.folder) }
    let exported = try exporter.export(results)
    let paths = try exported.write(to: target)
    if case .files = exported, let target {
      Console.note("\(paths.count) files below \(target)/\(RawResultFile.folderName)\n")
    }
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
