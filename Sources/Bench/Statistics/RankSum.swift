import Foundation

/// Estimates the shift between two unpaired sets of measurements, by the rank-sum test of Mann and Whitney.
///
/// It is written here, because neither Foundation nor Swift Numerics has rank tests. Source: Mann and Whitney, 1947,
/// doi:10.1214/aoms/1177730491; Hodges and Lehmann, 1963, doi:10.1214/aoms/1177704172.
struct RankSum {
  private let sizes: (first: Int, second: Int)
  /// All differences of a value of the second set and one of the first, ascending.
  private let differences: [Double]

  /// - Complexity: O(n·m·log(n·m)).
  init(_ first: [Double], _ second: [Double]) {
    sizes = (first.count, second.count)
    differences = first.flatMap { value in second.map { $0 - value } }.sorted()
  }

  /// The Hodges-Lehmann estimate of the shift from the first to the second set.
  var estimate: Double { percentile(50, ofSorted: differences) }

  /// The confidence interval of the shift at 95 %; for very small sets the range of all differences, whose confidence
  /// is lower.
  var interval: Interval {
    let tails = Self.lowerTails(sizes.first, sizes.second)
    let left = max((tails.firstIndex { $0 > 0.025 } ?? 0) - 1, 0)
    return Interval(low: differences[left], high: differences[differences.count - 1 - left])
  }

  /// The probabilities that at most 0, 1, 2, … of the differences are negative when both sets have the same
  /// distribution.
  private static func lowerTails(_ first: Int, _ second: Int) -> [Double] {
    let most = first * second
    guard most <= 2500 else {
      let deviation = (Double(most) * Double(first + second + 1) / 12).squareRoot()
      return (0...most).map { 0.5 * erfc((Double(most) / 2 - Double($0) - 0.5) / deviation / 2.0.squareRoot()) }
    }
    // ways[j][u]: the fraction of all orders of i values of the first set and j of the second that have u inversions.
    var ways = (0...second).map { _ in [1.0] + [Double](repeating: 0, count: most) }
    for i in 1...first {
      for j in 1...second {
        // The last value belongs to the first set, which adds j inversions, or to the second, which adds none.
        let share = Double(i) / Double(i + j)
        for u in stride(from: most, through: 0, by: -1) {
          ways[j][u] = share * (u >= j ? ways[j][u - j] : 0) + (1 - share) * ways[j - 1][u]
        }
      }
    }
    var sum = 0.0
    return ways[second].map { share in
      sum += share
      return sum
    }
  }
}
