import Bench
import Files
import Foundation

/// A sweep as one HTML file that opens from disk: the best settings at a recall, charts, and a table of the cells.
public struct HTMLExporter: Exporter {
  public let format = "html"
  public let fileEnding = "html"
  public let meaning = "one file that opens from disk, offline"
  public var usualPlace: String? { Self.fileName }

  /// The file's name in the sweep's folder.
  public static let fileName = "report.html"

  /// The installation from which Vega is read, when it exists.
  public let tools: ChartTools

  public init(tools: ChartTools = .find()) { self.tools = tools }

  /// A line that says where the pages need a network, and the remedy; `nil` when they need none.
  public var remark: String? {
    VegaScript(tools).isEmbedded
      ? nil : "\(tools.folder): Vega is not there, the page loads it from the network; install it with make deps"
  }

  public func export(_ report: SweepReport) -> Exported { .text(Self.text(report, vega: VegaScript(tools))) }

  /// The whole file.
  ///
  /// - Complexity: O(cells · log cells).
  public static func text(_ report: SweepReport, vega: VegaScript) -> String {
    let data = PageData(report)
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="\(vega.contentPolicy)">
      <title>\(HTML.escaped(title(report)))</title>
      <style>
      \(resource(PackageResources.page_css))</style>
      </head>
      <body>
      <a class="skip" href="#result">to the result</a>
      <header>
      \(report.heading?.navigation ?? "")
      <h1>\(HTML.escaped(title(report)))</h1>
      \(head(report))
      </header>
      <main>
      <noscript><p>The tables and charts need JavaScript; results.csv, beside this file, has all figures.</p></noscript>
      \(report.comparison.map { ComparisonSection($0).html } ?? "")
      \(report.cells.isEmpty ? "" : result)
      <p id="no-charts" class="card" hidden>Further charts are not here: they are drawn by Vega, which this page could not
      load from \(VegaScript.host). With a network they appear; after <code>make deps</code>, <code>\(ProgramName.current)
      report</code> writes a page that needs none.</p>
      <div class="charts">
      \(data.charts.map(figure).joined(separator: "\n"))
      </div>
      \(report.cells.isEmpty ? "" : tables)
      \(notes(report))
      </main>
      \(report.cells.isEmpty ? "" : scripts(data, vega))
      </body>
      </html>

      """
  }

  private static func scripts(_ data: PageData, _ vega: VegaScript) -> String {
    """
    <script type="application/json" id="report">\(HTML.script(data.json))</script>
    <template id="vega">
    \(vega.elements)
    </template>
    <script type="module">
    \(resource(PackageResources.chart_js))\(resource(PackageResources.page_js))</script>
    """
  }

  private static func resource(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func title(_ report: SweepReport) -> String {
    report.heading?.title ?? "RecallBench: \(report.records.map(\.dataset.name).distinct.joined(separator: ", "))"
  }

  // MARK: - Head and notes

  private static func head(_ report: SweepReport) -> String {
    let provenance = report.run.machineAtStart.provenance
    let summary = [
      NumberText.count(report.cells.count, "cell"), provenance.cpu, provenance.simd,
      provenance.commit.isEmpty ? "" : "commit \(provenance.commit)", report.run.started.ISO8601Format(),
    ].filter { !$0.isEmpty }
    let serious = report.warnings.filter(\.isSerious).map { "<li>\(HTML.escaped($0.text))</li>" }
    let others = report.warnings.filter { !$0.isSerious }
    let more = others.first.map { first in
      let rest = others.count == 1 ? "" : " and \(others.count - 1) more"
      return
        " · <a href=\"#notes\">\(HTML.escaped("note: \(first.text.trimmingCharacters(in: [":", "."]))"))\(rest)</a>"
    }
    return """
      <p class="quiet">\(HTML.escaped(summary.joined(separator: " · ")))\(more ?? "")</p>
      \(serious.isEmpty ? "" : "<ul class=\"warnings\" aria-label=\"warnings\">\(serious.joined())</ul>")
      """
  }

  /// The warnings with their details, and where the figures come from.
  private static func notes(_ report: SweepReport) -> String {
    let warnings = report.warnings.map { warning in
      let text = HTML.escaped(warning.text)
      guard !warning.details.isEmpty else { return "<p>\(text)</p>" }
      let details = warning.details.map { "<li>\(HTML.escaped($0))</li>" }.joined()
      return "<details><summary>\(text)</summary><ul>\(details)</ul></details>"
    }
    let facts = report.facts.map { "<dt>\(HTML.escaped($0.name))</dt><dd>\(HTML.escaped($0.value))</dd>" }
    return """
      <section class="card notes" id="notes">
      \(warnings.isEmpty ? "" : "<h2>Notes on the measurement</h2>\n\(warnings.joined(separator: "\n"))")
      <details><summary>Where these figures come from</summary><dl class="facts">\(facts.joined(separator: "\n"))</dl></details>
      </section>
      """
  }

  // MARK: - The result

  /// The target recall, the verdicts, the table of the best settings, and the chart of recall.
  private static let result = """
    <section id="result" tabindex="-1" aria-labelledby="result-title">
    <h2 id="result-title" class="unseen">The fastest settings</h2>
    <div class="controls" role="group" aria-label="what is shown">
    <label>target recall <input type="number" id="recall" min="0.01" max="1" step="any"></label>
    <input type="range" id="recall-slider" min="0" max="4" step="0.01" aria-label="target recall">
    \(["k", "mode", "threads", "stage"].map { "<label>\($0) <select id=\"filter-\($0)\"></select></label>" }.joined(separator: "\n"))
    <label>search <input type="search" id="find" placeholder="name of an index" autocomplete="off"></label>
    </div>
    <ul id="verdicts" aria-live="polite"></ul>
    <div class="answer">
    <section class="card" id="answer" aria-label="the fastest setting of each index that reaches the recall">
    \(table("answer"))
    <p class="quiet">The fastest setting of each index whose recall is, at the lower end of its 95 % interval, at least the
    target. The speed at exactly the target is interpolated on the front of the index.</p>
    </section>
    <figure class="card">
    <div class="tools">
    <span role="radiogroup" aria-label="figure">
    \([("qps", "queries/s"), ("p99", "p99"), ("megabytes", "size")].map {
      "<label><input type=\"radio\" name=\"figure\" id=\"figure-\($0)\"> \($1)</label>"
    }.joined(separator: "\n"))
    </span>
    <label><input type="checkbox" id="all-cells"> all cells</label>
    <span class="zoom"><button type="button" id="zoom-in" aria-label="zoom in">+</button><button type="button" id="zoom-out"
    aria-label="zoom out">−</button><button type="button" id="zoom-whole">whole</button></span>
    </div>
    <div id="plot"></div>
    <figcaption id="plot-caption"></figcaption>
    </figure>
    </div>
    </section>
    """

  private static func figure(_ chart: any Chart) -> String {
    """
    <figure class="chart card" id="figure-of-\(chart.name)" hidden>
    <div class="drawing" id="chart-\(chart.name)"></div>
    <figcaption>\(HTML.escaped(chart.meaning))</figcaption>
    </figure>
    """
  }

  private static let tables = """
    <section class="card" id="levels" aria-labelledby="levels-title">
    <h2 id="levels-title">Speed at fixed recalls</h2>
    <p class="quiet">Interpolated on the front of each index, never extrapolated.</p>
    \(table("levels"))
    </section>
    <section class="card" id="cells" aria-labelledby="cells-title">
    <h2 id="cells-title">Cells</h2>
    <p id="status" class="quiet" role="status"></p>
    \(table("cells"))
    </section>
    <aside id="picked" aria-label="the picked cell" hidden>
    <h2 id="picked-name">No cell is picked</h2>
    <p id="picked-figures" class="quiet"></p>
    <pre><code id="picked-command"></code></pre>
    <button type="button" id="copy">copy</button> <button type="button" id="unpick">close</button>
    <span id="copied" role="status"></span>
    </aside>
    """

  /// A table that the page's script fills, with a button for all of its rows, and its downloads.
  private static func table(_ name: String) -> String {
    """
    <table class="figures" id="\(name)-table"></table>
    <p class="tools"><button type="button" id="\(name)-more" hidden></button>
    <span class="downloads">download <button type="button" data-ending="csv">CSV</button> <button type="button"
    data-ending="json">JSON</button></span></p>
    """
  }
}
