import Files
import Foundation
import Reports
import TestSupport
import Testing

@Suite struct ResultsFileTests {
  @Test func everyFinishedCellIsInTheFileAtOnceAndNothingElseInTheFolder() throws {
    let temporary = try TemporaryFolder()
    let results = ResultsFile(in: try OutputFolder(creating: temporary.path))
    for count in 1...3 {
      try results.write(try (1...count).map { try .fixture(nprobe: $0) })
      #expect(
        try temporary.text("results.csv")
          == CSVExporter.header + (try (1...count).map { CSVExporter.row(try .fixture(nprobe: $0)) }.joined()))
      #expect(temporary.contents == ["results.csv"])
    }
  }

  @Test func anOlderFileStaysUntilTheFirstRowIsThere() throws {
    let temporary = try TemporaryFolder()
    let folder = try OutputFolder(creating: temporary.path)
    try folder.write("old", to: "results.csv")
    let results = ResultsFile(in: folder)
    #expect(try temporary.text("results.csv") == "old")
    try results.write([try .fixture()])
    #expect(try temporary.text("results.csv").hasPrefix("algorithm,"))
  }
}
