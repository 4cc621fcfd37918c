import Bench
import Foundation

extension GateReport: Documented {
  var document: TextDocument { GateDocument.document(self) }
}

/// The document of a gate's findings, for a terminal and a pull request.
private enum GateDocument {
  /// The greatest number of lines about missing cells, and of findings.
  private static let mostRows = 40

  static func document(_ report: GateReport) -> TextDocument {
    var document = TextDocument()
    document.heading(short("\(headline(report)): \(report.base.name) → \(report.head.name)"))
    let findings = report.findings
    document.line(summary(report, findings: findings.count))
    document.line(
      report.isInterleaved
        ? "measured interleaved; at most \(NumberText.significant(100 * report.alpha)) % chance of any false alarm"
        : "measured apart: tolerances of times are widened by the noise of the base's earlier runs")
    if report.checks.contains(where: { $0.metric == Figure.qps.name && $0.mode == .single && $0.change != nil }) {
      document.line(Comparison.speedRemark)
    }
    if let again = report.confirmation {
      document.line(
        "measured again in turns: \(again.confirmed) of \(NumberText.count(again.suspected, "suspicion")) confirmed, by "
          + "runs \(again.base) and \(again.head) of \(again.folder)")
    }
    if !report.accepted.isEmpty {
      document.line("\(NumberText.count(report.accepted.count, "accepted change")): see gate.yml")
    }
    for problem in report.problems { document.line("\(problem.verdict.rawValue): \(problem.text)") }
    for note in notes(report) { document.line(note) }
    let absences = absences(report)
    if !absences.isEmpty { document.heading("Cells that were not measured by both") }
    for line in absences { document.line(line) }
    if !findings.isEmpty { document.heading("Findings, the worst first") }
    for finding in findings.prefix(mostRows) {
      for line in lines(finding) { document.line(line) }
    }
    if findings.count > mostRows {
      document.line("and \(findings.count - mostRows) more findings: see --all, or --format json")
    }
    return document
  }

  /// A finding in two lines.
  private static func lines(_ finding: GateFinding) -> [String] {
    let worst = finding.worst
    let place = "\(worst.dataset), \(worst.index), k = \(worst.k), \(worst.modeText)"
    let (cells, fronts) = finding.counts
    let parts = [(cells, "cell"), (fronts, "recall")].filter { $0.0 > 0 }.map { NumberText.count($0.0, $0.1) }
    let count = parts.joined(separator: " and ")
    let change = worst.change == nil ? "of \(count)" : worst.changeText
    var second = cells + fronts > 1 ? "most at \(worst.name), of \(count); " : "at \(worst.name); "
    if worst.isUndecided || worst.change == nil {
      second = worst.note
    } else {
      second += "tolerated \(worst.shareText(worst.tolerance))"
      if worst.widening > 0 { second += " and \(worst.shareText(worst.widening)) of noise" }
      if let pValue = worst.pValueText { second += ", p \(pValue)" }
      if let again = worst.changeAgain { second += "; again \(worst.text(ofChange: again))" }
    }
    return [
      short("\(finding.verdict.rawValue): \(place): \(worst.metric) \(change)"), short("  \(second)"),
    ]
  }

  private static func short(_ line: String) -> String { line.count > width ? line.prefix(width - 1) + "…" : line }

  private static func headline(_ report: GateReport) -> String {
    switch report.verdict {
    case .passed: "no regression" + (suspected(report).map { ", \($0) not confirmed" } ?? "")
    case .regression: report.confirmation.map { $0.confirmed > 0 } == true ? "REGRESSION, confirmed" : "REGRESSION"
    case .improvement: "no regression, but an improvement"
    case .incomparable: "not comparable"
    case .insufficient: "not enough data"
    }
  }

  /// The number of suspicions when a second measurement confirmed none; `nil` otherwise.
  private static func suspected(_ report: GateReport) -> String? {
    guard let confirmation = report.confirmation, confirmation.confirmed == 0 else { return nil }
    return NumberText.count(confirmation.suspected, "suspicion")
  }

  private static func summary(_ report: GateReport, findings: Int) -> String {
    let counts = GateReport.Verdict.allCases.filter { report.count($0) > 0 }
      .map { "\(report.count($0)) \($0.rawValue)" }
    let found = findings == 0 ? "" : ", \(NumberText.count(findings, "finding"))"
    return "\(report.checks.count) checks\(found): "
      + (counts.isEmpty ? "nothing to compare" : counts.joined(separator: ", "))
  }

  /// The notes of the checks, each line once.
  private static func notes(_ report: GateReport) -> [String] {
    // The reasons of checks without a verdict are part of the findings.
    var notes = report.checks.filter { $0.statuses == nil && !$0.isUndecided && !$0.note.isEmpty }.map(\.note).distinct
    if !report.baseRuns.isEmpty {
      let runs = report.baseRuns.map(String.init).joined(separator: ", ")
      notes.append("the base did not measure all cells: the last figures of the others are of run \(runs)")
    }
    if let first = report.rawProblems.first {
      let rest = report.rawProblems.count - 1
      notes.append("\(first)\(rest > 0 ? "; \(rest) more like it" : "")")
    }
    if report.acceptedOfOtherBases > 0 {
      let count = NumberText.count(report.acceptedOfOtherBases, "accepted change")
      notes.append("\(count) in gate.yml of another base: compared with \(report.base.identity) as it is")
    }
    for rule in report.unusedRules { notes.append("rule \(rule) is about no dataset and index of these runs") }
    return notes
  }

