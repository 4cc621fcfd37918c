import Files
import Foundation
import TestSupport
import Testing

@testable import Reports

/// The page in a real browser.
@Suite(
  .serialized, .enabled(if: Chromium.path != nil, "no browser here: apt-get install chromium, or set CHROMIUM"),
  .enabled(if: ChartToolsTests.isInstalled, "vl-convert is not installed here: make deps"))
struct BrowserTests {
  private let folder: TemporaryFolder
  private let browser: Chromium

  init() throws {
    folder = try TemporaryFolder()
    browser = try Chromium()
  }

  /// Writes a page. - Returns: its path.
  private func page(_ report: SweepReport, vega: VegaScript = VegaScript(ChartToolsTests.installed)) throws -> String {
    let path = "\(folder.path)/report.html"
    try OutputFile(path).write(HTMLExporter.text(report, vega: vega))
    return path
  }

  /// An expression for the symbols of a chart that stand for cells: without those of the legend.
  private func points(_ chart: String) -> String {
    "document.querySelectorAll('#chart-\(chart) svg .mark-symbol.role-mark path')"
  }

  private func count(_ chart: String) throws -> Int { Int(try browser.number("\(points(chart)).length")) }

  @Test func everyCellIsAMarkAndNothingIsAskedFor() throws {
    let path = try page(.small(folder: folder))
    try browser.open(path)
    #expect(try browser.text("document.querySelector('h1').textContent") == "RecallBench: photos, texts")
    // Eight cells of two indexes on the first dataset; each cell is a build of its own seed.
    for chart in ["recall-qps", "recall-p99", "recall-bytes", "build-time"] {
      #expect(try count(chart) == 8, "\(chart)")
    }
    // One line an index, with a mark a share.
    #expect(try count("latency") == 2 * LatencyChart.percents.count)
    // The front leaves out the cell that another beats: a line through three of four.
    let line = "document.querySelector('#chart-recall-qps svg .mark-line path').getAttribute('d')"
    #expect(try browser.text(line).matches(of: /[ML]/).count == 3)
    #expect(try browser.number("document.querySelectorAll('#table-body tr').length") == 8)
    #expect(browser.problems.isEmpty, "\(browser.problems)")
    #expect(browser.requests == [URL(filePath: path).absoluteString])
  }

  @Test func besideItsBaseEveryLevelIsAMark() throws {
    try browser.open(page(.compared(folder: folder)))
    #expect(try count("equal-recall") == 4)
    try browser.point(at: "document.querySelector('#filter-index input[value=pq4]')", clicks: true)
    _ = try browser.evaluate("new Promise((done) => setTimeout(done, 300))")
    #expect(try count("equal-recall") == 2)
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func everyNightIsAMark() throws {
    try browser.open(page(.nights(folder: folder)))
    #expect(try count("history") == 12)
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  /// Charts of stages show all of them, the others the one that is chosen: the last one at first.
  @Test func everyStageIsAMarkAndOneIsChosen() throws {
    try browser.open(page(.drift(folder: folder)))
    #expect(try count("drift-recall") == 4 && count("drift-qps") == 4 && count("recall-qps") == 2)
    let status = "document.getElementById('status').textContent"
    #expect(
      try browser.text(status) == "2 of 8 cells: photos, k = 10, single, step 2")
    _ = try browser.evaluate(
      """
      (() => { const select = document.getElementById("filter-stage"); select.selectedIndex = 0;
        select.dispatchEvent(new Event("change")); return new Promise((done) => setTimeout(done, 300)); })()
      """)
    #expect(
      try browser.text(status) == "2 of 8 cells: photos, k = 10, single, step 1")
    #expect(try count("drift-recall") == 4)
    #expect(browser.problems.isEmpty, "\(browser.problems)")
    try browser.open(page(.small(folder: folder)))
    #expect(try browser.text("document.getElementById('filter-stage').parentElement.hidden") == "true")
  }

