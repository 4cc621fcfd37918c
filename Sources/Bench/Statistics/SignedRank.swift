import Foundation

/// Estimates and tests the difference of paired measurements by Wilcoxon's signed ranks, whatever the noise's
/// distribution.
///
/// The estimate is the median of the means of all pairs of differences, the interval is made of the same means, and the
/// test is exact for up to 50 pairs. Up to 29 % of the pairs may be arbitrarily wrong before the estimate is. It is
/// written here, because neither Foundation nor Swift Numerics has rank tests. Source: Wilcoxon, "Individual
/// Comparisons by Ranking Methods", 1945, doi:10.2307/3001968; Hodges and Lehmann, "Estimates of Location Based on Rank
/// Tests", 1963, doi:10.1214/aoms/1177704172.
struct SignedRank {
  private let differences: [Double]
  /// The means of any two differences, including each with itself, ascending.
  private let walshAverages: [Double]

  /// - Parameter differences: the difference of each pair, at least one.
  /// - Complexity: O(n² log n).
  init(_ differences: [Double]) {
    self.differences = differences
    var averages: [Double] = []
    for (place, first) in differences.enumerated() {
      for second in differences[place...] { averages.append((first + second) / 2) }
    }
    walshAverages = averages.sorted()
  }

  /// The Hodges-Lehmann estimate of the difference.
  var estimate: Double { percentile(50, ofSorted: walshAverages) }

  /// The confidence interval at 95 %; with fewer than six pairs the range of all means, whose confidence is lower.
  var interval: Interval {
    let tail = Self.upperTails(pairs: differences.count)
    // The number of means that are left out at each end is the greatest rank sum whose probability is at most 2.5 %.
    let most = walshAverages.count
    let left = max(((0...most).first { tail[most - $0] > 0.025 } ?? 0) - 1, 0)
    return Interval(low: walshAverages[left], high: walshAverages[most - 1 - left])
  }

  /// The probability of differences at least as large as these if all true differences were at most `limit`.
  func pValue(above limit: Double) -> Double {
    let shifted = differences.map { $0 - limit }
    let order = shifted.indices.sorted { abs(shifted[$0]) < abs(shifted[$1]) }
    var sum = 0.0
    var place = 0
    while place < order.count {
      // Equal magnitudes share the mean of their ranks.
      var next = place + 1
      while next < order.count, abs(shifted[order[next]]) == abs(shifted[order[place]]) { next += 1 }
      let rank = Double(place + 1 + next) / 2
      for position in order[place..<next] where shifted[position] > 0 { sum += rank }
      place = next
    }
    // A half rank is rounded to the larger p-value.
    return Self.upperTails(pairs: differences.count)[Int(sum.rounded(.down))]
  }

  /// The smallest p-value that this number of pairs can give.
  static func leastPValue(pairs: Int) -> Double { pow(0.5, Double(pairs)) }

  /// The probabilities that the rank sum is at least 0, 1, 2, … when both signs are equally likely.
  private static func upperTails(pairs: Int) -> [Double] {
    let most = pairs * (pairs + 1) / 2
    var tails = [Double](repeating: 0, count: most + 1)
    if pairs > 50 {
      let mean = Double(most) / 2
      let deviation = (Double(pairs) * Double(pairs + 1) * Double(2 * pairs + 1) / 24).squareRoot()
      return tails.indices.map { 0.5 * erfc((Double($0) - 0.5 - mean) / deviation / 2.0.squareRoot()) }
    }
    // Each rank is in the sum with probability one half.
    tails[0] = 1
    for rank in 1...max(pairs, 1) where pairs > 0 {
      for sum in stride(from: most, through: 0, by: -1) {
        tails[sum] = 0.5 * (tails[sum] + (sum >= rank ? tails[sum - rank] : 0))
      }
    }
    for sum in stride(from: most - 1, through: 0, by: -1) { tails[sum] += tails[sum + 1] }
    return tails
  }
}
