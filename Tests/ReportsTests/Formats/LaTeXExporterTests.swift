import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct LaTeXExporterTests {
  @Test func aTableHasTheRulesOfBooktabs() {
    let table = TextTable(columns: [.text("index"), .number("spread")], rows: [["a_b & c", "±3 %"], ["d", "1"]])
    #expect(
      table.latex == #"""
        % Needs \usepackage{booktabs}.
        \begin{tabular}{lr}
        \toprule
        index & spread \\
        \midrule
        a\_b \& c & ±3 \% \\
        d & 1 \\
        \bottomrule
        \end{tabular}

        """#)
  }

  @Test func noNameIsACommand() {
    #expect(
      TextTable.latexEscaped(##"\input{x}$#^~<|>"a-b---"##)
        == ##"\textbackslash{}input\{x\}\$\#\textasciicircum{}\textasciitilde{}\textless{}\textbar{}\textgreater{}\textquotedbl{}a-b-{}-{}-"##
    )
  }

  @Test func cellsAndRecallLevelsAreTables() throws {
    let folder = try TemporaryFolder()
    let report = try SweepReport.small(folder: folder)
    func text<Results>(_ exporters: [any Exporter<Results>], _ results: Results) throws -> String {
      let exporter = try #require(exporters.first { $0.format == "latex" })
      guard case .text(let text) = try exporter.export(results) else { return "" }
      return text
    }
    let cells = try text(Exporters.sweep, SweepResults(records: report.records, folder: folder.path))
    let titles = cells.split(separator: "\n").filter { $0.hasPrefix("% photos") || $0.hasPrefix("% texts") }
    #expect(titles == ["% photos, k = 10, single", "% texts, k = 10, single", "% texts, k = 10, batch"])
    // A heading for each table, and a row for each cell.
    #expect(cells.split(separator: "\n").count { $0.hasSuffix(" \\\\") } == 3 + 10)
    #expect(cells.contains("\nivf-flat(nprobe=1"))
    let levels = try text(Exporters.report, report)
    #expect(levels.contains("photos & 10 & single & pq4 & queries/s & 6000 & "))
  }
}
