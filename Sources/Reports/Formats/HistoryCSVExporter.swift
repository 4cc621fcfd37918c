import Bench
import Foundation

/// The history of a figure as CSV (RFC 4180), one row for each run of a series.
struct HistoryCSVExporter: Exporter {
  let format = "csv"
  let fileEnding = "csv"
  let meaning = "CSV, a row for each run of a series"

  func export(_ history: History) -> Exported {
    let header = [
      "dataset", "index", "subject", "k", "mode", "threads", "metric", "run", "started", "commit", "tag", "value",
      "change", "break", "missed",
    ]
    let rows = history.series.flatMap { series in
      series.points.enumerated().map { place, point in
        [
          series.dataset, series.index, series.subject, String(series.k), series.mode.rawValue, String(series.threads),
          history.metric.description, String(point.run), point.started.formatted(.iso8601), point.commit, point.tag,
          point.value.map { "\($0)" } ?? "", series.changes.contains { $0.place == place } ? "1" : "",
          series.breakText(place) ?? "", String(point.missed),
        ]
      }
    }
    return .text(([header] + rows).map(CSVExporter.line).joined())
  }
}
