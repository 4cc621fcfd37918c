import Foundation
import Testing

@testable import Bench
@testable import Reports

@Suite struct JSONLinesExporterTests {
  private func objects(_ records: [CellRecord]) throws -> [[String: Any]] {
    try JSONLinesExporter.text(records).split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  @Test func aMeasuredCellHasEveryColumnWithItsType() throws {
    let object = try objects([.fixture()])[0]
    #expect(Figure.all.allSatisfy { object[$0.column] != nil })
    #expect(object["k-nn"] as? Double == 0.975 && object["seed"] as? UInt64 == 0xDEAD_BEEF_CAFE_F00D)
    #expect(object["parameters"] as? String == "ivf-flat(nlist=256, nprobe=4)")
    #expect(object["status"] as? String == "ok" && object["raw_file"] as? String == "results/a/4.hdf5")
  }

  @Test func aCellThatWasNotMeasuredHasItsReason() throws {
    let both = try objects([.fixture(nprobe: 2, ended: .timeout), .fixture(nprobe: 8)])
    #expect(both[0]["status"] as? String == "timeout" && both[0]["error"] as? String == "more than 5 s")
    #expect(both[0]["parameters"] as? String == "ivf-flat(nlist=256, nprobe=2)" && both[0]["qps"] == nil)
    #expect(both[1]["parameters"] as? String == "ivf-flat(nlist=256, nprobe=8)" && both[1]["qps"] as? Double == 500)
  }

  @Test func aRatioThatHasNoMeaningIsEmpty() throws {
    let record = try CellRecord.fixture()
    guard case .measured(var measurement, let file) = record.outcome else { return }
    measurement.quality.relativeError = nil
    let endless = CellRecord(
      key: record.key, dataset: record.dataset, variant: "", planned: record.planned,
      outcome: .measured(measurement, rawFile: file), finished: record.finished)
    #expect(try objects([endless])[0]["rel"] as? String == "")
  }
}
