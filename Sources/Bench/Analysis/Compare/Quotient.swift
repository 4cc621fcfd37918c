import Foundation

/// A figure of the head ÷ the same of the base.
public struct Quotient: Sendable, Equatable, Codable {
  /// Medians over the rounds where there are several, see `RoundSpeeds`; else as reported.
  public var base: Double
  public var head: Double
  /// From all rounds where there are several: not quite `head` ÷ `base`.
  public var ratio: Double
  /// At 95 % confidence over the rounds; nil where there is one figure a side.
  public var interval: Interval?
  /// Natural logarithms of head ÷ base in each pair of rounds that were measured one after the other; empty otherwise.
  public var pairedLogRatios: [Double] = []

  /// One figure a side; nil where a logarithm has no meaning.
  init?(base: Double, head: Double) {
    guard base > 0, head > 0, (head / base).isFinite else { return nil }
    (self.base, self.head) = (base, head)
    ratio = head / base
  }

  /// Figures of rounds, a list a side.
  ///
  /// - Parameters:
  ///   - base, head: what is reported.
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

  /// The base ÷ the head.
  var inverse: Quotient {
    var inverse = self
    (inverse.base, inverse.head, inverse.ratio) = (head, base, 1 / ratio)
    inverse.interval = interval.map { Interval(low: 1 / $0.high, high: 1 / $0.low) }
    inverse.pairedLogRatios = pairedLogRatios.map { -$0 }
    return inverse
  }
}
