import Bench
import Foundation

/// The raw results of searches of finished indexes, in the folders of ann-benchmarks: `results/<dataset>/<k>/…`.
public struct AnnBenchmarksExporter: Exporter {
  public let format = "ann-benchmarks"
  public let fileEnding = "hdf5"
  public let needsPlace = true
  public let meaning =
    "the raw results, in DIR/results, where its programs plot.py and data_export.py look for them"

  /// The file of every measured cell of this workload; each file is read when it is written.
  public func export(_ results: SweepResults) -> Exported {
    .files(
      results.records.compactMap { record in
        // The tools of ann-benchmarks judge by the neighbours among all rows, which are not those of a stage.
        guard case .measured(_, let file?) = record.outcome, record.planned.options.stage == nil else { return nil }
        return Exported.File(path: file) { () throws(ReportError) in
          do throws(LedgerError) { return try RawResultFile.bytes(file, in: results.folder) } catch {
            throw .cannotRead(path: "\(results.folder)/\(file)")
          }
        }
      })
  }
}
