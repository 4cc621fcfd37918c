import Bench
import Foundation

/// Results as a static site: a front page, a report for each dataset and for each index, and the history.
///
/// The pages link to each other by relative addresses and load nothing, so that the site can be opened from disk, copied
/// and served. Each report is in a folder of its own, with the table of its cells beside it.
public struct SiteExporter: Exporter {
  public let format = "site"
  public let fileEnding = "html"
  public let meaning = "a static site"
  /// The name of the front page.
  public static let frontPage = "index.html"
  static let historyPage = "history.html"

  private let tools: ChartTools

  public init(tools: ChartTools = .find()) { self.tools = tools }

  /// The files; the front page is the last one, so that it never names a page that is not there.
  public func export(_ site: Site) -> Exported {
    let pages = SitePages(site)
    let reports = pages.reports.flatMap { page in
      [
        table(of: page.results, in: "\(page.folder)/"),
        Exported.File(path: "\(page.folder)/\(HTMLExporter.fileName)") {
          var report = SweepReport(page.results, history: site.history)
          report.heading = page.heading
          return Data(HTMLExporter.text(report, vega: VegaScript(tools)).utf8)
        },
      ]
    }
    return .files(
      reports + [
        table(of: site.results, in: ""), Exported.File(path: Self.historyPage) { Data(pages.history.utf8) },
        Exported.File(path: Self.frontPage) { Data(pages.front.utf8) },
      ])
  }

  private func table(of results: FolderResults, in folder: String) -> Exported.File {
    Exported.File(path: folder + ResultsFile.name) {
      Data(CSVExporter.text(results.records.compactMap(\.measurement).comparingBuilds()).utf8)
    }
  }
}
