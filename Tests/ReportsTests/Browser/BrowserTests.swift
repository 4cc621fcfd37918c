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

  /// Changes the value of a control, as its user does.
  private func set(_ control: String, _ value: String) throws {
    _ = try browser.evaluate(
      """
      (() => { const control = document.getElementById("\(control)"); control.value = "\(value)";
        for (const name of ["input", "change"]) control.dispatchEvent(new Event(name));
        return new Promise((done) => setTimeout(done, 300)); })()
      """)
  }

  private func click(_ element: String) throws {
    try browser.point(at: element, clicks: true)
    _ = try browser.evaluate("new Promise((done) => setTimeout(done, 300))")
  }

  /// An expression for the cells of the chart of recall.
  private let cells = "document.querySelectorAll('#plot path.cell')"
  private let verdict = "document.querySelector('#verdicts .now').textContent"

  private func cellCount() throws -> Int { Int(try browser.number("\(cells).length")) }

  @Test func everyCellIsAMarkAndNothingIsAskedFor() throws {
    let path = try page(.small(folder: folder))
    try browser.open(path)
    #expect(try browser.text("document.querySelector('h1').textContent") == "RecallBench: photos, texts")
    // Eight cells of two indexes on the first dataset; each cell is a build of its own seed.
    #expect(try cellCount() == 8 && count("build-time") == 8)
    // One line an index, with a mark a share.
    #expect(try count("latency") == 2 * LatencyChart.percents.count)
    // The front leaves out the cell that another beats: a line through three of four.
    let line = "document.querySelector('#plot path.front').getAttribute('d')"
    #expect(try browser.text(line).matches(of: /[ML]/).count == 3)
    #expect(try browser.number("document.querySelectorAll('#cells-table tbody tr').length") == 8)
    try click("document.getElementById('figure-p99')")
    #expect(try cellCount() == 8 && browser.text("location.hash").contains("figure=p99"))
    #expect(browser.problems.isEmpty, "\(browser.problems)")
    #expect(browser.requests == [URL(filePath: path).absoluteString])
  }

  @Test func theFirstScreenIsTheAnswerAtTheTargetRecall() throws {
    try browser.open(page(.small(folder: folder)))
    // No setting reaches 0.95, so that the page begins with the next lower of the usual recalls.
    #expect(
      try browser.text(verdict)
        == "photos pq4(nprobe=4) is the fastest at recall ≥ 0.9: 2,000 queries/s, 2.00 times ivf-flat(nprobe=4).")
    func rows() throws -> [String] {
      try browser.text("[...document.querySelectorAll('#answer-table tbody tr')].map((row) => row.innerText).join('|')")
        .split(separator: "|").map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
    }
    let speed = { (scale: Double) in 3000 * scale * pow(1000.0 / 3000, 5.0 / 6) }
    let interpolated = [2.0, 1.0].map {
      speed($0).formatted(.number.precision(.fractionLength(0)).locale(.init(identifier: "en")))
    }
    #expect(
      try rows()
        == [
          "pq4 (nprobe=4) 0.9200 0.9100 2,000 \(interpolated[0]) 1 0.00205 1.75",
          "ivf-flat (nprobe=4) 0.9200 0.9100 1,000 \(interpolated[1]) 2 0.00205 1.75",
        ].map { $0.replacing(" (", with: "(") })
    try set("recall", "0.75")
    #expect(
      try browser.text(verdict).hasPrefix("photos pq4(nprobe=2) is the fastest at recall ≥ 0.75: 6,000 queries/s"))
    #expect(try browser.text("location.hash").contains("recall=0.75"))
    // The rule in the chart is a slider.
    _ = try browser.evaluate("document.querySelector('#plot .target').focus()")
    for _ in 0..<3 { try browser.press("ArrowRight") }
    #expect(try browser.text("document.getElementById('recall').value") == "0.78")
    #expect(try browser.text("document.querySelector('#plot .target').getAttribute('aria-valuenow')") == "0.78")
    try set("recall", "0.99")
    #expect(
      try browser.text(verdict)
        == "photos No setting reaches recall 0.99 for certain; the nearest is ivf-flat(nprobe=4): 0.9200, at least 0.9100."
    )
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func theAddressHasTheState() throws {
    try browser.open(page(.small(folder: folder)))
    _ = try browser.evaluate(
      "location.hash = 'dataset=photos&recall=0.6&hide=pq4&sort=recall'; new Promise((done) => setTimeout(done, 300))")
    #expect(
      try browser.text(verdict) == "photos Only ivf-flat(nprobe=1) reaches recall ≥ 0.6: 4,000 queries/s.")
    #expect(try cellCount() == 4 && count("build-time") == 4)
    #expect(try browser.text("document.querySelector('[aria-sort]').textContent") == "recall")
    #expect(try browser.text("document.querySelector('#answer-table input[value=pq4]').checked") == "false")
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func whatATableShowsIsDownloaded() throws {
    try browser.open(page(.small(folder: folder)))
    let text = """
      (() => { const made = []; const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => { made.push(blob); return make(blob); };
        document.querySelector("#answer button[data-ending=ENDING]").click(); return made[0].text(); })()
      """
    let csv = try #require(browser.evaluate(text.replacing("ENDING", with: "csv")) as? String).split(separator: "\r\n")
    #expect(csv.count == 3 && csv[0] == "setting,recall,at least,queries/s,at 0.9,p99 ms,index MB,build s")
    #expect(csv[1].hasPrefix("pq4(nprobe=4),0.92,0.91,2000,"))
    let json = try #require(browser.evaluate(text.replacing("ENDING", with: "json")) as? String)
    let object = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    #expect((object["rows"] as? [[String: Any]])?.map { $0["queries/s"] as? Double } == [2000, 1000])
  }

  @Test func besideItsBaseEveryLevelIsAMark() throws {
    try browser.open(page(.compared(folder: folder)))
    #expect(try count("equal-recall") == 4)
    try click("document.querySelector('#answer-table input[value=pq4]')")
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
    #expect(try count("drift-recall") == 4 && count("drift-qps") == 4 && cellCount() == 2)
    let status = "document.getElementById('status').textContent"
    #expect(try browser.text(status) == "2 of 8 cells: photos, k = 10, single, step 2")
    try set("filter-stage", "step 1")
    #expect(try browser.text(status) == "2 of 8 cells: photos, k = 10, single, step 1")
    #expect(try count("drift-recall") == 4)
    #expect(browser.problems.isEmpty, "\(browser.problems)")
    try browser.open(page(.small(folder: folder)))
    #expect(try browser.text("document.getElementById('filter-stage').parentElement.hidden") == "true")
  }

  @Test func theFilterChangesChartsAndTable() throws {
    try browser.open(page(.small(folder: folder)))
    try click("document.querySelector('#answer-table input[value=pq4]')")
    #expect(try cellCount() == 4 && count("latency") == LatencyChart.percents.count)
    try click("document.querySelectorAll('#verdicts button')[1]")
    #expect(try cellCount() == 1)
    #expect(try browser.text("document.getElementById('status').textContent") == "1 of 10 cells: texts, k = 10, single")
    try set("filter-mode", "batch")
    #expect(try cellCount() == 1)
    #expect(try browser.text("document.getElementById('status').textContent") == "1 of 10 cells: texts, k = 10, batch")
    #expect(try browser.text("document.getElementById('figure-of-latency').hidden") == "true", "a batch has one time")
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func thePointerTellsOfACellAndAClickShowsItsCommand() throws {
    try browser.open(page(.small(folder: folder)))
    let best = "[...\(cells)].at(-1)"
    try browser.point(at: best)
    let told = try browser.text("document.querySelector('.tooltip').innerText")
    #expect(told.hasPrefix("pq4(nprobe=4, seed=") && told.contains("recall 0.9200 (0.9100–0.9300)"))
    try click(best)
    #expect(try browser.text("document.getElementById('picked').hidden") == "false")
    let command = try browser.text("document.getElementById('picked-command').textContent")
    #expect(command.hasPrefix(".build/release/recallbench run --dataset photos --index ivf-flat --datasets / "))
    #expect(command.contains("--set nprobe=4 ") && command.contains("--seed 16045690984503111699 "))
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func theKeyboardReachesEverything() throws {
    try browser.open(page(.small(folder: folder)))
    var reached: [String] = []
    for _ in 0..<40 {
      try browser.press("Tab")
      reached.append(
        try browser.text(
          "document.activeElement.id || document.activeElement.value || document.activeElement.textContent.trim() || '?'"
        ))
    }
    for stop in [
      "to the result", "recall", "recall-slider", "filter-mode", "texts", "pq4", "pq4(nprobe=4)", "queries/s",
    ] {
      #expect(reached.contains(stop), "\(stop): \(reached)")
    }
    _ = try browser.evaluate("document.querySelector('#cells-table button.name').focus()")
    try browser.press("Enter")
    #expect(try browser.text("document.activeElement.id") == "copy")
    try browser.press("Escape")
    #expect(try browser.text("document.getElementById('picked').hidden") == "true")
    #expect(try browser.text("document.activeElement.closest('table').id") == "cells-table")
  }

  @Test(arguments: [360, 390, 1100, 1400], [false, true])
  func nothingIsWiderThanTheWindowAndTextsAreLegible(width: Int, isDark: Bool) throws {
    try browser.open(page(.compared(folder: folder)), width: width, isDark: isDark)
    #expect(try browser.number("document.documentElement.scrollWidth") <= Double(width))
    // No table is wider than its card.
    #expect(
      try browser.number(
        "[...document.querySelectorAll('table')].filter((table) => table.scrollWidth > table.parentElement.clientWidth).length"
      ) == 0)
    // Contrast as WCAG defines it, of the page's and the charts' texts on what they stand on; 4.5 is asked for.
    let contrast = """
      (() => {
        const numbers = (color) => color.match(/[0-9.]+/g).map(Number);
        const luminance = (color) => numbers(color).slice(0, 3).map((part) => part / 255)
          .map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
          .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0);
        const ground = getComputedStyle(document.querySelector(".card")).backgroundColor;
        const inks = [...document.querySelectorAll(".chart svg text, #plot text, .plot text")].map((text) => getComputedStyle(text).fill)
          .concat([...document.querySelectorAll("figcaption, td, th, button, summary, .quiet")].map((text) => getComputedStyle(text).color));
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

  @Test func onPaperItIsBlackOnWhiteWithoutControlsAndNothingIsFolded() throws {
    try browser.open(page(.compared(folder: folder)), isDark: true)
    try browser.setMedia("print", isDark: true)
    #expect(try browser.text("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)")
    #expect(try browser.text("getComputedStyle(document.querySelector('#plot .target text')).fill") == "rgb(0, 0, 0)")
    #expect(try browser.text("getComputedStyle(document.querySelector('.controls')).display") == "none")
    _ = try browser.evaluate("dispatchEvent(new Event('beforeprint'))")
    #expect(
      try browser.number("document.querySelectorAll('main details:not([open], .vega-embed details)').length") == 0)
  }

  @Test func hostileNamesAreShownAsTheyAre() throws {
    let hostile = "</script><img src=x onerror=\"window.hit = 1\">'&{{}}"
    let cells = [
      FixtureCell(dataset: hostile, variant: hostile), FixtureCell(dataset: hostile, variant: "b", recall: 0.5),
    ]
    try browser.open(page(.fixture(cells, folder: folder)))
    try browser.point(at: "[...\(self.cells)].at(-1)", clicks: true)
    #expect(try browser.text("document.querySelector('.tooltip').textContent").contains("<img src=x"))
    #expect(try browser.text("document.getElementById('picked-name').textContent").hasPrefix(hostile))
    #expect(try browser.text("window.hit") == "undefined")
    #expect(try browser.number("document.querySelectorAll('img').length") == 0)
    #expect(try cellCount() == 2 && browser.problems.isEmpty, "\(browser.problems)")
  }

  @Test func withoutVegaTheAnswerIsThereAndThePageSaysWhatIsMissing() throws {
    try browser.open(page(.small(folder: folder), vega: .embedded("")))
    #expect(try browser.text("document.getElementById('no-charts').hidden") == "false")
    #expect(try browser.number("document.querySelectorAll('#cells-table tbody tr').length") == 8)
    #expect(try cellCount() == 8)
    #expect(browser.problems.isEmpty, "\(browser.problems)")
  }
}
