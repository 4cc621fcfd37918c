import Bench
import Foundation

extension GateSelfTest: Documented {
  var document: TextDocument {
    var document = TextDocument()
    let alarms = rows.first?.interleaved.reported ?? 0
    let nothing = rows.first?.interleaved.judged ?? 0
    document.heading(
      "\(NumberText.count(alarms, "false alarm")) in \(nothing) runs of the same program"
        + (rows.last.map { $0.interleaved.judged == 0 } == true ? ", and no verdict on losses" : ""))
    document.line(
      "\(NumberText.count(pairs, "pair")) of runs, \(NumberText.count(cells, "cell")) and "
        + "\(NumberText.count(rounds, "round")) each; a loss is put into the recorded rounds of one index")
    document.line("the longer times and the lost hits are computed; only the runs without a loss were measured")
    document.line("reported of judged runs, and the 95 % interval of that rate:")
    var table = TextTable(columns: [
      .text("loss"), .number("tolerated"), .number("interleaved"), .number("apart"),
    ])
    for row in rows { table.rows.append([row.loss, row.tolerance, row.interleaved.text, row.apart.text]) }
    document.table(table)
    if rows.contains(where: { $0.interleaved.withoutVerdict > 0 }) {
      document.line("some runs had too few rounds or queries for a verdict: raise --runs")
    }
    for check in falseAlarms.prefix(10) {
      document.line("false alarm: \(check.dataset), \(check.name), \(check.metric): \(check.summary)")
    }
    return document
  }
}

extension GateSelfTest.Rate {
  /// `1 of 20 (1–24 %)`.
  fileprivate var text: String {
    guard let interval else { return "–" }
    func percent(_ share: Double) -> String { String(format: "%.0f", 100 * share) }
    return "\(reported) of \(judged) (\(percent(interval.low))–\(percent(interval.high)) %)"
  }
}
