import Bench
import Foundation

/// What a gate found, for the terminal, for a pull request and for CI.
public enum GateExporter {
  /// More rows than these are shown in part: all that is not as it should be.
  private static let mostRows = 40

  public static func text(_ report: GateReport) -> String { document(report).text }

  public static func markdown(_ report: GateReport) -> String { document(report).markdown }

  /// One test case a check, as CI systems read it.
  ///
  /// Source: the format of Jenkins' JUnit plug-in, https://llg.cubic.org/docs/junit/.
  public static func junit(_ report: GateReport) -> String {
    let failures = report.count(.regression)
    let skipped = report.count(.incomparable) + report.count(.insufficient)
    var xml = """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
      <testsuite name="recallbench gate" tests="\(report.checks.count)" failures="\(failures)" errors="0" \
      skipped="\(skipped)" timestamp="\(report.head.started.formatted(.iso8601))">

      """
    for check in report.checks {
      let name = escaped("\(check.subject), k = \(check.k), \(mode(check)): \(check.metric)")
      xml += "<testcase classname=\"\(escaped("\(check.dataset).\(check.index)"))\" name=\"\(name)\">"
      let message = escaped(line(check))
      switch check.verdict {
      case .regression: xml += "<failure message=\"\(message)\" type=\"regression\"/>"
      case .incomparable, .insufficient: xml += "<skipped message=\"\(message)\"/>"
      case .passed, .improvement: xml += "<system-out>\(message)</system-out>"
      }
      xml += "</testcase>\n"
    }
    return xml + "</testsuite>\n</testsuites>\n"
  }

  private static func escaped(_ text: String) -> String {
    // Control characters have no place in XML at all.
    String(
      text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0xFFFE || $0.value == 0xFFFF ? " " : Character($0) }
    )
    .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
  }

  private static func document(_ report: GateReport) -> TextDocument {
    var document = TextDocument()
    document.heading("\(headline(report)): \(report.base.name) → \(report.head.name)")
    document.line(summary(report))
    document.line(
      report.isInterleaved
        ? "measured interleaved; at most \(Figure.significant(100 * report.alpha)) % chance of any false alarm"
        : "measured apart: tolerances of times are widened by the noise of the base's earlier runs")
    for note in notes(report) { document.line(note) }
    let isShort = report.checks.count <= mostRows
    var table = TextTable(columns: [
      .text("verdict"), .text("dataset"), .text("index"), .text("what"), .number("k"), .text("mode"),
      .text("figure"), .number("base"), .number("head"), .number("change"), .number("tolerated"), .number("widened by"),
      .number("p"),
    ])
    for check in report.checks where isShort || check.verdict != .passed {
      let isRecall = check.metric == GateMetric.recall.rawValue
      table.rows.append([
        check.verdict.rawValue, check.dataset, check.index, check.subject, String(check.k), mode(check), check.metric,
        check.base.map { isRecall ? Figure.fixed($0, 4) : Figure.significant($0) } ?? "",
        check.head.map { isRecall ? Figure.fixed($0, 4) : Figure.significant($0) } ?? "", change(check),
        check.metric == "measured" ? "" : share(check.tolerance, isRecall),
        check.widening > 0 ? share(check.widening, isRecall) : "",
        check.pValue.map { $0 < 0.0005 ? "<0.001" : Figure.fixed($0, 3) } ?? "",
      ])
    }
    document.table(table)
    return document
  }

  private static func headline(_ report: GateReport) -> String {
    switch report.verdict {
    case .passed: "no regression"
    case .regression: "REGRESSION"
    case .improvement: "no regression, but an improvement"
    case .incomparable: "not comparable"
    case .insufficient: "not enough data"
    }
  }

  private static func summary(_ report: GateReport) -> String {
    let counts = GateReport.Verdict.allCases.filter { report.count($0) > 0 }
      .map { "\(report.count($0)) \($0.rawValue)" }
    return "\(report.checks.count) checks: \(counts.isEmpty ? "nothing to compare" : counts.joined(separator: ", "))"
  }

  /// What the checks have to say, each line once.
  private static func notes(_ report: GateReport) -> [String] {
    var seen: Set<String> = []
    return report.checks.map(\.note).filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  private static func line(_ check: GateReport.Check) -> String {
    let isRecall = check.metric == GateMetric.recall.rawValue
    var parts = [check.verdict.rawValue]
    if check.change != nil {
      parts.append("\(change(check)), tolerated \(share(check.tolerance, isRecall))")
      if check.widening > 0 { parts.append("widened by \(share(check.widening, isRecall))") }
    }
    if !check.note.isEmpty { parts.append(check.note) }
    return parts.joined(separator: "; ")
  }

  /// `-0.52 points`, or `+3.4 % [+2.1, +4.8]`.
  private static func change(_ check: GateReport.Check) -> String {
    guard let change = check.change else { return "" }
    let isRecall = check.metric == GateMetric.recall.rawValue
    func text(_ value: Double) -> String {
      let percent = isRecall ? 100 * value : 100 * (value - 1)
      return String(format: isRecall ? "%+.2f" : "%+.1f", abs(percent) < 5e-3 ? 0 : percent)
    }
    let unit = isRecall ? "points" : "%"
    guard let interval = check.interval, interval.low < interval.high else { return "\(text(change)) \(unit)" }
    return "\(text(change)) \(unit) [\(text(interval.low)), \(text(interval.high))]"
  }

  private static func share(_ share: Double, _ isRecall: Bool) -> String {
    "\(Figure.significant(100 * share)) \(isRecall ? "points" : "%")"
  }

  private static func mode(_ check: GateReport.Check) -> String {
    check.threads == 1 ? check.mode.rawValue : "\(check.mode.rawValue) ×\(check.threads)"
  }
}
