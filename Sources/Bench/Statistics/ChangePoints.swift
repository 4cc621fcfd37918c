import Foundation

/// The positions at which the mean of a series changes: the best segmentation under a penalty for each change.
///
/// The algorithm is PELT with squared errors divided by the variance of the noise, which is estimated from the median
/// absolute difference of neighbours. The penalty is 4·ln n, twice Schwarz's criterion, and 2·ln m more when m series
/// are looked at together; because the noise is estimated from few values, it is raised as the threshold of a t-test
/// with 2n ÷ 3 degrees of freedom is above that of a normal test. Of single series without a change, 1 to 2 in 100 give
/// a false alarm with 8 to 20 values, and fewer with more (simulated, normal noise). It is written here, because neither Foundation nor Swift Numerics has change-point
/// detection. Source: Killick, Fearnhead and Eckley, "Optimal Detection of Changepoints With a Linear Computational
/// Cost", 2012, doi:10.1080/01621459.2012.737745.
enum ChangePoints {
  /// The least length of a segment, since a single deviating night is an outlier.
  static let leastLength = 2
  /// The least length of a series; shorter ones give no estimate of their noise.
  static let leastValues = 8

  /// The positions of the first values of new levels.
  ///
  /// - Parameters:
  ///   - leastDeviation: the least standard deviation that is assumed for the noise.
  ///   - series: the number of series that are looked at together.
  /// - Complexity: O(n) when changes occur regularly, O(n²) in the worst case.
  static func places(in values: [Double], leastDeviation: Double, series: Int = 1) -> [Int] {
    let count = values.count
    guard count >= leastValues else { return [] }
    let differences = zip(values, values.dropFirst()).map { abs($1 - $0) }
    // The difference of two values has twice the variance of one value.
    let deviation = max(1.4826 * Dispersion.median(differences) / 2.0.squareRoot(), leastDeviation)
    let (criterion, freedom) = (4 * log(Double(count)) + 2 * log(Double(series)), 2 * Double(count) / 3)
    let penalty = freedom * (exp(criterion / freedom) - 1)
    // Prefix sums, centred on the mean to keep precision.
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
    // For each position, the least cost of the values before it, and the start of their last segment.
    var costs = [-penalty] + [Double](repeating: .infinity, count: count)
    var starts = [Int](repeating: 0, count: count + 1)
    var candidates = [0]
    for end in leastLength...count {
      let totals = candidates.map { costs[$0] + cost($0, end) + penalty }
      for (start, total) in zip(candidates, totals) where total < costs[end] {
        (costs[end], starts[end]) = (total, start)
      }
      // A candidate that is worse by more than a penalty can never become the best one.
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
