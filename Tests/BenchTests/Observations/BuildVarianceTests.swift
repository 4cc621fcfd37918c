import Testing
import VectorCore

@testable import Bench

@Suite struct BuildVarianceTests {
  @Test func oneBuildVariesInItsRoundsAlone() {
    let variance = BuildVariance(recalls: [0.9], speeds: [[90, 100, 110]])
    #expect(variance.builds == 1 && variance.recallDeviation == 0 && variance.speedVariationOfBuilds == 0)
    #expect(abs(variance.speedVariationOfRounds - 0.1) < 1e-12)
  }

  @Test func buildsThatDifferAreToldFromRoundsThatDo() {
    let steady = BuildVariance(recalls: [0.8, 0.9], speeds: [[100, 100, 100], [200, 200, 200]])
    #expect(steady.speedVariationOfRounds == 0 && abs(steady.speedVariationOfBuilds - 5000.squareRoot() / 150) < 1e-12)
    #expect(abs(steady.recallDeviation - 0.005.squareRoot()) < 1e-12)
    // The same means, but no more apart than the rounds explain.
    let noisy = BuildVariance(recalls: [0.8, 0.8], speeds: [[0, 100, 200], [100, 200, 300]])
    #expect(noisy.speedVariationOfBuilds < 0.35 && noisy.speedVariationOfRounds > 0.6)
  }

  /// Random effects with known variances are found again.
  @Test func theComponentsOfAKnownModelAreFound() {
    var random = SeededGenerator(seed: 1)
    func normal() -> Double { (0..<12).reduce(-6.0) { sum, _ in sum + random.nextUnit() } }
    let speeds = (0..<400).map { _ in
      let build = 1000 + 50 * normal()
      return (0..<5).map { _ in build + 20 * normal() }
    }
    let variance = BuildVariance(recalls: speeds.map { _ in 1 }, speeds: speeds)
    #expect(abs(variance.speedVariationOfBuilds - 0.05) < 0.005)
    #expect(abs(variance.speedVariationOfRounds - 0.02) < 0.002)
  }

  @Test func buildsOfOneCellStandTogetherAndNoOthers() throws {
    func measurement(seed: UInt64, effort: Int, recall: Double) throws -> CellMeasurement {
      var measurement = try CellMeasurement.fixture(seed: seed, effort: effort)
      measurement.quality.recall = recall
      return measurement
    }
    let measurements = [
      try measurement(seed: 1, effort: 10, recall: 0.7), try measurement(seed: 1, effort: 20, recall: 0.9),
      try measurement(seed: 2, effort: 10, recall: 0.5),
    ].comparingBuilds()
    #expect(measurements.map { $0.buildVariance?.builds } == [2, 1, 2])
    // Equal bytes under another name or metric, or of another row of the sweep, are something else.
    for change in [{ $0.dataset.name = "x" }, { $0.dataset.metric = .dot }, { $0.variant = "x" }]
      as [(inout CellMeasurement) -> Void]
    {
      var other = measurements[2]
      change(&other)
      #expect([measurements[0], other].comparingBuilds().map { $0.buildVariance?.builds } == [1, 1])
    }
    #expect(abs((measurements[0].buildVariance?.recallDeviation ?? 0) - 0.02.squareRoot()) < 1e-12)
  }
}
