import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct StageChartTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func ingest() throws -> SweepReport {
    try .fixture(
      IngestPhase.all(isSearched: true).map {
        FixtureCell(stage: .ingest(phase: $0, options: IngestOptions()))
      }, folder: folder)
  }

  @Test func aChartOfStagesShowsAllOfThemAndTheOthersOne() throws {
    let report = try SweepReport.drift(folder: folder)
    #expect(report.charts.prefix(2).map(\.name) == ["drift-recall", "drift-qps"])
    #expect(report.charts.count == Charts.all.count + 2 && report.settings.count == 4)
    let rows = report.rows(of: report.charts[0], in: report.settings[0])
    #expect(
      rows.map { $0["stage"] } == report.cells.prefix(4).map { .text("\($0.measurement.options.stage!)") })
    let names = ["ivf-flat, trained on the first tenth", "ivf-flat, trained at each step"]
    #expect(report.variants == names && rows.map { $0["variant"] } == (names + names).map { .text($0) })
    #expect(Set(rows.map { "\($0["line"]!)" }).count == 4, "each cell of the fixture has a seed of its own")
    #expect(report.rows(of: FrontChart.speed, in: report.settings[0]).count == 2)
    let written = try ingest()
    #expect(written.charts.prefix(4).map(\.name) == ["ingest-recall", "ingest-qps", "ingest-p99", "ingest-writes"])
    #expect(written.rows(of: written.charts[0], in: written.settings[0]).count == 16)
    #expect(Charts.stages(of: "").isEmpty)
  }

  /// Every chart of a workload is drawn from members that the rows have.
  @Test func everyFieldIsInTheRows() throws {
    for report in [try SweepReport.drift(folder: folder), try ingest()] {
      for chart in report.charts where chart.cells == .stages {
        let row = try #require(report.rows(of: chart, in: report.settings[0]).first)
        let text = chart.specification(variants: report.variants).text
        let fields = text.matches(of: /"field":"([a-z_0-9]+)"/).map { String($0.output.1) }
        #expect(fields.count > 5)
        for field in fields { #expect(row[field] != nil, "\(chart.name): \(field)") }
      }
    }
  }

  @Test(.enabled(if: ChartToolsTests.isInstalled, "vl-convert is not installed here: make deps"))
  func picturesAreDrawn() throws {
    for report in [try SweepReport.drift(folder: folder), try ingest()] {
      let charts = report.charts.filter { $0.cells == .stages }
      let pictures = try ChartToolsTests.installed.draw(
        charts.map { chart in
          chart.specification(
            variants: report.variants, rows: report.rows(of: chart, in: report.settings[0]), subtitle: "x", width: 700)
        }, as: .svg)
      for (chart, picture) in zip(charts, pictures) {
        let text = String(decoding: picture, as: UTF8.self)
        #expect(text.contains(chart.title))
        // The time of a batch is told of no phase in which nothing is written.
        #expect(chart.name == "ingest-writes" || text.contains("mark-symbol"), "\(chart.name)")
      }
    }
  }

  @Test func tablesTellStagesApart() throws {
    let report = try SweepReport.drift(folder: folder)
    #expect(RecallLevels(report).csv.contains("dataset,k,mode,threads,index,recall,qps,p99,stage\r\n"))
    #expect(report.markdown.contains("ivf-flat, trained at each step | step 2 |"))
    let measurements = try ingest().cells.map(\.measurement)
    let table = TableExporter.text(measurements)
    #expect(table.contains("writing tenth 3") && table.contains("rows"))
  }
}
