import Bench
import Foundation

extension History: Readable {
  /// The changes, the worst first, and a paragraph for each series: a line with a small plot, and the runs about which
  /// there is something to say.
  var text: String { text(everyRun: false) }

  /// - Parameter everyRun: whether all runs of a series are listed.
  fileprivate func text(everyRun: Bool) -> String {
    summary + "\n" + series.map { text($0, everyRun: everyRun) }.joined(separator: "\n")
  }

  private var summary: String {
    let findings = findings
    let runs = Set(series.flatMap { $0.points.map(\.run) })
    let searched = "in \(series.count) series over \(NumberText.count(runs.count, "run"))"
    var lines: [String]
    if !findings.isEmpty {
      lines = ["\(NumberText.count(findings.count, "change")) of \(metric) \(searched), the worst first"]
    } else if series.contains(where: { $0.mostComparedValues >= History.leastRuns }) {
      lines = ["no change of \(metric) \(searched)"]
    } else {
      lines = ["too few runs to tell a change of \(metric) \(searched): \(History.leastRuns) are needed"]
    }
    for finding in findings { lines += self.lines(finding) }
    let newest = series.filter { $0.points.last?.run == runs.max() && $0.points.last?.missed ?? 0 > 0 }
    if let run = runs.max(), !newest.isEmpty {
      lines.append("the newest run, \(run), did not measure all cells of \(newest.count) series")
    }
    return lines.map { Self.short($0.printable) + "\n" }.joined()
  }

  /// A finding in two lines.
  private func lines(_ finding: HistoryFinding) -> [String] {
    let (series, change) = finding.worst
    let point = finding.point
    let name = [point.tag, point.commit].filter { !$0.isEmpty }.joined(separator: ", ")
    let commits = Self.commits(before: finding.commitBefore, after: point.commit)
    return [
      "\(change.isWorse ? "worse" : "better"): \(series.dataset), \(series.index): \(amount(change)) from run "
        + "\(finding.run)\(name.isEmpty ? "" : " (\(name))")",
      "  \(point.started.formatted(.iso8601.year().month().day()))\(commits), in \(finding.changes.count) of "
        + "\(finding.seriesOfIndex) series, most in \(series.name)",
    ]
  }

  private static let width = 100

  private static func short(_ line: String) -> String { line.count > width ? line.prefix(width - 1) + "…" : line }

  private static func commits(before: String, after: String) -> String {
    before == after || before.isEmpty || after.isEmpty ? "" : ", between \(before) and \(after)"
  }

  /// A series with the runs about which there is something to say and the newest one, or with every run.
  private func text(_ series: Series, everyRun: Bool) -> String {
    let mode = series.mode.text(threads: series.threads)
    let name = "\(series.dataset), \(series.name), k = \(series.k), \(mode)"
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
      guard everyRun || !remarks.isEmpty || place == series.points.count - 1 else { continue }
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
    let commits = change.commitBefore == change.commit ? "" : " between \(change.commitBefore) and \(change.commit)"
    return "\(change.isWorse ? "worse" : "better") from here: \(amount(change))\(commits)"
  }

  /// The amount of a change: `-7.1 %`, or `spread ±0.8 % → ±4.1 %`.
  private func amount(_ change: Change) -> String {
    let isShare = metric.figure.isShare
    if let spread = change.spread {
      func text(_ deviation: Double) -> String {
        "±\(NumberText.significant(100 * deviation)) \(isShare ? "points" : "%")"
      }
      return "spread \(text(spread.before)) → \(text(spread.after))"
    }
    return isShare
      ? String(format: "%+.2f points", 100 * (change.after - change.before))
      : String(format: "%+.1f %%", 100 * (change.after / change.before - 1))
  }
}

/// A history with every run of each series.
public struct HistoryRuns: Sendable {
  private let history: History

  public init(_ history: History) { self.history = history }
}

extension HistoryRuns: Readable {
  var text: String { history.text(everyRun: true) }
}

extension History.Series {
  /// The changes of dataset, machine or build before a point; `nil` when there are none.
  func breakText(_ place: Int) -> String? {
    breaks.first { $0.place == place }?.reasons.map(\.description).joined(separator: "; ")
  }

  /// A plot with one character for each run, whose height shows the value; `│` marks a break, and `▲` in the line below
  /// marks the first run after a change.
  fileprivate var plot: String {
    let bars = Array("▁▂▃▄▅▆▇█")
    let values = points.compactMap(\.value)
    guard let least = values.min(), let most = values.max() else { return "" }
    var (line, marks) = ("", "")
    for (place, point) in points.enumerated() {
      if breaks.contains(where: { $0.place == place }) {
        line += "│"
        marks += " "
      }
      marks += changes.contains { $0.place == place } ? "▲" : " "
      guard let value = point.value else {
        line += " "
        continue
      }
      let share = most > least ? (value - least) / (most - least) : 0.5
      line.append(bars[min(Int(share * Double(bars.count)), bars.count - 1)])
    }
    let range = "\(NumberText.significant(least))…\(NumberText.significant(most))"
    let ends = [points.first, points.last].compactMap(\.self).map { point in
      ["run \(point.run)", point.tag.isEmpty ? point.commit : point.tag].filter { !$0.isEmpty }.joined(separator: ", ")
    }
    line += "  \(range); \(ends.distinct.joined(separator: " … "))"
    return changes.isEmpty ? line.printable : "\(line.printable)\n\(marks)"
  }
}
