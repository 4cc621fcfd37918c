import Bench
import Files
import Foundation
import Reports

/// `recallbench site`: writes the results of several folders as a static site.
enum SiteCommand: Command {
  static let description = CommandDescription(
    "site", "write the results of several folders as a static site",
    arguments: [Argument(.folder("FOLDER"), repeated: true, "the results folders")],
    options: [
      Option("--out", .folder("DIR"), required: true, "the folder of the site; pages of an earlier site are replaced"),
      Option(
        "--recall", .number("RECALL", 0...1), default: "0.95", "the recall at which tables and history compare indexes"),
    ],
    notes: """
      The site has a front page with the fastest setting of each index on each dataset, a report for each dataset and for
      each index, with the table of its cells, and a page with the runs and what changed between them. Links are relative,
      and the pages load nothing, so that the site can be opened from disk or served by any web server.

      The newest measurement of each cell of all folders is taken, as `report` does for one folder.
      """,
    examples: ["site --out public reports/nightly", "site --out public --recall 0.9 reports/laptop reports/server"])

  static func run(_ arguments: Arguments) throws {
    let target = arguments.text("--out") ?? ""
    let folders = arguments.positionals
    let recall = arguments.numbers("--recall").first ?? 0.95
    let paths: [String]
    if folders.count == 1 {
      paths = try write(try Ledger(reading: folders[0]), folders, recall, to: target)
    } else {
      let merge = try LedgerMerge(folders, locks: false)
      let joined = try FolderDraft(for: NSTemporaryDirectory() + "recallbench-site-\(getpid())")
      defer { joined.discard() }
      try merge.write(to: joined.path, rawResults: .linked)
      paths = try write(try Ledger(reading: joined.path), folders, recall, to: target)
    }
    if let remark = HTMLExporter().remark { Console.note("\(remark)\n") }
    let pages = paths.count { $0.hasSuffix(".html") }
    Console.note("site: \(target)/\(SiteExporter.frontPage), \(pages) pages\n")
  }

  private static func write(
    _ ledger: Ledger, _ folders: [String], _ recall: Double, to target: String
  ) throws -> [String] {
    try SiteExporter().export(Site(ledger, folders: folders, recall: recall)).write(to: target)
  }
}
