import Files
import Foundation
import TestSupport
import Testing

@testable import Bench
@testable import Reports

@Suite struct ParquetExporterTests {
  /// The Python that tests read Parquet with; `nil` where there is none with pyarrow.
  private static let python: String? = {
    guard let interpreter = PrivatePython.givenInterpreter ?? PrivatePython.current.interpreter else { return nil }
    return PythonScript(interpreter, "import pyarrow").run(input: Data())?.code == 0 ? interpreter : nil
  }()

  /// The types of some columns, and their values in each row.
  private static let reader = """
    import io, json, sys
    from pyarrow import parquet
    table = parquet.read_table(io.BytesIO(sys.stdin.buffer.read()))
    columns = ["algorithm", "k-nn", "seed", "rss_bytes", "rel", "run", "count"]
    print(json.dumps([table.num_columns, table.num_rows]
      + [[str(table.schema.field(name).type)] + [str(value) for value in table[name].to_pylist()] for name in columns]))
    """

  @Test(.enabled(if: python != nil, "needs a Python with pyarrow"))
  func columnsHaveTypesAndMissingValuesAreNull() throws {
    let record = try CellRecord.fixture()
    guard case .measured(var measurement, let file) = record.outcome else { return }
    (measurement.quality.relativeError, measurement.quality.recall) = (nil, .nan)
    measurement.build.residentBytes = nil
    measurement.run = 7
    let other = CellRecord(
      key: record.key, dataset: record.dataset, variant: "", planned: record.planned,
      outcome: .measured(measurement, rawFile: file), finished: record.finished)
    let results = SweepResults(records: [record, other, try .fixture(nprobe: 2, ended: .failed)], folder: "")
    guard case .bytes(let bytes) = try ParquetExporter().export(results) else {
      Issue.record("no bytes")
      return
    }
    let read = try #require(PythonScript(Self.python ?? "", Self.reader).run(input: bytes))
    let table = try #require(JSONSerialization.jsonObject(with: read.output) as? [Any])
    #expect(table[0] as? Int == Figure.all.count && table[1] as? Int == 2)
    #expect(
      table.dropFirst(2).compactMap { $0 as? [String] } == [
        ["string", "recallbench-ivf-flat", "recallbench-ivf-flat"], ["double", "0.975", "None"],
        ["uint64", "16045690984503111693", "16045690984503111693"], ["int64", "4096", "None"],
        ["double", "0.125", "None"], ["int64", "None", "7"], ["int64", "10", "10"],
      ])
  }

  @Test func withoutPyArrowOneLineSaysHow() throws {
    let results = SweepResults(records: [try .fixture()], folder: "")
    #expect(throws: ReportError.noPyArrow(interpreter: nil)) { try ParquetExporter(interpreter: nil).export(results) }
    #expect(throws: ReportError.noPyArrow(interpreter: "/no/such/python")) {
      try ParquetExporter(interpreter: "/no/such/python").export(results)
    }
    #expect(throws: ReportError.noPyArrow(interpreter: "no-such-python")) {
      try ParquetExporter(interpreter: "no-such-python").export(results)
    }
    #expect(ReportError.noPyArrow(interpreter: nil).description.contains("install it with `make deps`"))
  }
}
