import Bench
import Foundation

// Foundation has a type of this name too.
import struct Bench.Measurement

/// Measurements as a table for the terminal, one line a cell, without build parameters that have their default.
public enum TableExporter {
  private struct Column: Sendable {
    let title: String
    let isNumber: Bool
    let value: @Sendable (Measurement) -> String
  }

  private static let columns: [Column] = [
    Column(title: "dataset", isNumber: false) { $0.dataset.name },
    Column(title: "index", isNumber: false) { $0.cell.shortLabel },
    Column(title: "recall", isNumber: true) { Figure.fixed($0.quality.recall, 4) },
    Column(title: "worst", isNumber: true) { Figure.fixed($0.quality.recallMinimum, 2) },
    Column(title: "queries/s", isNumber: true) { Figure.fixed($0.speed.queriesPerSecond, 0) },
    Column(title: "spread", isNumber: true) {
      let half = ($0.speed.fastestQueriesPerSecond - $0.speed.slowestQueriesPerSecond) / 2
      return "±\(Figure.fixed(100 * half / $0.speed.queriesPerSecond, 0)) %"
    },
    Column(title: "p50 ms", isNumber: true) { Figure.fixed($0.speed.p50Milliseconds, 3) },
    Column(title: "p99 ms", isNumber: true) { Figure.fixed($0.speed.p99Milliseconds, 3) },
    Column(title: "distances", isNumber: true) { Figure.fixed($0.speed.distanceComputations, 0) },
    Column(title: "build s", isNumber: true) { Figure.fixed($0.build.seconds, 2) },
    Column(title: "MB", isNumber: true) { Figure.fixed(Double($0.build.indexBytes) / 1e6, 1) },
  ]

  /// The whole table; each line ends with a line break.
  public static func text(_ measurements: [Measurement]) -> String {
    TextTable(
      columns: columns.map { TextTable.Column(title: $0.title, isNumber: $0.isNumber) },
      rows: measurements.map { measurement in columns.map { $0.value(measurement) } }
    ).text
  }
}
