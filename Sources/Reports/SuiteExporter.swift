import Bench

/// What the suite measured: ours, a peer's, and the ratio of the two.
public enum SuiteExporter {
  /// For people: one table a dataset; figures are medians, with the least and the most of the rounds behind them.
  public static func text(_ result: SuiteResult) -> String {
    let (shape, peer) = (result.dataset, result.peerName)
    let columns: [TextTable.Column] = [
      .text("index"), .text("figure"), .number("recall"), .number("recallbench"), .text(""), .number(peer ?? "peer"),
      .text(""), .number("ratio"), .text(""),
    ]
    var table = TextTable(columns: columns)
    for row in result.rows {
      table.rows.append(
        [row.kind, name(row.figure), recall(row)] + cells(row.ours, or: "not reached")
          + cells(row.peer, or: peer == nil ? "no peer" : "not reached")
          + cells(row.ratios, or: ""))
    }
    let flat = result.flatQueries < shape.queries ? " (flat \(result.flatQueries))" : ""
    let remark = UnjudgedQueries.remark(result.unjudged, of: shape).map { "not judged: \($0)\n" } ?? ""
    return """
      \(shape.name): \(shape.trainSize) × \(shape.dimension), \(shape.metric.rawValue), \(shape.queries) queries\(flat), \
      k = \(result.options.k), nlist = \(result.nlist), \(result.options.buildThreads) building thread\
      \(result.options.buildThreads == 1 ? "" : "s"), one searching; median (least–most) of \(result.options.rounds) \
      rounds
      \(table.text)\(remark)
      """
  }

  private static func name(_ figure: SuiteResult.Figure) -> String {
    switch figure {
    case .speed(let mode, _): "\(mode.rawValue), queries/s"
    case .build: "build, s"
    }
  }

  private static func recall(_ row: SuiteResult.Row) -> String {
    switch row.figure {
    case .speed(_, let recall): recall.map { NumberText.fixed($0, 2) } ?? "exact"
    case .build: ""
    }
  }

  private static func cells(_ values: [Double]?, or absence: String) -> [String] {
    guard let spread = values.map(Spread.init) else { return [absence, ""] }
    return [
      NumberText.significant(spread.median),
      "(\(NumberText.significant(spread.least))–\(NumberText.significant(spread.most)))",
    ]
  }

  /// For programs: one line a row of the tables (RFC 4180).
  ///
  /// Units: queries per second where `mode` is set, else seconds of building; empty where there is no such figure.
  public static func csv(_ results: [SuiteResult]) -> String {
    let header = [
      "dataset", "index", "figure", "mode", "recall", "nlist", "k", "rounds", "build_threads", "ours", "ours_min",
      "ours_max", "peer_name", "peer", "peer_min", "peer_max", "ratio", "ratio_min", "ratio_max",
    ]
    return CSVExporter.line(header)
      + results.flatMap { result in result.rows.map { CSVExporter.line(fields($0, of: result)) } }.joined()
  }

  private static func fields(_ row: SuiteResult.Row, of result: SuiteResult) -> [String] {
    func figures(_ values: [Double]?) -> [String] {
      guard let spread = values.map(Spread.init) else { return ["", "", ""] }
      return [spread.median, spread.least, spread.most].map { String($0) }
    }
    let (figure, mode, recall) =
      switch row.figure {
      case .speed(let mode, let recall): ("qps", mode.rawValue, recall.map { String($0) } ?? "")
      case .build: ("build", "", "")
      }
    return [result.dataset.name, row.kind, figure, mode, recall, String(result.nlist), String(result.options.k)]
      + [String(result.options.rounds), String(result.options.buildThreads)] + figures(row.ours)
      + [result.peerName ?? ""] + figures(row.peer) + figures(row.ratios)
  }
}
