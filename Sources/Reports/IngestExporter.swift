import Bench

/// What an ingest workload measured: one row a phase.
public enum IngestExporter {
  /// The file in the run's folder.
  public static let fileName = "ingest.csv"

  /// For programs (RFC 4180): the columns that the article Workloads explains. What a phase does not have is empty.
  public static func csv(_ rows: [IngestMeasurement]) -> String {
    let header = [
      "dataset", "parameters", "k", "readers", "rate", "batch", "phase", "rows", "inserted", "insert_rate",
      "insert_p50", "insert_p99", "searches", "qps", "p50", "p95", "p99", "recall", "judged", "memtable_rows",
      "primary_share", "overflow_share", "freezes", "flushes", "unjudged",
    ]
    return CSVExporter.line(header) + rows.map { CSVExporter.line(fields($0)) }.joined()
  }

  private static func fields(_ row: IngestMeasurement) -> [String] {
    let (writes, searches, options) = (row.writes, row.searches, row.options)
    func written(_ value: Double) -> String { writes.vectors > 0 ? "\(value)" : "" }
    func searched(_ value: Double) -> String { searches.count > 0 ? "\(value)" : "" }
    return [
      row.dataset, row.cell.label, "\(row.k)", "\(options.readers)", "\(options.rate)", "\(options.batchRows)",
      "\(row.phase)", row.hasRows ? "\(row.rows)" : "", "\(writes.vectors)", written(writes.vectorsPerSecond),
      written(writes.p50Milliseconds), written(writes.p99Milliseconds), "\(searches.count)",
      searched(searches.queriesPerSecond), searched(searches.p50Milliseconds), searched(searches.p95Milliseconds),
      searched(searches.p99Milliseconds), searches.recall.map { "\($0)" } ?? "", "\(searches.judged)",
      row.hasRows ? "\(row.memtableRows)" : "", row.overflowShare.map { "\(1 - $0)" } ?? "",
      row.overflowShare.map { "\($0)" } ?? "", "\(writes.freezes)", "\(writes.flushes)", "\(searches.unjudged)",
    ]
  }

  /// For people; each line ends with a line break.
  public static func text(_ rows: [IngestMeasurement]) -> String {
    var table = TextTable(columns: [
      .text("dataset"), .text("phase"), .number("rows"), .number("inserts/s"), .number("p50 ms"), .number("p99 ms"),
      .number("queries/s"), .number("p50 ms"), .number("p99 ms"), .number("recall"), .number("overflow"),
      .number("freezes"), .number("flushes"),
    ])
    for row in rows {
      let (writes, searches) = (row.writes, row.searches)
      func written(_ value: Double, _ places: Int) -> String {
        writes.vectors > 0 ? Figure.fixed(value, places) : ""
      }
      func searched(_ value: Double, _ places: Int) -> String {
        searches.count > 0 ? Figure.fixed(value, places) : ""
      }
      table.rows.append([
        row.dataset, "\(row.phase)", row.hasRows ? "\(row.rows)" : "", written(writes.vectorsPerSecond, 0),
        written(writes.p50Milliseconds, 3), written(writes.p99Milliseconds, 3),
        searched(searches.queriesPerSecond, 0), searched(searches.p50Milliseconds, 3),
        searched(searches.p99Milliseconds, 3), searches.recall.map { Figure.fixed($0, 4) } ?? "",
        row.overflowShare.map { Figure.fixed($0, 2) } ?? "", "\(writes.freezes)", "\(writes.flushes)",
      ])
    }
    let unjudged = rows.reduce(0) { $0 + $1.searches.unjudged }
    guard unjudged > 0 else { return table.text }
    return table.text + "not judged: searches by queries that have no true neighbours, \(unjudged) in all\n"
  }
}

extension IngestMeasurement {
  /// Whether it is a stretch of time, at whose end there were so many rows.
  fileprivate var hasRows: Bool { phase != .freezing && phase != .flushing }

  /// Of the rows in memtables; nil where there were none.
  fileprivate var overflowShare: Double? {
    memtableRows > 0 ? Double(overflowRows) / Double(memtableRows) : nil
  }
}
