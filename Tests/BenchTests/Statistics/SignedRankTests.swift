import Testing
import VectorCore

@testable import Bench

@Suite struct SignedRankTests {
  /// Hollander and Wolfe's depression scores, as R's help of `wilcox.test` has them: V = 40, p = 0.01953.
  private let differences = zip(
    [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30],
    [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
  ).map { $0 - $1 }

  @Test func theExampleOfTheTextbook() {
    let test = SignedRank(differences)
    #expect(abs(test.pValue(above: 0) - 10.0 / 512) < 1e-12)
    #expect(abs(test.estimate - 0.46) < 0.005)
    #expect(test.interval.low > 0 && test.interval.low < 0.03 && abs(test.interval.high - 0.786) < 0.005)
  }

  @Test func allSignsEqualIsTheLeastProbableThatCanBe() {
    let test = SignedRank([3, 1, 2, 5, 4])
    #expect(test.pValue(above: 0) == 1.0 / 32 && SignedRank.leastPValue(pairs: 5) == 1.0 / 32)
    #expect(test.pValue(above: 10) == 1)
    // Above the least difference the test is that of the others.
    #expect(test.pValue(above: 1.5) > 1.0 / 32)
    // Five pairs do not reach 95 %: the range of all.
    #expect(test.interval == Interval(low: 1, high: 5))
  }

  @Test func aPairOutOfFiveMayBeNonsense() {
    var random = SeededGenerator(seed: 3)
    let clean = (0..<15).map { _ in 0.1 + 0.01 * (random.nextUnit() - 0.5) }
    let dirty = clean.enumerated().map { $0.offset.isMultiple(of: 5) ? 3.0 : $0.element }
    #expect(abs(SignedRank(dirty).estimate - 0.1) < 0.01)
    #expect(SignedRank(dirty).pValue(above: 0.05) < 0.001 && SignedRank(dirty).interval.low > 0.09)
  }

  @Test func theIntervalHoldsTheTruthAsOftenAsItSays() {
    var random = SeededGenerator(seed: 5)
    for pairs in [6, 15, 60] {
      var (held, alarms) = (0, 0)
      for _ in 0..<400 {
        // Symmetric, with a heavy tail.
        let test = SignedRank(
          (0..<pairs).map { _ in
            let unit = random.nextUnit() - 0.5
            return 1 + unit / max(0.02, 0.5 - abs(unit))
          })
        if test.interval.low <= 1, test.interval.high >= 1 { held += 1 }
        if test.pValue(above: 1) <= 0.05 { alarms += 1 }
      }
      #expect(held > 368 && alarms < 36, "\(pairs) pairs: \(held) held, \(alarms) alarms of 400")
    }
  }
}
