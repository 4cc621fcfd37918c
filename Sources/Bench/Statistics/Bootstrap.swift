import VectorCore

/// 95 % confidence intervals of recall, queries per second and p99, by resampling queries and rounds.
///
/// Each resample draws q queries and as many rounds as there are, both with replacement. Its speed is that of its
/// median round, as for the reported speed. Queries are drawn as whole columns, because the times of one query in
/// several rounds are not independent. The intervals are percentile intervals; the seed is fixed, so that the same
/// times give the same intervals.
///
/// It is written here, because Foundation and Swift Numerics have no resampling, and because queries and rounds are
/// drawn jointly.
///
/// Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 8 and 13.
struct Bootstrap {
  static let resamples = 1_000
  private static let seed: UInt64 = 0x5EED

  /// The measurements that are resampled.
  struct Sample {
    /// The nanoseconds of each query, one list per round.
    var nanoseconds: [[UInt64]]
    /// The queries per second of each round, when they do not follow from the times of queries, as with several threads
    /// or a batch.
    var fixedSpeeds: [Double]?
    /// The recall of each query; NaN for queries that are not judged. At least one query is judged.
    var recalls: [Double]
  }

  /// The intervals of a sample.
  ///
  /// - Complexity: O(resamples · rounds · q), after O(rounds · q log q).
  static func intervals(of sample: Sample) -> (recall: Interval, queriesPerSecond: Interval, p99: Interval) {
    let queries = sample.recalls.count
    let rounds = sample.nanoseconds.count
    let slowestFirst = sample.nanoseconds.map { times in
      times.indices.sorted { (times[$0], $0) > (times[$1], $1) }
    }
    var random = SeededGenerator(seed: seed)
    var weights = [Int](repeating: 0, count: queries)
    var (recalls, speeds, p99s): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<resamples {
      for query in 0..<queries { weights[query] = 0 }
      var (recall, judged) = (0.0, 0)
      for _ in 0..<queries {
        let query = random.next(below: queries)
        weights[query] += 1
        guard !sample.recalls[query].isNaN else { continue }
        recall += sample.recalls[query]
        judged += 1
      }
      if judged > 0 { recalls.append(recall / Double(judged)) }
      let drawn = (0..<rounds).map { _ in random.next(below: rounds) }.sorted()
      var measured: [(speed: Double, p99: Double)] = []
      for (place, round) in drawn.enumerated() {
        if place > 0, drawn[place - 1] == round {
          measured.append(measured[place - 1])
          continue
        }
        let times = sample.nanoseconds[round]
        let speed = sample.fixedSpeeds?[round] ?? Self.speed(times, weights)
        measured.append((speed, percentile99(times, slowestFirst[round], weights) / 1e6))
      }
      measured.sort { $0.speed < $1.speed }
      let median = measured[(rounds - 1) / 2]
      speeds.append(median.speed)
      p99s.append(median.p99)
    }
    return (Interval(of: recalls), Interval(of: speeds), Interval(of: p99s))
  }

  /// The interval of the mean of some values, one per query.
  ///
  /// - Parameter values: at least one value.
  /// - Complexity: O(resamples · values); O(values) when all are equal.
  static func interval(ofMean values: [Double]) -> Interval {
    guard let first = values.first, values.contains(where: { $0 != first }) else {
      return Interval(low: values[0], high: values[0])
    }
    var random = SeededGenerator(seed: seed)
    let means = (0..<resamples).map { _ in
      (0..<values.count).reduce(0.0) { sum, _ in sum + values[random.next(below: values.count)] }
        / Double(values.count)
    }
    return Interval(of: means)
  }

  /// The queries per second of a resample.
  private static func speed(_ times: [UInt64], _ weights: [Int]) -> Double {
    var nanoseconds: UInt64 = 0
    for query in 0..<times.count { nanoseconds += UInt64(weights[query]) * times[query] }
    return nanoseconds > 0 ? Double(times.count) * 1e9 / Double(nanoseconds) : 0
  }

  /// The 99th percentile of a resample, interpolated as `percentile` does. Only the slowest queries are read.
  private static func percentile99(_ times: [UInt64], _ slowestFirst: [Int], _ weights: [Int]) -> Double {
    let position = 0.99 * Double(times.count - 1)
    let below = Int(position)
    // Ranks count from the slowest query; each query counts as often as it was drawn.
    let (lowerRank, upperRank) = (times.count - 1 - below, max(times.count - 2 - below, 0))
    var upper: UInt64?
    var passed = 0
    for query in slowestFirst where weights[query] > 0 {
      passed += weights[query]
      if upper == nil, passed > upperRank { upper = times[query] }
      if passed > lowerRank {
        let lower = Double(times[query])
        return lower + (Double(upper ?? times[query]) - lower) * (position - Double(below))
      }
    }
    preconditionFailure("a resample has as many queries as the sample")
  }
}

/// A confidence interval.
public struct Interval: Sendable, Equatable, Codable {
  public var low: Double
  public var high: Double

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  /// The middle 95 % of resampled figures.
  fileprivate init(of figures: [Double]) {
    let sorted = figures.sorted()
    self.init(low: percentile(2.5, ofSorted: sorted), high: percentile(97.5, ofSorted: sorted))
  }
}

extension Interval {
  /// The interval of a figure that is unknown.
  static let unknown = Interval(low: .nan, high: .nan)
}
