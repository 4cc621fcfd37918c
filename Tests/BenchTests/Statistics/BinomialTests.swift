import Testing

@testable import Bench

@Suite struct BinomialTests {
  /// The values of R's `prop.test(x, n, correct = FALSE)`.
  @Test(arguments: [
    (0, 20, 0.0, 0.16113), (1, 20, 0.00888, 0.23613), (19, 20, 0.76387, 0.99112), (10, 40, 0.14187, 0.40194),
  ])
  func intervalsAreThoseOfWilson(successes: Int, trials: Int, low: Double, high: Double) {
    let interval = Binomial.interval(successes, of: trials)
    #expect(abs(interval.low - low) < 1e-4 && abs(interval.high - high) < 1e-4, "\(interval)")
  }
}
