import Bench
import Foundation

/// Measurements as tables for the terminal, one line for each cell; a star marks indexes that are called from Python.
public enum TableExporter {
  private typealias Column = (column: TextTable.Column, value: @Sendable (CellMeasurement) -> String)

  /// The columns for stages of any workload.
  private static let stageColumns: [Column] = [
    (.text("stage"), { $0.options.stage?.description ?? "" }), column(.storedRows),
  ]

  /// The columns for searches with a filter.
  private static let filterColumns: [Column] = [stageColumns[0]] + [.selectivity, .matches].map(column)

  private static let figureColumns: [Column] =
    [column(.recall), (.number("queries/s"), speed)] + [.p50, .p99, .build, .indexBytes].map(column)

  /// The columns for stages of a workload that writes.
  private static let writeColumns: [Column] = [.insertRate, .insertP99, .flushes].map(column)

  private static func column(_ figure: Figure) -> Column {
    (.number(figure.title), { NumberText.of(figure, $0) })
  }

  /// Queries per second, with half of the difference between the fastest and the slowest round, when there are several.
  private static func speed(_ measurement: CellMeasurement) -> String {
    let speed = measurement.speed
    let half = (speed.fastestQueriesPerSecond - speed.slowestQueriesPerSecond) / 2
    let text = NumberText.of(.qps, measurement)
    guard measurement.rounds.count > 1, half.isFinite else { return text }
    return "\(text) ±\(NumberText.fixed(100 * half / speed.queriesPerSecond, 0)) %"
  }

  /// A table for each dataset, k, mode and number of threads, below a line that names them.
  public static func text(_ measurements: [CellMeasurement]) -> String {
    tables(measurements).map { "\($0.title.printable)\n\($0.table.fitted)" }.joined(separator: "\n")
  }

  /// A table for each dataset, k, mode and number of threads, which its title names.
  static func tables(_ measurements: [CellMeasurement]) -> [(title: String, table: TextTable)] {
    measurements.grouped { ReportCell.Setting($0).textOfAllStages }.map { (title: $0, table: table($1)) }
  }

  private static func table(_ measurements: [CellMeasurement]) -> TextTable {
    let hasStages = measurements.contains { $0.options.stage != nil }
    let isWritten = measurements.contains { $0.workload?.writes != nil }
    let isFiltered = measurements.contains { $0.workload?.filter != nil }
    let names = CellNames(measurements.map { ($0.variant, $0.planned) })
    let nameColumn: Column = (.text("index"), { names.index($0.variant, $0.planned) + ForeignCalls.mark($0) })
    let columns =
      [nameColumn] + (isFiltered ? filterColumns : hasStages ? stageColumns : []) + figureColumns
      + (isWritten ? writeColumns : [])
    return TextTable(
      columns: columns.map(\.column),
      rows: measurements.map { measurement in columns.map { $0.value(measurement) } })
  }
}
