import Bench
import Foundation

/// Measurements as a table for the terminal, one line a cell, without build parameters that have their default.
public enum TableExporter {
  private struct Column: Sendable {
    let title: String
    let isNumber: Bool
    let value: @Sendable (CellMeasurement) -> String
  }

  /// Of stages of a workload that writes.
  private static let writeColumns: [Column] = [
    Column(title: "inserts/s", isNumber: true) {
      $0.workload?.writes.map { Figure.fixed($0.vectorsPerSecond, 0) } ?? ""
    },
    Column(title: "write p99 ms", isNumber: true) {
      $0.workload?.writes.map { Figure.fixed($0.p99Milliseconds, 3) } ?? ""
    },
    Column(title: "flushes", isNumber: true) { $0.workload?.writes.map { "\($0.flushes)" } ?? "" },
  ]

  /// Of stages of any workload.
  private static let stageColumns: [Column] = [
    Column(title: "stage", isNumber: false) { $0.options.stage?.description ?? "" },
    Column(title: "rows", isNumber: true) { "\($0.dataset.trainSize)" },
  ]

  private static let nameColumns: [Column] = [
    Column(title: "dataset", isNumber: false) { $0.dataset.name },
    Column(title: "index", isNumber: false) { $0.cell.shortLabel },
  ]

  private static let figureColumns: [Column] = [
    Column(title: "recall", isNumber: true) { Figure.fixed($0.quality.recall, 4) },
    Column(title: "worst", isNumber: true) { Figure.fixed($0.quality.recallMinimum, 2) },
    Column(title: "queries/s", isNumber: true) { Figure.fixed($0.speed.queriesPerSecond, 0) },
    Column(title: "spread", isNumber: true) {
      let half = ($0.speed.fastestQueriesPerSecond - $0.speed.slowestQueriesPerSecond) / 2
      return half.isNaN ? "–" : "±\(Figure.fixed(100 * half / $0.speed.queriesPerSecond, 0)) %"
    },
    Column(title: "p50 ms", isNumber: true) { Figure.fixed($0.speed.p50Milliseconds, 3) },
    Column(title: "p99 ms", isNumber: true) { Figure.fixed($0.speed.p99Milliseconds, 3) },
    Column(title: "distances", isNumber: true) { Figure.fixed($0.speed.distanceComputations, 0) },
    Column(title: "build s", isNumber: true) { Figure.fixed($0.build.seconds, 2) },
    Column(title: "MB", isNumber: true) { Figure.fixed(Double($0.build.indexBytes) / 1e6, 1) },
  ]

  /// The whole table; each line ends with a line break.
  public static func text(_ measurements: [CellMeasurement]) -> String {
    let hasStages = measurements.contains { $0.options.stage != nil }
    let isWritten = measurements.contains { $0.workload?.writes != nil }
    let columns =
      nameColumns + (hasStages ? stageColumns : []) + figureColumns + (isWritten ? writeColumns : [])
    return TextTable(
      columns: columns.map { TextTable.Column(title: $0.title, isNumber: $0.isNumber) },
      rows: measurements.map { measurement in columns.map { $0.value(measurement) } }
    ).text
  }
}
