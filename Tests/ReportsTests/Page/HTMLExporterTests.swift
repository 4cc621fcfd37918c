import Foundation
import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct HTMLExporterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// What a page's script reads.
  private func data(_ page: String) throws -> [String: Any] {
    let start = try #require(page.range(of: "id=\"report\">"))
    let end = try #require(page.range(of: "</script>", range: start.upperBound..<page.endIndex))
    let text = page[start.upperBound..<end.lowerBound]
    return try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func namesThatAreMarkupStayText() throws {
    let hostile = "</script><img src=x onerror=alert(1)>\"'&<!--"
    let report = try SweepReport.fixture(
      [FixtureCell(dataset: hostile, variant: hostile), FixtureCell(dataset: hostile, nprobe: 8, ended: .failed)],
      folder: folder)
    let page = HTMLExporter.text(report, vega: .embedded("'</script><!--'"))
    #expect(!page.contains("<img") && page.matches(of: /<\/script>/).count == 3)
    #expect(page.contains("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;&lt;!--"))
    let data = try data(page)
    #expect((data["indexes"] as? [[String: Any]])?.map { $0["name"] as? String } == [hostile])
    #expect(((data["settings"] as? [[String: Any]])?[0]["dataset"] as? String) == hostile)
  }

  @Test func withVegaInItThePageMayAskForNothing() throws {
    let page = HTMLExporter.text(try .small(folder: folder), vega: .embedded("window.vega = 1"))
    #expect(page.contains("<script type=\"module\">window.vega = 1</script>"))
    #expect(page.contains("content=\"default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src"))
    #expect(page.matches(of: /(src|href)="[^#]/).isEmpty)
  }

  @Test func withoutVegaItsFilesAreNamedWithTheirDigests() throws {
    let page = HTMLExporter.text(try .small(folder: folder), vega: .network)
    let loads = page.matches(
      of:
        /<script src="https:\/\/cdn\.jsdelivr\.net\/npm\/[a-z-]+@[0-9.]+\/build\/[a-z-]+\.min\.js" integrity="sha384-([^"]+)" crossorigin/
    )
    #expect(loads.count == 3)
    for load in loads { #expect(Data(base64Encoded: String(load.output.1))?.count == 48) }
    #expect(page.contains("'unsafe-eval' https://cdn.jsdelivr.net;"))
  }

  @Test func everyCellIsThereWithItsCommand() throws {
    let page = HTMLExporter.text(try .small(folder: folder), vega: .network)
    let rows = try #require(try data(page)["rows"] as? [[String: Any]])
    #expect(rows.count == 10 && rows.map { $0["setting"] as? Int } == [0, 0, 0, 0, 0, 0, 0, 0, 1, 2])
    #expect(rows.map { $0["cell"] as? Int } == Array(0..<10))
    #expect((rows[9]["command"] as? String)?.contains("--set nprobe=2 -k 10 --runs 3 --queries 8 --batch ") == true)
    #expect(rows[0]["seed"] as? String == "16045690984503111693")
  }

  @Test func besideItsBaseThePageHasRatiosAndTables() throws {
    let page = HTMLExporter.text(try .compared(folder: folder), vega: .network)
    let levels = try #require(try data(page)["levels"] as? [[String: Any]])
    // Two indexes at 0.8 and 0.9 on the first dataset; on the other no front reaches 0.8.
    #expect(levels.map { $0["variant"] as? String } == ["ivf-flat", "ivf-flat", "pq4", "pq4"])
    #expect(levels.allSatisfy { ($0["setting"] as? Int) == 0 && $0["ratio"] is Double })
    #expect(page.contains("Fronts at equal recall, interpolated") && page.contains("id=\"chart-equal-recall\""))
    let alone = HTMLExporter.text(try .small(folder: folder), vega: .network)
    #expect(!alone.contains("chart-equal-recall") && !alone.contains("class=\"card comparison\""))
  }

  /// At each recall the first step that reaches it is the choice of `best`, by the same name.
  @Test func theSettingsAreThoseThatBestNames() throws {
    let report = try SweepReport.small(folder: folder)
    let ledger = try Ledger(folder: folder.path)
    let run = try ledger.beginRun(command: "", keys: report.run.keys, machine: report.run.machineAtStart)
    try ledger.record(report.records, run: run)
    let latest = try LatestCells(ledger)
    let data = try data(HTMLExporter.text(report, vega: .network))
    let rows = try #require(data["rows"] as? [[String: Any]])
    let setting = try #require((data["settings"] as? [[String: Any]])?.first)
    let indexes = try #require(setting["indexes"] as? [[String: Any]])
    var compared = 0
    for recall in [0.5, 0.69, 0.7, 0.79, 0.8, 0.9, 0.91, 0.92] {
      let best = try #require(BestSettings(Requirement(recall: recall), of: latest).groups.first)
      #expect(best.dataset == "photos")
      for (index, name) in zip(indexes, ["ivf-flat", "pq4"]) {
        let steps = try #require(index["steps"] as? [[Double]])
        let step = steps.first { $0[1] >= recall }
        let choice = (best.reached + best.missed).first { $0.variant == name }
        #expect((step != nil) == (choice?.unmet == []), "\(recall)")
        let row = rows[Int(try #require(step ?? steps.last)[0])]
        #expect(row["setting_name"] as? String == choice?.name && row["variant"] as? String == name)
        #expect(row["qps"] as? Double == choice?.measurement.speed.queriesPerSecond)
        compared += 1
      }
    }
    #expect(compared == 16)
    // The front leaves out the cell that another one beats in both.
    let fronts = try #require(indexes[0]["fronts"] as? [String: [Int]])
    #expect(fronts["qps"] == [0, 1, 2] && fronts["p99"] == [0, 1, 2])
  }

  @Test func noHeadingIsEmptyAndEveryFigureIsLabelled() throws {
    for report in [try SweepReport.small(folder: folder), try .compared(folder: folder), try .drift(folder: folder)] {
      let page = HTMLExporter.text(report, vega: .network)
      #expect(page.matches(of: /<h[1-6][^>]*>\s*<\/h/).isEmpty)
      #expect(page.contains("<main>") && page.matches(of: /<h1>/).count == 1)
      let labels = page.matches(of: /aria-labelledby="([^"]+)"/).map { String($0.output.1) }
      #expect(labels.count >= 3 && labels.allSatisfy { page.contains("id=\"\($0)\"") })
    }
  }

  @Test func aSweepOfWhichNothingWasMeasuredHasAPageToo() throws {
    let page = HTMLExporter.text(
      try .fixture([FixtureCell(ended: .outOfMemory)], folder: folder), vega: .embedded(""))
    #expect(page.contains("1 cell not measured (out-of-memory).") && page.contains("RecallBench: photos"))
    #expect(!page.contains("<table") && !page.contains("<script") && page.matches(of: /<h2/).count == 1)
  }
}
