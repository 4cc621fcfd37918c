import Bench
import Files
import Foundation

/// Copies the raw results of searches of finished indexes to where ann-benchmarks looks for them: `results/<dataset>/<k>/…` below its own folder.
public enum AnnBenchmarksExporter {
  /// Copies the file of every such cell that was measured; a file of that name is replaced.
  ///
  /// - Parameters:
  ///   - folder: the sweep's, with the ledger.
  ///   - target: ann-benchmarks' working folder, or any other.
  /// - Returns: how many there were.
  /// - Throws: `ReportError.output`, `.cannotRead`.
  public static func copy(_ records: [CellRecord], from folder: String, to target: String) throws(ReportError) -> Int {
    var count = 0
    for record in records {
      // Its tools judge by the neighbours among all rows, which are not those of a stage.
      guard case .measured(_, let file?) = record.outcome, record.planned.options.stage == nil else { continue }
      let place = URL(filePath: "\(target)/\(file)")
      let bytes: Data
      do throws(LedgerError) { bytes = try RawResultFile.bytes(file, in: folder) } catch {
        throw .cannotRead(path: "\(folder)/\(file)")
      }
      try ReportError.writing { () throws(OutputError) in
        try OutputFolder(creating: place.deletingLastPathComponent().path(percentEncoded: false))
          .write(bytes, to: place.lastPathComponent)
      }
      count += 1
    }
    return count
  }
}
