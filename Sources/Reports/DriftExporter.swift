import Bench

/// What a drift workload measured: one row a step × index × search settings.
public enum DriftExporter {
  /// The file in the run's folder.
  public static let fileName = "drift.csv"

  /// For programs (RFC 4180): the columns that the article Workloads explains, then the indexes' own figures.
  ///
  /// A figure that an index does not have is empty.
  public static func csv(_ rows: [DriftMeasurement]) -> String {
    let header = [
      "dataset", "index", "parameters", "training", "step", "rows", "k", "mode", "threads", "recall", "qps", "p50",
      "p99", "insert_seconds", "train_seconds", "index_bytes", "unjudged",
    ]
    let figures = Set(rows.flatMap(\.statistics.figures.keys)).sorted()
    return CSVExporter.line(header + figures)
      + rows.map { row in
        CSVExporter.line(fields(row) + figures.map { name in row.statistics.figures[name].map { "\($0)" } ?? "" })
      }.joined()
  }

  private static func fields(_ row: DriftMeasurement) -> [String] {
    let (measurement, options) = (row.measurement, row.measurement.options)
    let (recall, speed) = (measurement.quality.recall, measurement.speed)
    return [
      measurement.dataset.name, measurement.variant, measurement.cell.label, row.training.rawValue, "\(row.step)",
      "\(row.rows)", "\(options.k)", options.mode.rawValue, "\(options.threads)", "\(recall)",
      "\(speed.queriesPerSecond)", "\(speed.p50Milliseconds)", "\(speed.p99Milliseconds)", "\(row.insertSeconds)",
      "\(row.trainSeconds)", "\(measurement.build.indexBytes)",
      "\(measurement.quality.unjudged)",
    ]
  }

  /// For people; each line ends with a line break.
  public static func text(_ rows: [DriftMeasurement]) -> String {
    var table = TextTable(columns: [
      .text("dataset"), .number("step"), .number("rows"), .text("index"), .text("training"), .number("recall"),
      .number("queries/s"), .number("p50 ms"), .number("p99 ms"), .number("insert s"), .number("train s"),
    ])
    for row in rows {
      let measurement = row.measurement
      table.rows.append([
        measurement.dataset.name, "\(row.step)", "\(row.rows)", measurement.cell.shortLabel, row.training.rawValue,
        Figure.fixed(measurement.quality.recall, 4), Figure.fixed(measurement.speed.queriesPerSecond, 0),
        Figure.fixed(measurement.speed.p50Milliseconds, 3), Figure.fixed(measurement.speed.p99Milliseconds, 3),
        Figure.fixed(row.insertSeconds, 2), Figure.fixed(row.trainSeconds, 2),
      ])
    }
    return table.text + UnjudgedQueries.remarks(rows.map(\.measurement)).map { "not judged: \($0)\n" }.joined()
  }
}