  /// The greatest length of a line in characters.
  private static let width = 100

  /// The cells that were not measured by both runs; cells of one index and dataset with the same statuses share a line.
  private static func absences(_ report: GateReport) -> [String] {
    struct Group: Hashable {
      let verdict: GateReport.Verdict
      let dataset: String
      let index: String
      let statuses: GateReport.Statuses
    }
    let groups = report.checks.compactMap { check in
      check.statuses.map { (statuses: $0, check: check) }
    }.grouped {
      Group(verdict: $0.check.verdict, dataset: $0.check.dataset, index: $0.check.index, statuses: $0.statuses)
    }
    let sorted = GateReport.Verdict.allCases.flatMap { verdict in groups.filter { $0.key.verdict == verdict } }
    let lines = sorted.map { group, members in
      let base = group.statuses.base + (group.statuses.baseRun.map { " in run \($0)" } ?? "")
      let note = members[0].check.note
      let line =
        "\(group.verdict.rawValue): \(group.dataset), \(group.index): \(NumberText.count(members.count, "cell")) "
        + "\(base) → \(group.statuses.head)\(note.isEmpty ? "" : ": \(note)")"
      return line.printable
    }.map(short)
    guard lines.count > mostRows else { return lines }
    return lines.prefix(mostRows) + ["and \(lines.count - mostRows) more lines: see --format json"]
  }
}

/// Every check of a gate, also those that passed.
public struct GateChecks: Sendable {
  private let report: GateReport

  public init(_ report: GateReport) { self.report = report }
}

extension GateChecks: Documented {
  var document: TextDocument {
    var table = TextTable(columns: [
      .text("verdict"), .text("dataset"), .text("index"), .text("what"), .number("k"), .text("mode"),
      .text("figure"), .number("base"), .number("head"), .number("change"), .number("tolerated"), .number("widened by"),
      .number("p"),
    ])
    for check in report.checks where check.statuses == nil {
      func text(_ value: Double?) -> String {
        value.map { check.isOfShare ? NumberText.fixed($0, 4) : NumberText.significant($0) } ?? ""
      }
      table.rows.append([
        check.verdict.rawValue, check.dataset, check.index, check.name, String(check.k), check.modeText, check.metric,
        text(check.base), text(check.head), check.changeText, check.shareText(check.tolerance),
        check.widening > 0 ? check.shareText(check.widening) : "", check.pValueText ?? "",
      ])
    }
    var document = TextDocument()
    document.heading("All checks")
    document.table(table)
    return document
  }
}

extension GateReport.Check {
  /// The verdict, and the numbers on which it is based.
  var summary: String {
    var parts = [verdict.rawValue]
    if let statuses { parts.append("\(statuses.base) → \(statuses.head)") }
    if change != nil {
      parts.append("\(changeText), tolerated \(shareText(tolerance))")
      if widening > 0 { parts.append("widened by \(shareText(widening))") }
    }
    if !note.isEmpty { parts.append(note) }
    return parts.joined(separator: "; ")
  }

  /// The change as text: `-0.52 points`, or `+3.4 % [+2.1, +4.8]`.
  fileprivate var changeText: String {
    guard let change else { return "" }
    guard let interval, interval.low < interval.high else { return text(ofChange: change) }
    return "\(text(ofChange: change)) [\(digits(interval.low)), \(digits(interval.high))]"
  }

  /// One change with its unit.
  fileprivate func text(ofChange change: Double) -> String { "\(digits(change)) \(isOfShare ? "points" : "%")" }

  private func digits(_ change: Double) -> String {
    let percent = isOfShare ? 100 * change : 100 * (change - 1)
    return String(format: isOfShare ? "%+.2f" : "%+.1f", abs(percent) < 5e-3 ? 0 : percent)
  }

  fileprivate var pValueText: String? { pValue.map { $0 < 0.0005 ? "<0.001" : NumberText.fixed($0, 3) } }

  fileprivate func shareText(_ share: Double) -> String {
    "\(NumberText.significant(100 * share)) \(isOfShare ? "points" : "%")"
  }

  /// The mode as text: `single`, or `single ×2` with two threads.
  var modeText: String { mode.text(threads: threads) }
}

extension AcceptedChange {
  /// The figure with its greatest change, in one line.
  public var summary: String {
    let amount =
      switch parts[0].amount {
      case .ratio(let ratio): String(format: "%+.1f %%", 100 * (ratio - 1))
      case .difference(let difference): String(format: "%+.2f points", 100 * difference)
      case .ending(let ending): ending
      }
    let rest = parts.count > 1 ? ", and \(parts.count - 1) more" : ""
    return "\(figure) \(amount) at \(parts[0].subject)\(rest)".printable
  }
}
