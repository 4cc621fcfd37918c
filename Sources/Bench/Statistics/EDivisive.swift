import VectorCore

/// The positions at which the distribution of a series changes, in mean or in spread: E-divisive.
///
/// The series is divided again and again at the position with the greatest energy distance between the values before
/// and after it, as long as a permutation test says that the values did not come in this order by chance. A division that
/// later ones have made superfluous is then removed: its neighbours do not differ any more. It is written here, because neither Foundation nor Swift Numerics has it. Source: Matteson and James, "A Nonparametric Approach
/// for Multiple Change Point Analysis of Multivariate Data", 2014, doi:10.1080/01621459.2013.849605; α is 1.
enum EDivisive {
  /// The least length of a segment; fewer values give no estimate of a distribution.
  static let leastLength = 5
  /// The number of permutations; with it the smallest p-value is 0.001.
  static let permutations = 999
  private static let seed: UInt64 = 0xED1

  /// A division of a segment.
  private struct Split {
    var place: Int
    /// The scaled energy distance of both sides.
    var distance: Double
  }

  /// The positions of the first values after changes, ascending.
  ///
  /// - Parameter level: the greatest p-value of a change.
  /// - Complexity: O(n²) without a change; O(permutations · n²) for each change.
  static func places(in values: [Double], level: Double) -> [Int] {
    var random = SeededGenerator(seed: seed)
    var bounds = [0, values.count]
    while true {
      let segments = zip(bounds, bounds.dropFirst()).map { values[$0..<$1] }
      guard let best = best(of: segments), isSignificant(best.distance, segments, level, &random) else { break }
      bounds.append(best.place)
      bounds.sort()
    }
    while let place = superfluous(bounds, values, level, &random) { bounds.remove(at: place) }
    return Array(bounds.dropFirst().dropLast())
  }

  /// The position in `bounds` of the division between the most similar neighbours that do not differ; `nil` when all do.
  private static func superfluous(
    _ bounds: [Int], _ values: [Double], _ level: Double, _ random: inout SeededGenerator
  ) -> Int? {
    let pairs = bounds.indices.dropFirst().dropLast().map { place in
      let (before, after) = (
        Array(values[bounds[place - 1]..<bounds[place]]), Array(values[bounds[place]..<bounds[place + 1]])
      )
      return (place: place, before: before, after: after, distance: distance(before, after))
    }
    return pairs.sorted { $0.distance < $1.distance }.first { pair in
      !isUnlikely(level) {
        let all = shuffled((pair.before + pair.after)[...], &random)
        return distance(Array(all[..<pair.before.count]), Array(all[pair.before.count...])) >= pair.distance
      }
    }?.place
  }

  /// The scaled energy distance of two samples of at least two values.
  static func distance(_ first: [Double], _ second: [Double]) -> Double {
    func sum(_ one: [Double], _ other: [Double]) -> Double {
      one.reduce(0) { sum, value in other.reduce(sum) { $0 + abs(value - $1) } }
    }
    return distance(
      first.count, second.count, within: (sum(first, first) / 2, sum(second, second) / 2), between: sum(first, second))
  }

  /// The distance from the sums over all pairs within and between the samples: n·m ÷ (n + m) times the energy distance.
  private static func distance(
    _ first: Int, _ second: Int, within: (first: Double, second: Double), between: Double
  ) -> Double {
    let (n, m) = (Double(first), Double(second))
    let energy =
      2 * between / (n * m) - 2 * within.first / (n * (n - 1)) - 2 * within.second / (m * (m - 1))
    return n * m / (n + m) * energy
  }

  /// The best division of all segments; `nil` when all are too short, or all of their values are equal.
  private static func best(of segments: [ArraySlice<Double>]) -> Split? {
    segments.compactMap(split).max { $0.distance < $1.distance }.flatMap { $0.distance > 0 ? $0 : nil }
  }

  /// The best division of a segment.
  ///
  /// The values after the division may end before the segment does, since a second change further on would hide the
  /// first one.
  private static func split(_ values: ArraySlice<Double>) -> Split? {
    let (start, count) = (values.startIndex, values.count)
    guard count >= 2 * leastLength else { return nil }
    // within[e]: the sum of distances among the first e values.
    var within = [0.0, 0.0]
    for end in 1..<count {
      let last = values[start + end]
      within.append(within[end] + values[start..<start + end].reduce(0) { $0 + abs($1 - last) })
    }
    // rows[e]: the sum of distances of value e to those from the division up to it.
    var rows = [Double](repeating: 0, count: count)
    var best: Split?
    for place in stride(from: count - 1, through: leastLength, by: -1) {
      let value = values[start + place]
      var second = 0.0
      for end in (place + 1)..<max(count, place + 1) {
        rows[end] += abs(values[start + end] - value)
        second += rows[end]
        let length = end + 1 - place
        guard length >= leastLength else { continue }
        let sums = (within[place], second)
        let found = distance(place, length, within: sums, between: within[end + 1] - sums.0 - sums.1)
        if found > best?.distance ?? -.infinity { best = Split(place: start + place, distance: found) }
      }
    }
    return best
  }

  /// Whether a division is better than those of permuted segments.
  private static func isSignificant(
    _ distance: Double, _ segments: [ArraySlice<Double>], _ level: Double, _ random: inout SeededGenerator
  ) -> Bool {
    isUnlikely(level) {
      // A slice of a shuffled copy has positions of its own, which do not matter here.
      let permuted = segments.map { shuffled($0, &random)[...] }
      return (best(of: permuted)?.distance ?? 0) >= distance
    }
  }

  /// Whether the p-value of a permutation test is at most `level`; ends as soon as it must be greater.
  private static func isUnlikely(_ level: Double, exceeds: () -> Bool) -> Bool {
    let most = Int(level * Double(permutations + 1) + 1e-9) - 1
    var count = 0
    for _ in 0..<permutations {
      if exceeds() { count += 1 }
      if count > most { return false }
    }
    return most >= 0
  }

  private static func shuffled(_ values: ArraySlice<Double>, _ random: inout SeededGenerator) -> [Double] {
    var values = Array(values)
    for place in stride(from: values.count - 1, to: 0, by: -1) {
      values.swapAt(place, random.next(below: place + 1))
    }
    return values
  }
}
