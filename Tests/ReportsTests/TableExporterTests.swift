import Testing

@testable import Bench
@testable import Reports

@Suite struct TableExporterTests {
  @Test func columnsLineUpAndCarryTheFigures() throws {
    let lines = TableExporter.text([try .fixture(), try .fixture(nprobe: 128, dataset: "a longer name")])
      .split(separator: "\n")
    #expect(lines.count == 3)
    #expect(Set(lines.map(\.count)).count == 1)
    #expect(lines[0].hasPrefix("dataset "))
    let fields = lines[1].split(separator: " ").map(String.init)
    #expect(fields.contains("0.9750") && fields.contains("500") && fields.contains("±20") && fields.contains("1.500"))
  }

  @Test func callsFromPythonAreMarked() throws {
    var (python, plugin) = (try CellMeasurement.fixture(), try CellMeasurement.fixture())
    python.variant = "faiss-ivfflat"
    python.origin = SubjectOrigin(
      interface: .python, library: "faiss-cpu 1.15.1", code: "", callOverheadNanoseconds: 123.4)
    plugin.variant = "hnswlib"
    plugin.origin = SubjectOrigin(interface: .plugin, library: "hnswlib 0.8.0", code: "")
    plugin.build.indexBytes = 0
    let lines = TableExporter.text([try .fixture(), python, plugin]).split(separator: "\n")
    #expect(!lines[1].contains("*") && lines[2].contains("faiss-ivfflat * ") && !lines[3].contains("*"))
    // A size that a library does not tell is not 0.
    #expect(lines[2].hasSuffix(" 0.0") && !lines[3].hasSuffix(" 0.0"))
    #expect(
      ForeignCalls.remarks([try .fixture(), python, plugin, python]) == [
        "faiss-ivfflat (faiss-cpu 1.15.1) is called from Python, where an empty call takes 123 ns: that time is in each "
          + "single query", "hnswlib (hnswlib 0.8.0) is called as a plug-in in the measuring process",
      ])
  }

  @Test func withoutMeasurementsThereIsOnlyTheHead() {
    #expect(TableExporter.text([]).split(separator: "\n").count == 1)
  }
}
