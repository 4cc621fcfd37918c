import Testing

@testable import Bench
@testable import Reports

@Suite struct TableExporterTests {
  @Test func columnsLineUpAndCarryTheFigures() throws {
    let lines = TableExporter.text([try .fixture(), try .fixture(nprobe: 128)]).split(separator: "\n")
    #expect(lines.count == 4 && lines[0] == "photos, k = 10, single")
    #expect(Set(lines[1...].map(\.count)).count == 1)
    #expect(lines[1].hasPrefix("index ") && lines[3].hasPrefix("ivf-flat(nprobe=128)  "))
    let fields = lines[2].split(separator: " ").map(String.init)
    #expect(fields.contains("0.9750") && fields.contains("500") && fields.contains("1.500"))
  }

  /// Cells that differ in anything but their index are in tables of their own.
  @Test func eachPlaceHasItsTable() throws {
    var threads = try CellMeasurement.fixture()
    threads.options.threads = 2
    var other = try CellMeasurement.fixture(dataset: "texts")
    other.options.mode = .batch
    other.options.k = 1
    let lines = TableExporter.text([try .fixture(), threads, other, try .fixture(nprobe: 8)]).split(separator: "\n")
    #expect(
      lines.filter { $0.contains("k = ") } == [
        "photos, k = 10, single", "photos, k = 10, single ×2", "texts, k = 1, batch",
      ])
    #expect(lines.count == 3 * 2 + 4)
  }

  @Test func theSpreadOfSeveralRoundsIsBesideTheSpeed() throws {
    let one = try CellMeasurement.fixture()
    #expect(one.rounds.count == 1 && !TableExporter.text([one]).contains("±"))
    var several = one
    several.rounds += one.rounds
    #expect(TableExporter.text([several]).contains("  500 ±20 %  "))
  }

  @Test func callsFromPythonAreMarked() throws {
    var (python, plugin) = (try CellMeasurement.fixture(), try CellMeasurement.fixture())
    python.variant = "faiss-ivfflat"
    python.origin = SubjectOrigin(
      interface: .python, library: "faiss-cpu 1.15.1", code: "", callOverheadNanoseconds: 123.4)
    plugin.variant = "hnswlib"
    plugin.origin = SubjectOrigin(interface: .plugin, library: "hnswlib 0.8.0", code: "")
    plugin.build.indexBytes = 0
    let lines = TableExporter.text([try .fixture(), python, plugin]).split(separator: "\n").dropFirst().map(String.init)
    #expect(!lines[1].contains("*") && lines[2].contains("faiss-ivfflat * ") && !lines[3].contains("*"))
    // A size that a library does not tell is not 0.
    #expect(lines[2].hasSuffix(" 0.0") && !lines[3].hasSuffix(" 0.0"))
    #expect(
      ForeignCalls.remarks([try .fixture(), python, plugin, python]) == [
        "faiss-ivfflat (faiss-cpu 1.15.1) is called from Python, where an empty call takes 123 ns: that time is in each "
          + "single query", "hnswlib (hnswlib 0.8.0) is called as a plug-in in the measuring process",
      ])
  }

  @Test func withoutMeasurementsThereIsNothing() { #expect(TableExporter.text([]).isEmpty) }
}
