import Foundation
import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct GateReportDocumentTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// - Parameters:
  ///   - isFinished: whether the head came to its end.
  ///   - nights: the number of equal runs before the base, by which its noise is known.
  private func report(
    _ base: [FixtureCell], _ head: [FixtureCell], isFinished: Bool = true,
    _ tolerances: [Figure: Double] = [.recall: 0.001],
    nights: Int = 0
  ) throws -> GateReport {
    func run(_ cells: [FixtureCell], isFinished: Bool) throws -> ComparedRun {
      let report = try SweepReport.fixture(cells, folder: folder, isFinished: isFinished)
      // The seed, which the fixture takes from the place, is no part of what is told apart here.
      return ComparedRun(folder: folder.path, run: report.run, records: report.records)
    }
    var configuration = GateConfiguration()
    configuration.tolerances = tolerances
    let earlier = try (0..<nights).map { night in
      try run(
        base.map { cell in
          var cell = cell
          cell.day = night + 1
          return cell
        }, isFinished: true
      ).records
    }
    let before = try run(base, isFinished: true)
    let after = try run(head, isFinished: isFinished)
    return Gate(
      configuration, Comparison(base: before, head: after), noise: NoiseFloor(earlier + [before.records])
    ).judge()
  }

  @Test func droppedIndexesAndDatasetsAreNamedInLinesOfAHundredColumns() throws {
    let long = String(repeating: "long-", count: 30)
    let dropped = (0..<30).map {
      FixtureCell(dataset: $0 < 10 ? long : "texts", variant: $0 < 10 ? "a" : "b", nprobe: $0 + 1)
    }
    let report = try report([FixtureCell()] + dropped, [FixtureCell()])
    let text = report.text
    let lines = text.split(separator: "\n").filter { $0.hasPrefix("regression: ") }
    #expect(lines.count == 2 && lines.allSatisfy { $0.count <= 100 }, "\(text)")
    #expect(lines[0].hasPrefix("regression: long-long-") && lines[0].hasSuffix("…"))
    #expect(lines[1] == "regression: texts, b: 20 cells ok → not asked for")
    #expect(report.count(.regression) == 30 && text.hasPrefix("REGRESSION"))
    #expect(report.markdown.contains("\n- regression: texts, b: 20 cells ok → not asked for\n"))
    let junit = JUnitExporter.text(report)
    #expect(junit.contains("tests=\"31\" failures=\"30\"") && junit.split(separator: "<failure ").count == 31)
  }

  @Test func oneSlowdownIsOneFinding() throws {
    func cells(_ qps: Double) -> [FixtureCell] {
      (1...4).map { FixtureCell(nprobe: $0, recall: 0.8 + 0.04 * Double($0), qps: qps / Double($0)) }
    }
    let tolerances: [Figure: Double] = [.qps: 0.05, .recall: 0.001]
    let slow = try report(cells(1000), cells(700), tolerances, nights: 5)
    let finding = try #require(slow.findings.first)
    #expect(slow.findings.count == 1 && finding.verdict == .regression && finding.counts.cells == 4)
    #expect(slow.count(.regression) == 4)
    let lines = slow.text.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("REGRESSION: ") && lines[1].contains(" checks, 1 finding: "))
    #expect(lines.allSatisfy { $0.count <= 100 }, "\(slow.text)")
    #expect(slow.text.contains("\nregression: photos, ivf-flat, k = 10, single: qps -30.0 %"), "\(slow.text)")
    #expect(slow.text.contains(", of 4 cells; tolerated 5.00 %"), "\(slow.text)")
    // What passed is shown on request.
    #expect(!slow.text.contains("passed  ") && GateChecks(slow).text.contains("passed  "))
    #expect(try report(cells(1000), cells(1000), tolerances, nights: 5).findings.isEmpty)
  }

  @Test func manyGroupsAreNotAllShown() throws {
    let dropped = (0..<50).map { FixtureCell(variant: "index-\($0)", nprobe: $0 + 1) }
    let text = try report([FixtureCell()] + dropped, [FixtureCell()]).text
    #expect(text.split(separator: "\n").count { $0.hasPrefix("regression: ") } == 40)
    #expect(text.contains("\nand 10 more lines: see --format json\n"))
  }

  @Test func aKilledRunFailsATestCase() throws {
    let report = try report([FixtureCell()], [FixtureCell()], isFinished: false)
    let junit = JUnitExporter.text(report)
    #expect(junit.contains("<testcase classname=\"runs\" name=\"came to its end\"><failure "))
    #expect(junit.contains("tests=\"2\" failures=\"1\""))
    #expect(report.text.contains("\nregression: the head, run 1, did not come to its end: 1 of 1 cells"))
  }
}
