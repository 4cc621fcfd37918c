import Foundation

/// A figure of the head divided by the same figure of the base.
public struct Quotient: Sendable, Equatable, Codable {
  /// The figures: medians over the rounds when there are several, see `RoundSpeeds`; otherwise as reported.
  public var base: Double
  public var head: Double
  /// The estimate of the ratio from all rounds when there are several; it may differ slightly from `head` ÷ `base`.
  public var ratio: Double
  /// The 95 % confidence interval over the rounds; `nil` when each side has only one figure.
  public var interval: Interval?
  /// The natural logarithms of head ÷ base in each pair of consecutive interleaved rounds; empty for other runs.
  public var pairedLogRatios: [Double] = []

  /// The quotient of one figure on each side; `nil` when its logarithm is undefined.
  init?(base: Double, head: Double) {
    guard base > 0, head > 0, (head / base).isFinite else { return nil }
    (self.base, self.head) = (base, head)
    ratio = head / base
  }

  /// The quotient of figures of rounds, a list for each side.
  ///
  /// - Parameters:
  ///   - base, head: the reported figures.
  ///   - isPaired: whether the rounds of both sides alternated.
  init?(
    base: Double, head: Double, baseRounds: [Double], headRounds: [Double], isPaired: Bool
  ) {
    self.init(base: base, head: head)
    guard baseRounds.count + headRounds.count > 2, !baseRounds.isEmpty, !headRounds.isEmpty,
      (baseRounds + headRounds).allSatisfy({ $0 > 0 && $0.isFinite })
    else { return }
    self.base = Dispersion.median(baseRounds)
    self.head = Dispersion.median(headRounds)
    let logs: (estimate: Double, interval: Interval)
    if isPaired, baseRounds.count == headRounds.count {
      pairedLogRatios = zip(baseRounds, headRounds).map { log($1 / $0) }
      let test = SignedRank(pairedLogRatios)
      logs = (test.estimate, test.interval)
    } else {
      let test = RankSum(baseRounds.map { log($0) }, headRounds.map { log($0) })
      logs = (test.estimate, test.interval)
    }
    ratio = exp(logs.estimate)
    interval = Interval(low: exp(logs.interval.low), high: exp(logs.interval.high))
  }

  /// The base divided by the head.
  var inverse: Quotient {
    var inverse = self
    (inverse.base, inverse.head, inverse.ratio) = (head, base, 1 / ratio)
    inverse.interval = interval.map { Interval(low: 1 / $0.high, high: 1 / $0.low) }
    inverse.pairedLogRatios = pairedLogRatios.map { -$0 }
    return inverse
  }
}
