import Bench
import Files
import Foundation

/// A sweep as one HTML file that opens from disk: provenance, warnings, charts, and a table of the cells.
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
  /// - Complexity: O(cells).
  public static func text(_ report: SweepReport, vega: VegaScript) -> String {
    """
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
    <a class="skip" href="#charts">to the charts</a>
    <header>
    \(report.heading?.navigation ?? "")
    <h1>\(HTML.escaped(title(report)))</h1>
    \(head(report))
    </header>
    <main>
    <noscript><p>Charts and table need JavaScript; results.csv, beside this file, has all figures.</p></noscript>
    <p id="no-charts" class="card" hidden>The charts are not here: they are drawn by Vega, which this page could not load
    from \(VegaScript.host). With a network they appear; after <code>make deps</code>, <code>\(ProgramName.current) report</code>
    writes a page that needs none.</p>
    \(filter)
    <p id="status" class="quiet" role="status"></p>
    <div id="charts" class="charts" tabindex="-1">
    \(report.charts.map(figure).joined(separator: "\n"))
    </div>
    \(tables(report))
    \(tableAndPicked)
    </main>
    <script type="application/json" id="report">\(HTML.script(data(report)))</script>
    \(vega.elements)
    <script type="module">
    \(resource(PackageResources.page_js))</script>
    </body>
    </html>

    """
  }

  private static func resource(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private static func title(_ report: SweepReport) -> String {
    report.heading?.title ?? "RecallBench: \(report.records.map(\.dataset.name).distinct.joined(separator: ", "))"
  }

  // MARK: - Head

  private static func head(_ report: SweepReport) -> String {
    let machine = report.run.machineAtStart
    let provenance = machine.provenance
    let summary = [
      NumberText.count(report.cells.count, "cell"), machine.cpu, provenance.simd,
      provenance.commit.isEmpty ? "" : "commit \(provenance.commit)", report.run.started.ISO8601Format(),
    ].filter { !$0.isEmpty }
    let warnings = report.warnings.map { warning in
      let text = HTML.escaped(warning.text)
      guard !warning.details.isEmpty else { return "<li>\(text)</li>" }
      let details = warning.details.map { "<li>\(HTML.escaped($0))</li>" }.joined()
      return "<li><details><summary>\(text)</summary><ul>\(details)</ul></details></li>"
    }
    let facts = report.facts.map { "<dt>\(HTML.escaped($0.name))</dt><dd>\(HTML.escaped($0.value))</dd>" }
    return """
      <p class="quiet">\(HTML.escaped(summary.joined(separator: " · ")))</p>
      \(warnings.isEmpty ? "" : "<ul class=\"warnings\" aria-label=\"warnings\">\(warnings.joined(separator: "\n"))</ul>")
      <details><summary>Where these figures come from</summary><dl class="facts">\(facts.joined(separator: "\n"))</dl></details>
      """
  }

  // MARK: - Body

  private static let filter = """
    <form class="filter" aria-label="which cells are shown" autocomplete="off">
    \(["dataset", "k", "mode", "threads", "stage"].map { part in
      "<label class=\"field\">\(part)<select id=\"filter-\(part)\"></select></label>"
    }.joined(separator: "\n"))
    <fieldset id="filter-index"><legend>index</legend></fieldset>
    </form>
    """

  private static func figure(_ chart: any Chart) -> String {
    """
    <figure class="chart" id="figure-\(chart.name)">
    <div class="drawing" id="chart-\(chart.name)"></div>
    <figcaption>\(HTML.escaped(chart.meaning))</figcaption>
    </figure>
    """
  }

  /// The tables of the indexes at equal recalls, and of the comparison with the base.
  private static func tables(_ report: SweepReport) -> String {
    var document = TextDocument()
    document.heading("At equal recall")
    document.line("Interpolated on the front of each index, never extrapolated.")
    document.table(RecallLevels(report).table)
    let sections = [document.html] + (report.comparison.map { [$0.document.html] } ?? [])
    return sections.map { "<section class=\"card tables\">\n\($0)</section>" }.joined(separator: "\n")
  }

  private static let tableAndPicked = """
    <section class="card cells" aria-label="cells">
    <h2>Cells</h2>
    <p class="quiet">A point in a chart, or an index here, shows the command line that measures the cell again.</p>
    <div class="scroll"><table class="figures"><thead><tr id="table-head"></tr></thead><tbody id="table-body"></tbody></table></div>
    <p><button type="button" id="more-rows" hidden></button></p>
    </section>
    <aside id="picked" aria-label="the picked cell" hidden>
    <h2 id="picked-name"></h2>
    <p id="picked-figures" class="quiet"></p>
    <pre><code id="picked-command"></code></pre>
    <button type="button" id="copy">copy</button> <button type="button" id="unpick">close</button>
    <span id="copied" role="status"></span>
    </aside>
    """

  /// The data that the page's script reads.
  private static func data(_ report: SweepReport) -> JSON {
    let places = Dictionary(uniqueKeysWithValues: report.settings.enumerated().map { ($1, $0) })
    return [
      "settings": .list(
        report.settings.map {
          [
            "dataset": .text($0.dataset), "k": .integer($0.k), "mode": .text($0.mode.rawValue),
            "threads": .integer($0.threads), "stage": .text($0.stage?.description ?? ""), "text": .text($0.text),
            "allStages": .text($0.textOfAllStages),
          ]
        }),
      "variants": .list(report.variants.map { .text($0) }),
      "charts": .list(
        report.charts.map {
          [
            "name": .text($0.name), "cells": .text($0.cells.rawValue),
            "specification": $0.specification(variants: report.variants),
          ]
        }),
      "config": ChartStyle.config,
      "levels": .list(report.levels), "history": .list(report.nights),
      "rows": .list(report.cells.map { $0.row(setting: places[$0.setting] ?? 0) }),
    ]
  }
}
