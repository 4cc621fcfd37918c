import Foundation

/// Where the mean of a series changes: the best segmentation under a penalty for each change.
///
/// PELT with squared errors over the noise's variance, which is estimated from the median absolute difference of
/// neighbours. The penalty is 4·ln n, twice Schwarz's criterion, since the noise is an estimate from few values: of
/// series without a change 8 in 100 have an alarm with 12 values, 1 in 100 with 40 (simulated, normal noise).
/// Source: Killick, Fearnhead and Eckley, "Optimal Detection of Changepoints With a Linear Computational Cost", 2012,
/// doi:10.1080/01621459.2012.737745.
enum ChangePoints {
  /// A segment is at least so long: one night alone is an outlier.
  static let leastLength = 2
  /// Series of fewer values tell too little of their noise.
  static let leastValues = 8

  /// The places of the first values of new levels.
  ///
  /// - Parameter leastDeviation: noise below which no series is believed to be.
  /// - Complexity: O(n) where changes come regularly, O(n²) at worst.
  static func places(in values: [Double], leastDeviation: Double) -> [Int] {
    let count = values.count
    guard count >= leastValues else { return [] }
    let differences = zip(values, values.dropFirst()).map { abs($1 - $0) }
    // A difference has twice the variance of a value.
    let deviation = max(1.4826 * Dispersion.median(differences) / 2.0.squareRoot(), leastDeviation)
    let penalty = 4 * log(Double(count))
    // Sums to each place, around the mean to lose no digits.
    let mean = Dispersion.mean(values)
    var (sums, squares) = ([0.0], [0.0])
    for value in values {
      sums.append(sums[sums.count - 1] + value - mean)
      squares.append(squares[squares.count - 1] + (value - mean) * (value - mean))
    }
    func cost(_ from: Int, _ to: Int) -> Double {
      let sum = sums[to] - sums[from]
      return (squares[to] - squares[from] - sum * sum / Double(to - from)) / (deviation * deviation)
    }
    // The least cost of the values before each place, and where its last segment begins.
    var costs = [-penalty] + [Double](repeating: .infinity, count: count)
    var starts = [Int](repeating: 0, count: count + 1)
    var candidates = [0]
    for end in leastLength...count {
      let totals = candidates.map { costs[$0] + cost($0, end) + penalty }
      for (start, total) in zip(candidates, totals) where total < costs[end] {
        (costs[end], starts[end]) = (total, start)
      }
      // What is worse now by more than a penalty never gets better.
      candidates = zip(candidates, totals).filter { $0.1 - penalty <= costs[end] }.map(\.0)
      let next = end + 1 - leastLength
      if next >= leastLength { candidates.append(next) }
    }
    var places: [Int] = []
    var end = starts[count]
    while end > 0 {
      places.append(end)
      end = starts[end]
    }
    return places.reversed()
  }
}