  @Test func theFilterChangesChartsAndTable() throws {
    try browser.open(page(.small(folder: folder)))
    func choose(_ part: String, _ value: String) throws {
      _ = try browser.evaluate(
        """
        (() => { const select = document.getElementById("filter-\(part)"); select.value = "\(value)";
          select.dispatchEvent(new Event("change")); return new Promise((done) => setTimeout(done, 300)); })()
        """)
    }
    try browser.point(at: "document.querySelector('#filter-index input[value=pq4]')", clicks: true)
    _ = try browser.evaluate("new Promise((done) => setTimeout(done, 300))")
    #expect(try count("recall-qps") == 4 && count("recall-p99") == 4 && count("latency") == LatencyChart.percents.count)
    try choose("dataset", "texts")
    #expect(try count("recall-qps") == 1)
    #expect(try browser.text("document.getElementById('status').textContent") == "1 of 10 cells: texts, k = 10, single")
    try choose("mode", "batch")
    #expect(try count("recall-qps") == 1)
    #expect(try browser.text("document.getElementById('figure-latency').hidden") == "true", "a batch has one time")
    try choose("dataset", "photos")
    #expect(
      try browser.text("document.getElementById('status').textContent").hasSuffix("none was measured in this setting"))
    #expect(try browser.number("document.querySelectorAll('.chart:not([hidden])').length") == 0)
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func thePointerTellsOfACellAndAClickShowsItsCommand() throws {
    try browser.open(page(.small(folder: folder)))
    try browser.point(at: "\(points("recall-qps"))[2]")
    _ = try browser.evaluate("new Promise((done) => setTimeout(done, 300))")
    let told = try browser.text("document.getElementById('vg-tooltip-element').textContent")
    #expect(told.contains("nlist=256") && told.contains("nprobe=4") && told.contains("0.9200 (0.9100–0.9300)"))
    try browser.point(at: "\(points("recall-qps"))[2]", clicks: true)
    _ = try browser.evaluate("new Promise((done) => setTimeout(done, 300))")
    #expect(try browser.text("document.getElementById('picked').hidden") == "false")
    let command = try browser.text("document.getElementById('picked-command').textContent")
    #expect(
      command.hasPrefix(".build/release/recallbench run --dataset photos --index ivf-flat --datasets / --set nlist=256")
    )
    #expect(command.contains("--set nprobe=4 ") && command.contains("--seed 16045690984503111695 "))
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func theKeyboardReachesEverything() throws {
    try browser.open(page(.small(folder: folder)))
    var reached: [String] = []
    for _ in 0..<20 {
      try browser.press("Tab")
      reached.append(
        try browser.text(
          "document.activeElement.id || document.activeElement.value || document.activeElement.textContent.trim()"))
    }
    for stop in ["to the charts", "filter-dataset", "filter-mode", "ivf-flat", "pq4", "recall"] {
      #expect(reached.contains(stop), "\(stop): \(reached)")
    }
    _ = try browser.evaluate("document.querySelector('#table-body button').focus()")
    try browser.press("Enter")
    #expect(try browser.text("document.activeElement.id") == "copy")
    try browser.press("Escape")
    #expect(try browser.text("document.getElementById('picked').hidden") == "true")
    #expect(try browser.text("document.activeElement.closest('tbody').id") == "table-body")
  }

  @Test(arguments: [360, 1280], [false, true])
  func nothingIsWiderThanTheWindowAndTextsAreLegible(width: Int, isDark: Bool) throws {
    try browser.open(page(.small(folder: folder)), width: width, isDark: isDark)
    #expect(try browser.number("document.documentElement.scrollWidth") <= Double(width))
    // Contrast as WCAG defines it, of the page's and the charts' texts on what they stand on; 4.5 is asked for.
    let contrast = """
      (() => {
        const numbers = (color) => color.match(/[0-9.]+/g).map(Number);
        const luminance = (color) => numbers(color).slice(0, 3).map((part) => part / 255)
          .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
          .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
        const ground = getComputedStyle(document.querySelector(".chart")).backgroundColor;
        const inks = [...document.querySelectorAll(".chart svg text")].map((text) => getComputedStyle(text).fill)
          .concat([...document.querySelectorAll("figcaption, td, th")].map((text) => getComputedStyle(text).color));
        return Math.min(...inks.map((ink) => {
          const both = [luminance(ink), luminance(ground)].sort((a, b) => b - a);
          return (both[0] + 0.05) / (both[1] + 0.05);
        }));
      })()
      """
    #expect(try browser.number(contrast) >= 4.5)
    #expect(
      try browser.text("getComputedStyle(document.querySelector('.chart svg')).backgroundColor") == "rgba(0, 0, 0, 0)")
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func onPaperItIsBlackOnWhiteWithoutControls() throws {
    try browser.open(page(.small(folder: folder)), isDark: true)
    try browser.setMedia("print", isDark: true)
    #expect(try browser.text("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)")
    #expect(try browser.text("getComputedStyle(document.querySelector('.chart svg text')).fill") == "rgb(0, 0, 0)")
    #expect(try browser.text("getComputedStyle(document.querySelector('.filter')).display") == "none")
  }

  @Test func hostileNamesAreShownAsTheyAre() throws {
    let hostile = "</script><img src=x onerror=\"window.hit = 1\">'&{{}}"
    let cells = [
      FixtureCell(dataset: hostile, variant: hostile), FixtureCell(dataset: hostile, variant: "b", recall: 0.5),
    ]
    try browser.open(page(.fixture(cells, folder: folder)))
    try browser.point(at: "\(points("recall-qps"))[0]", clicks: true)
    _ = try browser.evaluate("new Promise((done) => setTimeout(done, 300))")
    #expect(try browser.text("document.getElementById('vg-tooltip-element').textContent").contains("<img src=x"))
    #expect(try browser.text("document.getElementById('picked-name').textContent").hasPrefix(hostile))
    #expect(try browser.text("window.hit") == "undefined")
    #expect(try browser.number("document.querySelectorAll('img').length") == 0)
    #expect(try count("recall-qps") == 2 && browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func withoutVegaTheTableIsThereAndThePageSaysWhatIsMissing() throws {
    try browser.open(page(.small(folder: folder), vega: .embedded("")))
    #expect(try browser.text("document.getElementById('no-charts').hidden") == "false")
    #expect(try browser.number("document.querySelectorAll('#table-body tr').length") == 8)
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }
}
