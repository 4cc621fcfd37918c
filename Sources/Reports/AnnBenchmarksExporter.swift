import Bench
import Files
import Foundation

/// Copies a sweep's raw results to where ann-benchmarks looks for them: `results/<dataset>/<k>/…` below its own folder.
public enum AnnBenchmarksExporter {
  /// Copies the file of every measured cell; a file of that name is replaced.
  ///
  /// - Parameters:
  ///   - folder: the sweep's, with the ledger.
  ///   - target: ann-benchmarks' working folder, or any other.
  /// - Returns: how many there were.
  /// - Throws: `ReportError.output`, `.cannotRead`.
  public static func copy(_ records: [CellRecord], from folder: String, to target: String) throws(ReportError) -> Int {
    var count = 0
    for record in records {
      guard case .measured(_, let file) = record.outcome else { continue }
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
