import Bench
import Foundation

/// A gate's findings as JUnit XML, which CI systems read: one test case for each check.
///
/// The XML is written as text, because FoundationXML would add a library for one flat document.
///
/// Source: the format of Jenkins' JUnit plug-in, https://llg.cubic.org/docs/junit/.
struct JUnitExporter: Exporter {
  let format = "junit"
  let fileEnding = "xml"
  let meaning = "JUnit XML, for CI"

  func export(_ report: GateReport) -> Exported { .text(Self.text(report)) }

  static func text(_ report: GateReport) -> String {
    let verdicts = report.checks.map(\.verdict) + report.problems.map(\.verdict)
    let failures = verdicts.count { $0 == .regression }
    let skipped = verdicts.count { [.incomparable, .insufficient].contains($0) }
    var xml = """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
      <testsuite name="recallbench gate" tests="\(verdicts.count)" failures="\(failures)" errors="0" \
      skipped="\(skipped)" timestamp="\(report.head.started.formatted(.iso8601))">

      """
    func testcase(_ group: String, _ name: String, _ verdict: GateReport.Verdict, _ message: String) {
      let message = escaped(message)
      xml += "<testcase classname=\"\(escaped(group))\" name=\"\(escaped(name))\">"
      switch verdict {
      case .regression: xml += "<failure message=\"\(message)\" type=\"regression\"/>"
      case .incomparable, .insufficient: xml += "<skipped message=\"\(message)\"/>"
      case .passed, .improvement: xml += "<system-out>\(message)</system-out>"
      }
      xml += "</testcase>\n"
    }
    for problem in report.problems { testcase("runs", "came to its end", problem.verdict, problem.text) }
    for check in report.checks {
      testcase(
        "\(check.dataset).\(check.index)", "\(check.subject), k = \(check.k), \(check.modeText): \(check.metric)",
        check.verdict, check.summary)
    }
    return xml + "</testsuite>\n</testsuites>\n"
  }

  private static func escaped(_ text: String) -> String {
    // XML forbids control characters, and two further characters.
    String(text.printable.unicodeScalars.map { [0xFFFE, 0xFFFF].contains($0.value) ? " " : Character($0) })
      .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
