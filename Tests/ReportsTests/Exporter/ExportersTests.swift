import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct ExportersTests {
  private func check<Results>(_ exporters: [any Exporter<Results>], _ formats: [String], _ endings: [String]) {
    #expect(exporters.map { $0.format } == formats)
    #expect(exporters.map { $0.fileEnding } == endings)
    #expect(exporters.allSatisfy { !$0.meaning.isEmpty })
  }

  @Test func theFormatsOfEverySortOfResults() {
    check(
      Exporters.sweep, ["csv", "jsonl", "parquet", "latex", "ann-benchmarks"],
      ["csv", "jsonl", "parquet", "tex", "hdf5"])
    check(Exporters.comparison, ["text", "md", "json"], ["txt", "md", "json"])
    check(Exporters.gate, ["text", "md", "junit", "json"], ["txt", "md", "xml", "json"])
    check(Exporters.history, ["text", "csv", "json"], ["txt", "csv", "json"])
    check(
      Exporters.report, ["html", "png", "svg", "md", "csv", "latex"], ["html", "png", "svg", "md", "csv", "tex"])
  }

  @Test func theTableOfASweepIsThatOfItsResultsFile() throws {
    let measured = try CellRecord.fixture()
    let results = SweepResults(records: [measured, try .fixture(nprobe: 8, ended: .failed)], folder: "")
    let folder = try TemporaryFolder()
    #expect(try CSVExporter().export(results).write(to: "\(folder.path)/a.csv") == [])
    #expect(try folder.text("a.csv") == CSVExporter.text([try .fixture()]))
  }

  @Test func aTextThatCannotBeWrittenIsAnError() throws {
    let folder = try TemporaryFolder()
    #expect(throws: ReportError.self) { try Exported.text("x").write(to: "\(folder.path)/no/such/x") }
    #expect(folder.contents.isEmpty)
  }
}
