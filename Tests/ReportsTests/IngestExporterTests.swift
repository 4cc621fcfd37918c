import Testing
import VectorIndexes

@testable import Bench
@testable import Reports

@Suite struct IngestExporterTests {
  private func row(
    _ phase: IngestMeasurement.Phase, memtableRows: Int = 0, _ writes: IngestMeasurement.Writes = .init(),
    _ searches: IngestMeasurement.Searches = .init()
  ) throws -> IngestMeasurement {
    var options = IngestOptions()
    options.rate = 5000
    return IngestMeasurement(
      dataset: "small", cell: try Measurement.fixture().cell, k: 10, options: options, phase: phase, rows: 700,
      memtableRows: memtableRows, overflowRows: memtableRows / 4, writes: writes, searches: searches)
  }

  private func fields(_ text: String) -> [[String]] {
    text.split(separator: "\r\n").map { line in
      line.replacing(/"[^"]*"/, with: "quoted").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test func whatAPhaseDoesNotHaveIsEmpty() throws {
    var writes = IngestMeasurement.Writes()
    (writes.vectors, writes.seconds, writes.p50Milliseconds, writes.p99Milliseconds) = (1000, 0.5, 1.5, 2.5)
    (writes.freezes, writes.flushes) = (3, 1)
    var searches = IngestMeasurement.Searches()
    (searches.count, searches.seconds, searches.recall, searches.judged) = (500, 0.25, 0.875, 100)
    let lines = fields(
      IngestExporter.csv([try row(.writing(4), memtableRows: 200, writes, searches), try row(.flushing, writes)]))
    #expect(lines.count == 3 && Set(lines.map(\.count)).count == 1)
    let rows = lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(lines[0], $0)) }
    #expect(rows[0]["phase"] == "4" && rows[0]["rate"] == "5000" && rows[0]["rows"] == "700")
    #expect(rows[0]["insert_rate"] == "2000.0" && rows[0]["insert_p99"] == "2.5")
    #expect(rows[0]["qps"] == "2000.0" && rows[0]["recall"] == "0.875" && rows[0]["judged"] == "100")
    #expect(rows[0]["primary_share"] == "0.75" && rows[0]["overflow_share"] == "0.25")
    #expect(rows[0]["freezes"] == "3" && rows[0]["flushes"] == "1")
    #expect(rows[1]["phase"] == "flushing")
    for name in ["rows", "qps", "p50", "recall", "memtable_rows", "overflow_share"] { #expect(rows[1][name] == "") }
  }

  @Test func theTableHasALineARow() throws {
    let lines = IngestExporter.text([try row(.before), try row(.base)]).split(separator: "\n")
    #expect(lines.count == 3 && lines[1].contains("before") && lines[2].contains("base"))
  }
}
