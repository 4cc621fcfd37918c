import Testing
import VectorIndexes

@testable import Bench
@testable import Reports

@Suite struct DriftExporterTests {
  private func row(step: Int, figures: [String: Double]) throws -> DriftMeasurement {
    DriftMeasurement(
      step: step, training: .each, insertSeconds: 0.5, trainSeconds: 1.5,
      statistics: IndexStatistics(kind: "ivf-flat", count: 1, memoryBytes: 1, figures: figures),
      measurement: try .fixture())
  }

  @Test func theFiguresOfAllIndexesFollowTheColumnsOfEachStep() throws {
    let text = DriftExporter.csv([
      try row(step: 1, figures: ["splits": 3, "depth": 2]), try row(step: 2, figures: ["error": 0.25]),
    ])
    let lines = text.split(separator: "\r\n").map { line in
      line.replacing(/"[^"]*"/, with: "quoted").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(lines.count == 3 && Set(lines.map(\.count)).count == 1)
    #expect(lines[0].suffix(4) == ["unjudged", "depth", "error", "splits"])
    #expect(lines[1].suffix(3) == ["2.0", "", "3.0"])
    #expect(lines[2].suffix(3) == ["", "0.25", ""])
    let second = Dictionary(uniqueKeysWithValues: zip(lines[0], lines[2]))
    #expect(second["step"] == "2" && second["training"] == "each" && second["recall"] == "0.975")
    #expect(second["insert_seconds"] == "0.5" && second["train_seconds"] == "1.5" && second["p50"] == "1.5")
  }

  @Test func theTableHasALineARow() throws {
    let lines = DriftExporter.text([try row(step: 7, figures: [:])]).split(separator: "\n")
    #expect(lines.count == 2 && lines[1].contains("each") && lines[1].contains("0.9750"))
  }
}
