import Foundation

/// What pairs of measurements tell of a difference, whatever the distribution of their noise: by the ranks of theirs.
///
/// The estimate is the median of the means of any two differences, the interval is made of the same means, and the test
/// is exact for up to 50 pairs. Up to 29 % of the pairs may be nonsense before the estimate is.
/// Source: Wilcoxon, "Individual Comparisons by Ranking Methods", 1945, doi:10.2307/3001968; Hodges and Lehmann,
/// "Estimates of Location Based on Rank Tests", 1963, doi:10.1214/aoms/1177704172.
struct SignedRank {
  private let differences: [Double]
  /// The means of any two differences, each with itself included, ascending.
  private let walshAverages: [Double]

  /// - Parameter differences: one a pair, at least one. - Complexity: O(n² log n).
  init(_ differences: [Double]) {
    self.differences = differences
    var averages: [Double] = []
    for (place, first) in differences.enumerated() {
      for second in differences[place...] { averages.append((first + second) / 2) }
    }
    walshAverages = averages.sorted()
  }

  /// Where the differences lie.
  var estimate: Double { percentile(50, ofSorted: walshAverages) }

  /// In which range they lie, at 95 % confidence; with fewer than six pairs the range of all, which is less sure.
  var interval: Interval {
    let tail = Self.upperTails(pairs: differences.count)
    // As many averages are left out at each end as the rank sum can have at most with a probability of 2.5 %.
    let most = walshAverages.count
    let left = max(((0...most).first { tail[most - $0] > 0.025 } ?? 0) - 1, 0)
    return Interval(low: walshAverages[left], high: walshAverages[most - 1 - left])
  }

  /// The probability of differences as large as these, were they all at or below `limit`.
  func pValue(above limit: Double) -> Double {
    let shifted = differences.map { $0 - limit }
    let order = shifted.indices.sorted { abs(shifted[$0]) < abs(shifted[$1]) }
    var sum = 0.0
    var place = 0
    while place < order.count {
      // Equal sizes share their ranks.
      var next = place + 1
      while next < order.count, abs(shifted[order[next]]) == abs(shifted[order[place]]) { next += 1 }
      let rank = Double(place + 1 + next) / 2
      for position in order[place..<next] where shifted[position] > 0 { sum += rank }
      place = next
    }
    // Halves are rounded to the cautious side.
    return Self.upperTails(pairs: differences.count)[Int(sum.rounded(.down))]
  }

  /// The least p-value that so many pairs can give.
  static func leastPValue(pairs: Int) -> Double { pow(0.5, Double(pairs)) }

  /// The probabilities that the rank sum is at least 0, 1, 2, … where signs are a matter of chance.
  private static func upperTails(pairs: Int) -> [Double] {
    let most = pairs * (pairs + 1) / 2
    var tails = [Double](repeating: 0, count: most + 1)
    if pairs > 50 {
      let mean = Double(most) / 2
      let deviation = (Double(pairs) * Double(pairs + 1) * Double(2 * pairs + 1) / 24).squareRoot()
      return tails.indices.map { 0.5 * erfc((Double($0) - 0.5 - mean) / deviation / 2.0.squareRoot()) }
    }
    // One rank after the other is in the sum or not.
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
