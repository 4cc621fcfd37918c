import Foundation
import TestSupport
import Testing

@testable import Bench
@testable import Reports

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Names from files of others, in everything that this module writes.
@Suite struct HostileNamesTests {
  private static let names = [
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a|b\\|c", "]]><x/>", "`rm -rf .`",
    "![p](https://x/y) [l](https://x)", "\u{1B}[31mred\u{1B}[2J", "\u{9B}31m", "\u{202E}gnp.exe",
    "line\nbreak\r\u{2028}x",
    "\u{0}\u{7}\u{7F}", "=1+1", "+SUM(A1)", "-2+3", "@SUM(A1)", "\t=1", "\"quoted\", and; more", "＝1+1",
  ]

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func report(_ name: String) throws -> SweepReport {
    let plain = try SweepReport.fixture(
      [
        FixtureCell(dataset: name, variant: name), FixtureCell(dataset: name, variant: name, nprobe: 8),
        FixtureCell(dataset: name, variant: name, nprobe: 16, ended: .failed),
      ], folder: folder)
    return plain
  }

  /// A report of a run beside itself, in which names and errors are hostile.
  private func texts(_ name: String) throws -> [String: String] {
    let report = try report(name)
    let records = report.records.map { record in
      guard record.status != .ok else { return record }
      return CellRecord(
        key: record.key, dataset: record.dataset, variant: name, planned: record.planned,
        outcome: .ended(.failed, error: name), finished: record.finished)
    }
    let run = Ledger.Run(
      number: 1, started: report.run.started, ended: report.run.ended, command: name, keys: report.run.keys,
      machineAtStart: report.run.machineAtStart, machineAtEnd: nil, tag: name, pairedWith: nil)
    let compared = ComparedRun(folder: folder.path, run: run, records: records)
    let comparison = Comparison(base: compared, head: compared)
    let gate = Gate(GateConfiguration(), comparison, noise: NoiseFloor([records])).judge()
    let history = History(try #require(HistoryMetric(parsing: "recall")), [(run, records)], History.Filter())
    let whole = SweepReport(
      run: run, records: records, folder: folder.path, comparison: comparison, history: history)
    var texts = [
      "results.txt": TableExporter.text(records.compactMap(\.measurement)), "runs.txt": RunListExporter.text([run]),
      "remarks.txt": SweepExporter.remarks(records),
    ]
    func add<Results>(_ name: String, _ results: Results, _ exporters: [any Exporter<Results>]) throws {
      for exporter in exporters {
        // Pictures and Parquet are written by other programs, and raw results are copied as they are.
        if exporter is PictureExporter || exporter is AnnBenchmarksExporter || exporter is ParquetExporter { continue }
        guard case .text(let text) = try exporter.export(results) else { continue }
        texts["\(name) as \(exporter.format).\(exporter.fileEnding)"] = text
      }
    }
    try add("results", SweepResults(records: records, folder: folder.path), Exporters.sweep)
    try add("compare", comparison, Exporters.comparison)
    try add("gate", gate, Exporters.gate)
    try add("gate checks", GateChecks(gate), Exporters.gateChecks)
    try add("history", history, Exporters.history)
    try add("report", whole, Exporters.report.filter { !($0 is HTMLExporter) })
    texts["page.html"] = HTMLExporter.text(whole, vega: .embedded(""))
    #expect(texts.count == 22)
    return texts
  }

  /// The fields of CSV as a reader that knows RFC 4180 takes them apart.
  private func fields(_ text: String) -> [String] {
    var fields = [""]
    var isQuoted = false
    for character in text {
      switch character {
      case "\"": isQuoted.toggle()
      case ",", "\r\n":
        if isQuoted { fallthrough }
        fields.append("")
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }

  @Test(arguments: names)
  func nothingIsObeyedByWhatShowsIt(name: String) throws {
    for (file, text) in try texts(name) {
      let obeyed = text.unicodeScalars.first { scalar in
        switch scalar.value {
        case 0x09, 0x0A, 0x0D: false
        case ..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069, 0x2028...0x2029: true
        default: false
        }
      }
      #expect(obeyed == nil, "\(file): \(obeyed.map { String($0.value, radix: 16) } ?? "")")
      switch file.split(separator: ".").last {
      case "csv":
        for field in fields(text) where field.unicodeScalars.first.map({ "=+-@＝".unicodeScalars.contains($0) }) == true
        {
          #expect(Double(field) != nil, "\(file): \(field)")
        }
        #expect(!text.replacing("\r\n", with: "").contains("\r"), "\(file)")
      case "md":
        // Outside of backslashes nothing is code, a link, a picture, a tag, or the end of a field.
        let bare = text.replacing(/\\./, with: "")
        #expect(!bare.contains("`") && !bare.contains("](") && !bare.contains("<"), "\(file)")
        let rows = bare.split(separator: "\n").filter { $0.hasPrefix("| ") }
        let widths = rows.map { row in row.count { $0 == "|" } }
        // Findings are lines.
        let isTable = file != "gate as md.md"
        #expect(Set(widths).isSubset(of: Set(widths.filter { $0 > 2 })) && rows.isEmpty != isTable, "\(file)")
      case "html":
        #expect(!text.contains("<img") && text.matches(of: /<\/script>/).count == 3, "\(file)")
      case "xml": #expect(XMLParser(data: Data(text.utf8)).parse(), "\(file)")
      case "json": #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(text.utf8)) }
      case "txt": #expect(text.hasSuffix("\n"), "\(file)")
      default: break
      }
    }
  }

  /// A field of a table has no end of its own.
  @Test func tablesOfMarkdownKeepTheirColumns() throws {
    var table = TextTable(columns: [.text("a"), .text("b")])
    table.rows = [["x|y\\|z", "`a|b`"]]
    #expect(table.markdown == "| a | b |\n| --- | --- |\n| x\\|y\\\\\\|z | \\`a\\|b\\` |\n")
  }

  @Test func numbersStayNumbersInCSV() {
    #expect(
      CSVExporter.line(["-4096", "-1.5e-3", "-inf", "+7", "nan", "-x", "=A1", "a=b"])
        == "-4096,-1.5e-3,-inf,+7,nan,'-x,'=A1,a=b\r\n")
  }

  @Test func linesOfTablesAreNotWidenedByOneField() {
    var table = TextTable(columns: [.text("a")])
    table.rows = [[String(repeating: "x", count: 100_000)], ["y"]]
    #expect(table.text.utf8.count < 2_000)
  }
}
