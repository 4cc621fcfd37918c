import Bench
import Foundation

/// The history of a figure for the terminal and as CSV.
public enum HistoryExporter {
  /// A series each: a line that draws it, its runs, and what changed when.
  public static func text(_ history: History) -> String {
    history.series.map { text($0, history) }.joined(separator: "\n")
  }

  /// One row a run of a series, RFC 4180.
  public static func csv(_ history: History) -> String {
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
          breakText(series, place) ?? "", String(point.missed),
        ]
      }
    }
    return ([header] + rows).map(CSVExporter.line).joined()
  }

  private static func text(_ series: History.Series, _ history: History) -> String {
    let threads = series.threads == 1 ? "" : " ×\(series.threads)"
    let name =
      "\(series.dataset), \(series.index), \(series.subject), k = \(series.k), \(series.mode.rawValue)\(threads)"
    var text = "\(name.printable): \(history.metric)\n\(plot(series))\n"
    var table = TextTable(columns: [
      .number("run"), .text("started"), .text("commit"), .text("tag"), .number("value"), .text(""),
    ])
    for (place, point) in series.points.enumerated() {
      var remarks: [String] = []
      if let reasons = breakText(series, place) { remarks.append("break: \(reasons)") }
      if let change = series.changes.first(where: { $0.place == place }) { remarks.append(words(change, history)) }
      if point.missed > 0 {
        let endings = point.endings.map(\.rawValue).joined(separator: ", ")
        remarks.append("\(NumberText.count(point.missed, "cell")) not measured: \(endings)")
      }
      table.rows.append([
        String(point.run), point.started.formatted(.iso8601), point.commit, point.tag,
        point.value.map { history.metric.figure.isShare ? NumberText.fixed($0, 4) : NumberText.significant($0) }
          ?? (point.missed > 0 ? "not measured" : "not reached"),
        remarks.joined(separator: "; "),
      ])
    }
    text += table.text
    return text
  }

  /// What changed the dataset, the machine or the build before a point; nil where nothing did.
  static func breakText(_ series: History.Series, _ place: Int) -> String? {
    series.breaks.first { $0.place == place }?.reasons.map(\.description).joined(separator: "; ")
  }

  /// `worse from here: -7.1 % between abc1234 and def5678`
  static func words(_ change: History.Change, _ history: History) -> String {
    let amount =
      history.metric.figure.isShare
      ? String(format: "%+.2f points", 100 * (change.after - change.before))
      : String(format: "%+.1f %%", 100 * (change.after / change.before - 1))
    let commits = change.commitBefore == change.commit ? "" : " between \(change.commitBefore) and \(change.commit)"
    return "\(change.isWorse ? "worse" : "better") from here: \(amount)\(commits)"
  }

  /// One character a run: its height tells the value; `│` stands where a break is.
  private static func plot(_ series: History.Series) -> String {
    let bars = Array("▁▂▃▄▅▆▇█")
    let values = series.points.compactMap(\.value)
    guard let least = values.min(), let most = values.max() else { return "" }
    var line = ""
    for (place, point) in series.points.enumerated() {
      if series.breaks.contains(where: { $0.place == place }) { line += "│" }
      guard let value = point.value else {
        line += " "
        continue
      }
      let share = most > least ? (value - least) / (most - least) : 0.5
      line.append(bars[min(Int(share * Double(bars.count)), bars.count - 1)])
    }
    return line + "  \(NumberText.significant(least))…\(NumberText.significant(most))"
  }
}
