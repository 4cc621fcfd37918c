import Bench
import Foundation

/// The pages of a site.
struct SitePages {
  /// A report on a part of the results.
  struct Report: Sendable {
    /// The folder of the page, relative to the site.
    let folder: String
    let heading: PageHeading
    let results: FolderResults
  }

  private let site: Site
  private let datasetFolders: [String: String]
  private let indexFolders: [String: String]

  init(_ site: Site) {
    self.site = site
    let (datasets, indexes) = (SiteNames(site.datasets), SiteNames(site.indexes))
    datasetFolders = Dictionary(uniqueKeysWithValues: site.datasets.map { ($0, "datasets/\(datasets[$0])") })
    indexFolders = Dictionary(uniqueKeysWithValues: site.indexes.map { ($0, "indexes/\(indexes[$0])") })
  }

  // MARK: - Reports

  var reports: [Report] {
    site.datasets.map { name in
      report(name, in: datasetFolders[name] ?? "") { $0.dataset.name == name }
    }
      + site.indexes.map { name in
        report(name, in: indexFolders[name] ?? "") { $0.variant == name }
      }
  }

  private func report(_ name: String, in folder: String, _ isPart: (CellRecord) -> Bool) -> Report {
    let links = [("all results", SiteExporter.frontPage), ("history", SiteExporter.historyPage)].map {
      PageHeading.Link(text: $0.0, address: "../../\($0.1)")
    }
    return Report(
      folder: folder,
      heading: PageHeading(
        title: "RecallBench: \(name)", links: links + [PageHeading.Link(text: "table", address: ResultsFile.name)],
        folders: site.folders.joined(separator: ", ")),
      results: site.results.selecting(isPart))
  }

  // MARK: - Front page

  /// The datasets with the fastest setting of each index, and the indexes.
  var front: String {
    let measured = site.results.records.compactMap(\.measurement)
    let summary = [
      NumberText.count(measured.count, "cell"), NumberText.count(site.datasets.count, "dataset"),
      site.indexes.count == 1 ? "1 index" : "\(site.indexes.count) indexes",
      NumberText.count(site.runs.count, "run"), "the newest of \(site.results.run.started.ISO8601Format())",
    ].joined(separator: " · ")
    let remarks = site.results.leftOutRemarks.map { "<li>\(HTML.escaped("left out: \($0)"))</li>" }
    return Self.page(
      PageHeading(
        title: "RecallBench: results",
        links: [
          PageHeading.Link(text: "history", address: SiteExporter.historyPage),
          PageHeading.Link(text: "table of all cells", address: ResultsFile.name),
        ], folders: ""),
      """
      <p class="quiet">\(HTML.escaped(summary))</p>
      \(remarks.isEmpty ? "" : "<ul class=\"warnings\" aria-label=\"warnings\">\(remarks.joined())</ul>")
      """,
      site.datasets.map(section) + [indexes])
  }

  private func section(_ dataset: String) -> String {
    let record = site.results.records.first { $0.dataset.name == dataset }
    let requirement = site.best.requirement
    let groups = site.best.groups.filter { $0.dataset == dataset }.map { group in
      let setting = "k = \(group.k), \(group.mode.text(threads: group.threads)), \(group.queries) queries"
      let lines = BestSettingsDocument.remarks(on: group, requirement)
      return "<p>\(HTML.escaped("\(setting), \(requirement.words)"))</p>\n"
        + (group.reached.isEmpty ? "" : BestSettingsDocument.table(of: group, requirement).html)
        + lines.map { "<p class=\"quiet\">\(HTML.escaped($0))</p>" }.joined(separator: "\n")
    }
    return """
      <h2>\(Self.link(dataset, to: datasetFolders[dataset]))</h2>
      <p class="quiet">\(HTML.escaped(record?.dataset.summary ?? ""))</p>
      \(groups.joined(separator: "\n"))
      """
  }

  private var indexes: String {
    let rows = site.indexes.map { index in
      let records = site.results.records.filter { $0.variant == index }
      let datasets = records.map(\.dataset.name).distinct.map { Self.link($0, to: datasetFolders[$0]) }
      return "<tr><td class=\"text\">\(Self.link(index, to: indexFolders[index]))</td><td>"
        + "\(records.count { $0.status == .ok })</td><td class=\"text\">\(datasets.joined(separator: ", "))</td></tr>"
    }
    return """
      <h2>Indexes</h2>
      <div class="scroll"><table class="figures"><thead>
      <tr><th class="text">index</th><th>cells</th><th class="text">datasets</th></tr></thead><tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  // MARK: - History

  /// The changes between the runs, and the list of the runs.
  var history: String {
    var sections: [String] = []
    if let history = site.history {
      var table = TextTable(columns: [
        .text("dataset"), .text("index"), .number("from run"), .text("started"), .text("commit"), .text("change"),
      ])
      table.rows = history.series.flatMap { series in
        series.changes.map { change in
          [
            series.dataset, series.name, "\(change.run)", series.points[change.place].started.ISO8601Format(),
            change.commit, history.words(change),
          ]
        }
      }
      sections.append(
        """
        <h2>\(HTML.escaped("Changes of \(history.metric)"))</h2>
        \(table.rows.isEmpty ? "<p>No index has changed.</p>" : table.html)
        <p class="quiet">The page of each dataset draws the figure from run to run.</p>
        """)
    }
    sections.append("<h2>Runs</h2>\n\(RunListExporter.table(site.runs).html)")
    return Self.page(
      PageHeading(
        title: "RecallBench: history",
        links: [PageHeading.Link(text: "all results", address: SiteExporter.frontPage)], folders: ""),
      "", sections)
  }

  // MARK: - Parts

  private static func link(_ text: String, to folder: String?) -> String {
    guard let folder else { return HTML.escaped(text) }
    return "<a href=\"\(HTML.escaped("\(folder)/\(HTMLExporter.fileName)"))\">\(HTML.escaped(text))</a>"
  }

  /// Only the last column of a table, which may have long texts, has several lines.
  private static let rules = """
    main table.figures :is(th, td):not(:last-child) { white-space: nowrap; min-width: 0; }
    """

  /// A page without charts, which needs no script.
  private static func page(_ heading: PageHeading, _ head: String, _ sections: [String]) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
    base-uri 'none'; form-action 'none'">
    <title>\(HTML.escaped(heading.title))</title>
    <style>
    \(String(decoding: PackageResources.page_css, as: UTF8.self))
    \(rules)</style>
    </head>
    <body>
    <header>
    \(heading.navigation)
    <h1>\(HTML.escaped(heading.title))</h1>
    \(head)
    </header>
    <main>
    \(sections.map { "<section class=\"card tables\">\n\($0)\n</section>" }.joined(separator: "\n"))
    </main>
    </body>
    </html>

    """
  }
}
