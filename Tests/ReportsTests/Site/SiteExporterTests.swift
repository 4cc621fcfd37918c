import Foundation
import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct SiteExporterTests {
  private let ledgerFolder: TemporaryFolder
  private let site: TemporaryFolder

  init() throws {
    ledgerFolder = try TemporaryFolder()
    site = try TemporaryFolder()
  }

  /// Writes the site of a ledger with these runs, whose pages need no network.
  private func write(_ runs: [[FixtureCell]]) throws {
    let ledger = try Ledger(folder: ledgerFolder.path)
    for (day, cells) in runs.enumerated() {
      let report = try SweepReport.fixture(cells, folder: ledgerFolder)
      let (machine, time) = (report.run.machineAtStart, Date(timeIntervalSince1970: Double(day) * 86_400))
      let run = try ledger.beginRun(command: "recallbench run", keys: report.run.keys, machine: machine, at: time)
      try ledger.record(report.records, run: run)
      try ledger.endRun(run, machine: machine, at: time)
    }
    let tools = try TemporaryFolder()
    try Data("window.vega = 1".utf8).write(to: URL(filePath: "\(tools.path)/vega.js"))
    let exported = SiteExporter(tools: ChartTools(folder: tools.path))
      .export(try Site(ledger, folders: ["nights"], recall: 0.9))
    try withExtendedLifetime(tools) { _ = try exported.write(to: site.path) }
  }

  /// The files that a page of the site links to, as paths in the site; each address is relative.
  private func links(of page: String) throws -> [String] {
    let text = try site.text(page)
    let folder = URL(filePath: "/\(page)").deletingLastPathComponent()
    return text.matches(of: /(?:href|src)="([^"#][^"]*)"/).map { match in
      let address = String(match.output.1)
      #expect(!address.contains(":") && !address.hasPrefix("/"), "\(page): \(address)")
      let path = folder.appending(path: address).standardizedFileURL.path(percentEncoded: false)
      return String(path.dropFirst())
    }
  }

  @Test func everyLinkLeadsToAFileAndEveryPageIsReached() throws {
    let names = ["photos", "Photos", "ph:otos", "ph?otos", "<b>&\"#%", ".hidden", "größe", "a b"]
    try write([
      names.map { FixtureCell(dataset: $0, variant: $0, recall: 0.95) },
      [FixtureCell(dataset: "photos", variant: "../x/y", nprobe: 8, recall: 0.95, day: 1)],
    ])
    var reached: Set = ["index.html"]
    var rest = ["index.html"]
    while let page = rest.popLast() {
      for file in try links(of: page) {
        #expect(site.files.contains(file), "\(page) links to \(file)")
        if reached.insert(file).inserted, file.hasSuffix(".html") { rest.append(file) }
      }
    }
    #expect(reached == Set(site.files), "\(reached.symmetricDifference(site.files))")
    // Two pages and a table, and two files for each of 8 datasets and 9 indexes.
    #expect(site.files.count == 3 + 2 * (8 + 9))
    #expect(Set(site.files.map { $0.lowercased() }).count == site.files.count)
    #expect(
      site.files.allSatisfy { $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./".contains($0)) } })
  }

  @Test func theFrontPageHasTheFastestSettingOfEachIndex() throws {
    try write([
      [
        FixtureCell(variant: "one", nprobe: 1, recall: 0.8, qps: 9000),
        FixtureCell(variant: "one", nprobe: 2, recall: 0.95, qps: 4000),
      ], [FixtureCell(variant: "two", nprobe: 4, recall: 0.95, qps: 5000, day: 1)],
    ])
    let front = try site.text("index.html")
    #expect(front.contains("3 cells · 1 dataset · 2 indexes · 2 runs · the newest of 1970-01-02T00:00:00Z"))
    #expect(front.contains("<h2><a href=\"datasets/photos/report.html\">photos</a></h2>"))
    #expect(front.contains("<p>k = 10, single, 8 queries, recall of at least 0.9</p>"))
    let order = try ["two(", "one("].map { name in
      try #require(front.range(of: "<td data-title=\"index\" class=\"text\">\(name)")).lowerBound
    }
    #expect(order == order.sorted() && !front.contains("9000"))
  }

  @Test func aPageHasTheCellsOfItsDatasetOrIndexAlone() throws {
    try write([
      [
        FixtureCell(dataset: "photos", variant: "one"), FixtureCell(dataset: "texts", variant: "one"),
        FixtureCell(dataset: "texts", variant: "two"),
      ]
    ])
    func rows(_ folder: String) throws -> Int {
      try site.text("\(folder)/results.csv").split(separator: "\r\n").count - 1
    }
    #expect(try ["datasets/photos", "datasets/texts", "indexes/one", "indexes/two"].map(rows) == [1, 2, 2, 1])
    #expect(try rows(".") == 3)
    let page = try site.text("datasets/photos/report.html")
    #expect(page.contains("<title>RecallBench: photos</title>") && !page.contains("texts"))
    #expect(page.contains("<dt>folder</dt><dd>nights</dd>") && !page.contains(ledgerFolder.path))
  }

  @Test func theHistoryNamesRunsAndChanges() throws {
    try write((0..<12).map { [FixtureCell(recall: 0.96, qps: $0 < 6 ? 1500 + Double($0 % 3) : 1000, day: $0)] })
    let history = try site.text("history.html")
    #expect(history.contains("Changes of qps@recall=0.9") && history.contains("worse from here"))
    #expect(history.matches(of: /recallbench run/).count == 12)
    #expect(try site.text("datasets/photos/report.html").contains("History of qps@recall=0.9"))
  }

  @Test func namesBecomeFileNamesThatStayApart() {
    let names = ["photos", "texts", "TEXTS", "a/b", "a:b", "", "..", String(repeating: "x", count: 300)]
    let files = SiteNames(names)
    #expect(files["photos"] == "photos")
    #expect(files["texts"].hasPrefix("texts-") && files["TEXTS"].hasPrefix("TEXTS-"))
    #expect(files["a/b"].hasPrefix("a_b-") && files[".."].hasPrefix("_..-"))
    #expect(Set(names.map { files[$0].lowercased() }).count == names.count)
    #expect(names.allSatisfy { files[$0].utf8.count < 130 && !files[$0].contains("/") })
  }
}
