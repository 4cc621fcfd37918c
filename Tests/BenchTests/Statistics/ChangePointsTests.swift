import Testing
import VectorCore

@testable import Bench

@Suite struct ChangePointsTests {
  private func noise(_ count: Int, around mean: Double, _ random: inout SeededGenerator) -> [Double] {
    // Nearly normal: a sum of twelve uniform numbers has variance 1.
    (0..<count).map { _ in mean + 0.01 * ((0..<12).reduce(0.0) { sum, _ in sum + random.nextUnit() } - 6) }
  }

  @Test func stepsAreFoundWhereTheyAre() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let values = noise(12, around: 0, &random) + noise(9, around: 0.06, &random) + noise(2, around: -0.1, &random)
      let places = ChangePoints.places(in: values, leastDeviation: 1e-6)
      #expect(places.contains { abs($0 - 12) <= 1 } && places.contains(21), "\(places)")
      #expect(places.count <= 4)
    }
  }

  @Test func aQuietSeriesHasNone() {
    var random = SeededGenerator(seed: 2)
    let alarms = (0..<200).count { _ in
      !ChangePoints.places(in: noise(20, around: 5, &random), leastDeviation: 1e-6).isEmpty
    }
    #expect(alarms <= 25, "\(alarms) of 200")
    #expect(ChangePoints.places(in: Array(repeating: 3, count: 30), leastDeviation: 1e-6).isEmpty)
  }

  @Test func oneNightIsNoLevel() {
    var values = [Double](repeating: 1, count: 20)
    values[10] = 1.0005
    #expect(ChangePoints.places(in: values, leastDeviation: 1e-3).isEmpty)
  }

  @Test func whatNeverMovesMovesAtOnce() {
    // Recall repeats to the last bit until the code changes.
    let values = Array(repeating: 0.95, count: 10) + Array(repeating: 0.949, count: 2)
    #expect(ChangePoints.places(in: values, leastDeviation: 1e-5) == [10])
    #expect(ChangePoints.places(in: Array(values.suffix(7)), leastDeviation: 1e-5).isEmpty)
  }
}
