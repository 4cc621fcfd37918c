import Testing
import VectorCore

@testable import Bench

@Suite struct SeriesChangesTests {
  private func noise(_ count: Int, _ deviation: Double, around mean: Double = 0, _ random: inout SeededGenerator)
    -> [Double]
  {
    (0..<count).map { _ in mean + deviation * ((0..<12).reduce(0.0) { sum, _ in sum + random.nextUnit() } - 6) }
  }

  private func changes(_ values: [Double], among count: Int = 1) -> [SeriesChanges.Change] {
    SeriesChanges(in: values, leastDeviation: 1e-3, among: count).changes
  }

  @Test func aStepIsAChangeOfLevel() {
    var random = SeededGenerator(seed: 3)
    let values = noise(18, 0.01, &random) + noise(12, 0.01, around: -0.08, &random)
    #expect(changes(values) == [SeriesChanges.Change(place: 18, isOfSpread: false)])
  }

  @Test func moreNoiseIsAChangeOfSpreadAndNoStep() {
    var others = 0
    for seed in 1...5 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let values = noise(20, 0.01, &random) + noise(20, 0.08, &random)
      let found = changes(values)
      #expect(found.contains { $0.isOfSpread && abs($0.place - 20) <= 4 }, "\(seed): \(found)")
      others += found.count - 1
    }
    #expect(others <= 1)
  }

  @Test func unchangedSeriesRaiseFewAlarms() {
    var random = SeededGenerator(seed: 4)
    // Mornings with ten series each.
    let alarms = (0..<30).count { _ in
      (0..<10).contains { _ in !changes(noise(30, 0.01, &random), among: 10).isEmpty }
    }
    #expect(alarms <= 5, "\(alarms) of 30 mornings")
  }
}
