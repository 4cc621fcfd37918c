import Foundation
import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct RecallLevelsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func levelsAreInterpolatedAndNeverExtrapolated() throws {
    let levels = RecallLevels(try .small(folder: folder)).levels
    let flat = levels.prefix(RecallLevels.recalls.count)
    #expect(flat.map(\.recall) == [0.8, 0.9, 0.95, 0.99, 0.999] && flat.allSatisfy { $0.variant == "ivf-flat" })
    #expect(flat.map { $0.values[.qps] == nil } == [false, false, true, true, true])
    // A measured one; then five sixths of the way from 0.8 to 0.92, straight in the logarithm.
    #expect(flat[0].values[.qps] == 3000)
    let between = 3000 * pow(1000.0 / 3000, 5.0 / 6)
    #expect(abs(try #require(flat[1].values[.qps]) / between - 1) < 1e-9)
    #expect(abs(try #require(flat[1].values[.p99]) / (2000 / between) - 1) < 1e-9)
  }

  @Test func everySettingAndIndexHasItsLines() throws {
    let report = try SweepReport.small(folder: folder)
    let rows = RecallLevels(report).table.rows
    #expect(rows.map { $0[0] } == ["photos", "photos", "photos", "photos", "texts", "texts", "texts", "texts"])
    #expect(
      rows[2] == ["photos", "10", "single", "pq4", "queries/s", "6000", rows[2][6]]
        + [String](repeating: "not reached", count: 3))
    let lines = RecallLevels(report).csv.split(separator: "\r\n")
    #expect(lines.count == 1 + 4 * 5 && lines[1].hasPrefix("photos,10,single,1,ivf-flat,0.8,3000.0,0.66"))
    #expect(lines[20] == "texts,10,batch,1,ivf-flat,0.999,,,")
  }

  @Test func theMarkdownHasProvenanceWarningsAndLevels() throws {
    let text = try SweepReport.fixture(
      [FixtureCell(dataset: "a|<b>", recall: 0.95), FixtureCell(ended: .timeout)], folder: folder
    ).markdown
    #expect(text.hasPrefix("### RecallBench: a\\|&lt;b>, photos\n"))
    #expect(text.contains("- command: recallbench run sweep.yml\n") && text.contains("1 cell not measured (timeout)."))
    #expect(text.contains("| a\\|&lt;b> | 10 | single | ivf-flat | queries/s | 1000 | 1000 | 1000 | not reached |"))
  }
}
