import Reports
import Testing

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

  @Test func withoutMeasurementsThereIsOnlyTheHead() {
    #expect(TableExporter.text([]).split(separator: "\n").count == 1)
  }
}
