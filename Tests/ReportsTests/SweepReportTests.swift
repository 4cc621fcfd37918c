import Foundation
import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct SweepReportTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func cellsAreComparedWithinASettingAlone() throws {
    let report = try SweepReport.small(folder: folder)
    #expect(report.settings.map(\.text) == ["photos, k = 10, single", "texts, k = 10, single", "texts, k = 10, batch"])
    #expect(report.variants == ["ivf-flat", "pq4"] && report.cells.count == 10)
    #expect(report.rows(of: FrontChart.speed, in: report.settings[0]).count == 8)
    #expect(report.rows(of: FrontChart.speed, in: report.settings[2]).count == 1)
  }

  @Test func theTypicalCellIsTheFastestThatIsGoodEnough() throws {
    let report = try SweepReport.small(folder: folder)
    let typical = report.cells.filter { $0.isTypical && $0.setting.dataset == "photos" }
    #expect(typical.map(\.measurement.quality.recall) == [0.92, 0.92])
    // Where none is, that of the best recall.
    let bad = try SweepReport.fixture(
      [FixtureCell(recall: 0.5, qps: 9000), FixtureCell(recall: 0.6, qps: 10), FixtureCell(recall: 0.55)],
      folder: folder)
    #expect(bad.cells.map(\.isTypical) == [false, true, false])
  }

  @Test func timesAreThoseOfTheReportedRound() throws {
    let report = try SweepReport.small(folder: folder)
    let times = try #require(report.cells[0].latencies)
    #expect(times.count == LatencyChart.percents.count && times.first == 1)
    // The 90th percentile of 1…8 ms, as numpy interpolates it.
    #expect(abs(times[8] - 7.3) < 1e-9 && LatencyChart.percents[8] == 90)
    #expect(report.cells[9].latencies == nil, "in a batch all queries share one time")
    #expect(report.warnings.allSatisfy { !$0.text.contains("raw results") })
  }

  @Test func aMissingRawResultIsTold() throws {
    var records = try SweepReport.small(folder: folder).records
    let other = try TemporaryFolder()
    let run = try SweepReport.small(folder: folder).run
    let report = SweepReport(run: run, records: records, folder: other.path)
    #expect(report.cells.count == 10 && report.cells.allSatisfy { $0.latencies == nil })
    #expect(report.warnings.contains { $0.text.hasPrefix("The raw results of 10 cells are not there") })
    records = []
    #expect(
      SweepReport(run: run, records: records, folder: folder.path).warnings.count { $0.text.contains("raw") } == 0)
  }

  @Test func whatWasNotMeasuredIsWarnedOf() throws {
    let report = try SweepReport.fixture(
      [FixtureCell(), FixtureCell(nprobe: 9, ended: .timeout), FixtureCell(nprobe: 10, ended: .failed)], folder: folder,
      isFinished: false)
    let warnings = report.warnings
    #expect(warnings.contains { $0.text.hasPrefix("The sweep did not come to its end: 3 of 3 cells") })
    let timeout = try #require(warnings.first { $0.text == "1 cell not measured (timeout)." })
    #expect(timeout.details.count == 1 && timeout.details[0].contains("nprobe=9"))
    #expect(timeout.details[0].hasSuffix(": more than 5 s"))
    #expect(warnings.contains { $0.text == "1 cell not measured (failed)." })
    #expect(warnings.contains { $0.text == "The figures of 1 of 1 cell are noisy." })
    #expect(warnings.contains { $0.text.hasPrefix("1 cell answered the same query differently") })
  }

  @Test func theNightThatBecameSlowerIsMarked() throws {
    let nights = try SweepReport.nights(folder: folder).nights
    try #require(nights.count == 12, "\(nights)")
    #expect(nights[6]["value"] == 1000.0 && nights[1]["started"] == 86_400_000)
    let marked = nights.indices.filter { nights[$0]["change"] != "" }
    #expect(marked == [6] && nights.allSatisfy { $0["break"] == "" && $0["setting"] == 0 })
    guard case .text(let words)? = nights[6]["change"] else { return #expect(Bool(false), "no words") }
    #expect(words.hasPrefix("worse from here: -33."))
  }

  @Test func cellsOfTwoProgramsAreToldApart() throws {
    var records = try SweepReport.small(folder: folder).records
    let run = try SweepReport.small(folder: folder).run
    guard case .measured(var measurement, let file) = records[0].outcome else { return }
    measurement.provenance = Provenance(commit: "fff0000", cpu: "A CPU", system: "Debian")
    records[0] = CellRecord(
      key: records[0].key, dataset: records[0].dataset, variant: "ivf-flat", planned: records[0].planned,
      outcome: .measured(measurement, rawFile: file), finished: records[0].finished)
    let warning = try #require(
      SweepReport(run: run, records: records, folder: folder.path).warnings.first {
        $0.text.contains("not all measured by")
      })
    #expect(warning.details.count == 2 && warning.details[0].contains("fff0000"))
  }
}
