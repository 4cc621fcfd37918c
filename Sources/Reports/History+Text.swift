import Bench
import Foundation

extension History: Readable {
  /// A paragraph for each series: a line with a small plot, its runs, and its changes.
  var text: String { series.map(text).joined(separator: "\n") }

  private func text(_ series: Series) -> String {
    let threads = series.threads == 1 ? "" : " ×\(series.threads)"
    let name =
      "\(series.dataset), \(series.name), k = \(series.k), \(series.mode.rawValue)\(threads)"
    var text = "\(name.printable): \(metric)\n\(series.plot)\n"
    var table = TextTable(columns: [
      .number("run"), .text("started"), .text("commit"), .text("tag"), .number("value"), .text(""),
    ])
    for (place, point) in series.points.enumerated() {
      var remarks: [String] = []
      if let reasons = series.breakText(place) { remarks.append("break: \(reasons)") }
      if let change = series.changes.first(where: { $0.place == place }) { remarks.append(words(change)) }
      if point.missed > 0 {
        let endings = point.endings.map(\.rawValue).joined(separator: ", ")
        remarks.append("\(NumberText.count(point.missed, "cell")) not measured: \(endings)")
      }
      table.rows.append([
        String(point.run), point.started.formatted(.iso8601), point.commit, point.tag,
        point.value.map { metric.figure.isShare ? NumberText.fixed($0, 4) : NumberText.significant($0) }
          ?? (point.missed > 0 ? "not measured" : "not reached"),
        remarks.joined(separator: "; "),
      ])
    }
    text += table.text
    return text
  }

  /// A change as text: `worse from here: -7.1 % between abc1234 and def5678`.
  func words(_ change: Change) -> String {
    let amount =
      metric.figure.isShare
      ? String(format: "%+.2f points", 100 * (change.after - change.before))
      : String(format: "%+.1f %%", 100 * (change.after / change.before - 1))
    let commits = change.commitBefore == change.commit ? "" : " between \(change.commitBefore) and \(change.commit)"
    return "\(change.isWorse ? "worse" : "better") from here: \(amount)\(commits)"
  }
}

extension History.Series {
  /// The changes of dataset, machine or build before a point; `nil` when there are none.
  func breakText(_ place: Int) -> String? {
    breaks.first { $0.place == place }?.reasons.map(\.description).joined(separator: "; ")
  }

  /// A plot with one character for each run, whose height shows the value; `│` marks a break.
  fileprivate var plot: String {
    let bars = Array("▁▂▃▄▅▆▇█")
    let values = points.compactMap(\.value)
    guard let least = values.min(), let most = values.max() else { return "" }
    var line = ""
    for (place, point) in points.enumerated() {
      if breaks.contains(where: { $0.place == place }) { line += "│" }
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
