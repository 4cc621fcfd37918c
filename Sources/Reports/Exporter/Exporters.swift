import Bench
import VectorSearch

/// The formats of each sort of results, in the order of the help; the first one is the default.
public enum Exporters {
  public static let sweep: [any Exporter<SweepResults>] = [
    CSVExporter(), JSONLinesExporter(), ParquetExporter(),
    LaTeXExporter("a LaTeX table of the main figures of each cell, for the package booktabs") {
      TableExporter.tables($0.records.compactMap(\.measurement))
    },
    AnnBenchmarksExporter(),
  ]
  public static let comparison: [any Exporter<Comparison>] = [TextExporter(), MarkdownExporter(), JSONExporter()]
  public static let gate: [any Exporter<GateReport>] = [
    TextExporter(), MarkdownExporter(), JUnitExporter(), JSONExporter(),
  ]
  public static let gateChecks: [any Exporter<GateChecks>] = [TextExporter(), MarkdownExporter()]
  public static let gateSelfTest: [any Exporter<GateSelfTest>] = [TextExporter(), MarkdownExporter(), JSONExporter()]
  public static let best: [any Exporter<BestSettings>] = [TextExporter(), MarkdownExporter(), JSONExporter()]
  public static let history: [any Exporter<History>] = [TextExporter(), HistoryCSVExporter(), JSONExporter()]
  public static let historyRuns: [any Exporter<HistoryRuns>] = [TextExporter()]
  public static let inspection: [any Exporter<IndexInspection>] = [TextExporter(), JSONExporter()]
  public static let report: [any Exporter<SweepReport>] = [
    HTMLExporter(), PictureExporter(.png), PictureExporter(.svg), MarkdownExporter(), RecallLevelsExporter(),
    LaTeXExporter("a LaTeX table of what each index reaches at fixed recalls") {
      [(title: "", table: RecallLevels($0).table)]
    },
  ]
}

/// The cells of a sweep, measured or not, with the folder of its ledger.
public struct SweepResults: Sendable {
  public var records: [CellRecord]
  public let folder: String

  public init(records: [CellRecord], folder: String) {
    self.records = records
    self.folder = folder
  }

  public init(_ results: FolderResults) { self.init(records: results.records, folder: results.folder) }
}
