import Foundation
import TestSupport
import Testing

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
    #expect((data["variants"] as? [String]) == [hostile])
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
    #expect(alone.contains("<h2>At equal recall</h2>") && !alone.contains("chart-equal-recall"))
  }

  @Test func aSweepOfWhichNothingWasMeasuredHasAPageToo() throws {
    let page = HTMLExporter.text(
      try .fixture([FixtureCell(ended: .outOfMemory)], folder: folder), vega: .embedded(""))
    #expect(page.contains("1 cell not measured (out-of-memory).") && page.contains("RecallBench: photos"))
  }
}
