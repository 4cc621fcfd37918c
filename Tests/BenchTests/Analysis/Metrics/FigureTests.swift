import Testing

@testable import Bench

@Suite struct FigureTests {
  @Test func everyFigureHasANameAndAColumnOfItsOwn() {
    #expect(Set(Figure.all.map(\.name)).count == Figure.all.count)
    #expect(Set(Figure.all.map(\.column)).count == Figure.all.count)
    #expect(Figure.all.filter { $0.name != $0.column }.map(\.name) == ["recall", "rss"])
  }

  /// A figure that says how it is compared is compared, and improves in one direction.
  @Test func comparedFiguresAreThoseThatSayHow() {
    #expect(Set(Figure.all.filter { $0.comparing != nil }) == Set(Figure.compared))
    #expect(Figure.compared.allSatisfy { $0.better != nil })
    #expect(
      Figure.compared.map(\.name) == [
        "recall", "qps", "p50", "p95", "p99", "build", "index_bytes", "disk_bytes", "rss", "insert_rate", "insert_p50",
        "insert_p99",
      ])
    #expect(Figure.compared(named: "k-nn") == nil && Figure.compared(named: "rss") == .residentBytes)
    #expect(Figure.ofFronts == [.qps, .p99])
  }

  @Test func aFigureThatThereIsNoneOfHasNoNumber() throws {
    var measurement = try CellMeasurement.fixture(seed: 1, effort: 1)
    measurement.build.file = nil
    #expect(Figure.diskBytes.number(of: measurement) == nil)
    #expect(Figure.diskBytes.value(of: measurement).description == "0")
    measurement.build.residentBytes = nil
    #expect(Figure.residentBytes.number(of: measurement) == nil)
    #expect(Figure.residentBytes.value(of: measurement).description == "")
    measurement.quality.recall = .nan
    #expect(Figure.recall.number(of: measurement) == nil && Figure.recall.value(of: measurement).description == "")
    measurement.build.residentBytes = 12
    #expect(Figure.residentBytes.number(of: measurement) == 12)
  }

  @Test func moreIsWorseOfLosses() {
    #expect(Figure.qps.loss(-0.5) == 0.5 && Figure.p99.loss(0.5) == 0.5)
    #expect(abs(Figure.qps.limit(0.5) - 0.6931) < 1e-4 && abs(Figure.build.limit(1) - 0.6931) < 1e-4)
  }
}
