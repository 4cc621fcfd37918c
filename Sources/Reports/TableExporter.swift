import Bench
import Foundation

// Foundation has a type of this name too.
import struct Bench.Measurement

/// Measurements as a table for the terminal, one line a cell.
public enum TableExporter {
  private struct Column: Sendable {
    let title: String
    let isNumber: Bool
    let value: @Sendable (Measurement) -> String
  }

  private static let columns: [Column] = [
    Column(title: "dataset", isNumber: false) { $0.dataset.name },
    Column(title: "index", isNumber: false) { $0.cell.label },
    Column(title: "recall", isNumber: true) { fixed($0.quality.recall, 4) },
    Column(title: "worst", isNumber: true) { fixed($0.quality.recallMinimum, 2) },
    Column(title: "queries/s", isNumber: true) { fixed($0.speed.queriesPerSecond, 0) },
    Column(title: "spread", isNumber: true) {
      let half = ($0.speed.fastestQueriesPerSecond - $0.speed.slowestQueriesPerSecond) / 2
      return "±\(fixed(100 * half / $0.speed.queriesPerSecond, 0)) %"
    },
    Column(title: "p50 ms", isNumber: true) { fixed($0.speed.p50Milliseconds, 3) },
    Column(title: "p99 ms", isNumber: true) { fixed($0.speed.p99Milliseconds, 3) },
    Column(title: "distances", isNumber: true) { fixed($0.speed.distanceComputations, 0) },
    Column(title: "build s", isNumber: true) { fixed($0.build.seconds, 2) },
    Column(title: "MB", isNumber: true) { fixed(Double($0.build.indexBytes) / 1e6, 1) },
  ]

  /// The whole table; each line ends with a line break.
  public static func text(_ measurements: [Measurement]) -> String {
    let rows = [columns.map(\.title)] + measurements.map { measurement in columns.map { $0.value(measurement) } }
    let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let fields = zip(zip(row, columns), widths).map { field, width in
        let padding = String(repeating: " ", count: width - field.0.count)
        return field.1.isNumber ? padding + field.0 : field.0 + padding
      }
      return fields.joined(separator: "  ") + "\n"
    }.joined()
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }
}
