import Bench
import Files
import Reports

/// The run of a folder on which a command works, or all of them.
enum ChosenRun {
  static let option = Option(
    "--run", .text("RUN"),
    "take this run alone: latest, latest~1, its number, tag or commit; the newest measurement of each cell of all runs when "
      + "it is not given")

  /// Reads the results, and reports what was left out.
  ///
  /// - Throws: `LedgerError`, `CompareError`.
  static func results(_ arguments: Arguments, in folder: String) throws -> FolderResults {
    if let text = arguments.text(option.name) {
      let found = try RunReference(text).find(in: folder)
      return FolderResults(of: found.run, records: found.records, folder: found.folder)
    }
    let results = try FolderResults(latestOf: Ledger(reading: folder))
    Console.note(results.remarks)
    return results
  }
}

extension FolderResults {
  /// Reports how many cells of the newest run are missing in a table that has only the measured ones.
  func noteMissing() {
    let (planned, measured) = (run.keys.count, ownRecords.count { $0.status == .ok })
    guard measured < planned else { return }
    let end = run.ended == nil ? ", the sweep did not come to its end" : ""
    let others = "export jsonl --run \(run.number) names the others"
    Console.note("run \(run.number): \(measured) of \(planned) cells were measured\(end); \(others)\n")
  }
}

/// The files that every run leaves in its folder beside the ledger: `results.csv` and `report.html`.
enum FolderFiles {
  /// The paths of the files.
  struct Paths {
    let results: String
    let page: String
  }

  /// Writes the newest measurement of each cell of all runs, and reports what was left out unless `isQuiet`.
  ///
  /// An older `results.csv` stays when nothing has been measured.
  ///
  /// - Throws: `LedgerError`, `ReportError`.
  @discardableResult
  static func write(_ folder: OutputFolder, isQuiet: Bool) throws -> Paths {
    let results = try FolderResults(latestOf: Ledger(reading: folder.path))
    let file = ResultsFile(in: folder)
    let measured = results.records.compactMap(\.measurement)
    if !measured.isEmpty { try file.write(measured) }
    let page = "\(folder.path)/\(HTMLExporter.fileName)"
    try writePage(SweepReport(results), to: page, isQuiet: isQuiet)
    if !isQuiet { Console.note(results.remarks) }
    return Paths(results: file.path, page: page)
  }

  /// Writes the page and, unless `isQuiet`, reports when the page needs a network.
  static func writePage(_ report: SweepReport, to path: String, isQuiet: Bool = false) throws {
    let exporter = HTMLExporter()
    try exporter.export(report).write(to: path)
    if let remark = exporter.remark, !isQuiet { Console.note("\(remark)\n") }
  }
}
