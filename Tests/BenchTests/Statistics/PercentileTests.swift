import Testing

@testable import Bench

@Suite struct PercentileTests {
  /// Expected values are numpy's: `np.percentile([1, 2, 4, 8], …)`.
  @Test(arguments: [(0.0, 1.0), (50, 3), (95, 7.4), (99, 7.88), (99.9, 7.988), (100, 8)])
  func interpolatesAsNumpyDoes(percent: Double, expected: Double) {
    #expect(abs(percentile(percent, ofSorted: [1, 2, 4, 8]) - expected) < 1e-9)
  }

  @Test func ofOneValueEveryPercentileIsThatValue() {
    #expect(percentile(99, ofSorted: [7]) == 7)
  }
}
