/// The confidence interval of a rate, by the score interval of Wilson, which keeps its confidence for few trials and for
/// rates near 0 and 1.
///
/// It is written here, because neither Foundation nor Swift Numerics has it. Source: Wilson, "Probable Inference, the
/// Law of Succession, and Statistical Inference", 1927, doi:10.1080/01621459.1927.10502953.
enum Binomial {
  /// The interval at 95 %.
  ///
  /// - Parameters:
  ///   - successes: at most `trials`.
  ///   - trials: at least one.
  static func interval(_ successes: Int, of trials: Int) -> Interval {
    let z = 1.959964
    let (n, rate) = (Double(trials), Double(successes) / Double(trials))
    let middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(low: max(0, middle - half), high: min(1, middle + half))
  }
}
