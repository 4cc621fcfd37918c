import Bench
import Foundation

/// Measurements as a table for the terminal, one line for each cell; a star marks indexes that are called from Python.
public enum TableExporter {
  private typealias Column = (column: TextTable.Column, value: @Sendable (CellMeasurement) -> String)

  /// The columns for stages of any workload.
  private static let stageColumns: [Column] = [
    (.text("stage"), { $0.options.stage?.description ?? "" }), column(.storedRows),
  ]

  private static let figureColumns: [Column] =
    [column(.recall), column(.worstRecall), column(.qps), (.number("spread"), spread)]
    + [.p50, .p99, .distanceComputations, .build, .indexBytes].map(column)

  /// The columns for stages of a workload that writes.
  private static let writeColumns: [Column] = [.insertRate, .insertP99, .flushes].map(column)

  private static func column(_ figure: Figure) -> Column {
    (.number(figure.title), { NumberText.of(figure, $0) })
  }

  /// Half of the difference between the fastest and the slowest round.
  private static func spread(_ measurement: CellMeasurement) -> String {
    let speed = measurement.speed
    let half = (speed.fastestQueriesPerSecond - speed.slowestQueriesPerSecond) / 2
    return half.isNaN ? "–" : "±\(NumberText.fixed(100 * half / speed.queriesPerSecond, 0)) %"
  }

  /// The whole table; each line ends with a line break.
  public static func text(_ measurements: [CellMeasurement]) -> String { table(measurements).text }

  static func table(_ measurements: [CellMeasurement]) -> TextTable {
    let hasStages = measurements.contains { $0.options.stage != nil }
    let isWritten = measurements.contains { $0.workload?.writes != nil }
    let names = CellNames(measurements.map { ($0.variant, $0.planned) })
    let nameColumns: [Column] = [
      (.text("dataset"), { $0.dataset.name }),
      (.text("index"), { names.index($0.variant, $0.planned) + ForeignCalls.mark($0) }),
    ]
    let columns =
      nameColumns + (hasStages ? stageColumns : []) + figureColumns + (isWritten ? writeColumns : [])
    return TextTable(
      columns: columns.map(\.column),
      rows: measurements.map { measurement in columns.map { $0.value(measurement) } })
  }
}
