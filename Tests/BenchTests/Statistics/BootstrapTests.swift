import Testing
import VectorCore

@testable import Bench

@Suite struct BootstrapTests {
  private func intervals(
    _ nanoseconds: [[UInt64]], recalls: [Double]? = nil, fixedSpeeds: [Double]? = nil
  ) -> (recall: Interval, queriesPerSecond: Interval, p99: Interval) {
    Bootstrap.intervals(
      of: Bootstrap.Sample(
        nanoseconds: nanoseconds, fixedSpeeds: fixedSpeeds,
        recalls: recalls ?? Array(repeating: 1, count: nanoseconds[0].count)))
  }

  @Test func withoutVariationThereIsNoUncertainty() {
    let result = intervals([[500, 500, 500], [500, 500, 500]], recalls: [0.5, 0.5, 0.5])
    #expect(result.recall == Interval(low: 0.5, high: 0.5))
    #expect(abs(result.queriesPerSecond.low - 2e6) < 1e-3 && abs(result.queriesPerSecond.high - 2e6) < 1e-3)
    #expect(result.p99 == Interval(low: 500e-6, high: 500e-6))
  }

  /// Each resample's recall is the mean over those of its queries that are judged.
  @Test func queriesThatAreNotJudgedCountInNoRecall() {
    let times = [Array(repeating: UInt64(100), count: 40)]
    let half = (0..<40).map { $0.isMultiple(of: 2) ? 0.5 : Double.nan }
    #expect(intervals(times, recalls: half).recall == Interval(low: 0.5, high: 0.5))
    let one = [0.25] + Array(repeating: Double.nan, count: 39)
    #expect(intervals(times, recalls: one).recall == Interval(low: 0.25, high: 0.25))
  }

  /// Of a mean of n values the interval is known: ± 1.96 standard deviations ÷ √n.
  @Test func theIntervalOfAMeanIsThatOfTheNormalDistribution() {
    var random = SeededGenerator(seed: 7)
    let recalls = (0..<400).map { _ in random.nextUnit() }
    let interval = intervals([Array(repeating: 100, count: 400)], recalls: recalls).recall
    let mean = Dispersion.mean(recalls)
    let half = 1.96 * (Dispersion.variance(recalls) / 400).squareRoot()
    #expect(abs(interval.low - (mean - half)) < 0.1 * half && abs(interval.high - (mean + half)) < 0.1 * half)
  }

  @Test func roundsThatDifferWidenTheIntervalOfSpeed() {
    let alike = intervals([[100, 100], [100, 100], [100, 100]]).queriesPerSecond
    let apart = intervals([[100, 100], [150, 150], [200, 200]]).queriesPerSecond
    #expect(alike.low == alike.high)
    #expect(apart.low == 5e6 && apart.high == 1e7)
  }

  @Test func theSpeedOfABatchIsThatOfItsRounds() {
    let interval = intervals([[1, 900], [1, 900], [1, 900]], fixedSpeeds: [10, 20, 30]).queriesPerSecond
    #expect(interval == Interval(low: 10, high: 30))
  }

  /// Against drawing every query and sorting: the shortcut that looks at the slow end alone must not differ.
  @Test func p99IsThatOfAResampleWrittenOut() {
    var random = SeededGenerator(seed: 3)
    let times = (0..<250).map { _ in UInt64(random.next(below: 1_000_000)) }
    let fast = intervals([times]).p99
    var repeated = SeededGenerator(seed: 0x5EED)
    var values: [Double] = []
    for _ in 0..<Bootstrap.resamples {
      let drawn = times.indices.map { _ in times[repeated.next(below: times.count)] }
      _ = repeated.next(below: 1)
      values.append(percentile(99, ofSorted: drawn.map { Double($0) / 1e6 }.sorted()))
    }
    values.sort()
    #expect(abs(fast.low - percentile(2.5, ofSorted: values)) < 1e-12)
    #expect(abs(fast.high - percentile(97.5, ofSorted: values)) < 1e-12)
  }

  @Test func oneQueryIsEnough() {
    #expect(intervals([[1000]]).p99 == Interval(low: 1e-3, high: 1e-3))
  }
}
