/// The changes of a series: steps of its mean, and changes of its spread.
///
/// E-divisive divides the series by its distribution. The same method finds changes of the spread in the distances of
/// the values from the median of their part, which shows them far better than the values do: of series of 30 values
/// whose standard deviation becomes four times as large in the middle, 9 in 10 are found, in place of 3 (simulated, at
/// a level of 0.05). Between changes of the spread, PELT finds the steps, since a step is judged by the noise around it,
/// and E-divisive adds steps that are too small for PELT.
struct SeriesChanges {
  struct Change: Equatable {
    /// The position of the first value after the change.
    let place: Int
    let isOfSpread: Bool
  }

  /// The chance of a false alarm of E-divisive in all series together, as far as the number of permutations permits.
  private static let level = 0.05

  private(set) var changes: [Change] = []

  /// - Parameters:
  ///   - values: the figures, in a unit in which noise does not depend on the value.
  ///   - leastDeviation: the least standard deviation that is assumed for the noise.
  ///   - count: the number of series that are looked at together.
  /// - Complexity: that of `EDivisive.places`.
  init(in values: [Double], leastDeviation: Double, among count: Int) {
    let level = max(Self.level / Double(max(count, 1)), 2 / Double(EDivisive.permutations + 1))
    // Differences below the least noise are none.
    let rounded = values.map { ($0 / leastDeviation).rounded() * leastDeviation }
    let divisions = Self.steps(among: EDivisive.places(in: rounded, level: level), in: rounded)
    let parts = zip([0] + divisions, divisions + [values.count]).map { Array(rounded[$0..<$1]) }
    let distances = parts.flatMap { part -> [Double] in
      guard !part.isEmpty else { return [] }
      let middle = Dispersion.median(part)
      return part.map { abs($0 - middle) }
    }
    let spreads = EDivisive.places(in: distances, level: level)
    var steps: [Int] = []
    for (from, to) in zip([0] + spreads, spreads + [values.count]) {
      let part = Array(values[from..<to])
      let places = ChangePoints.places(in: part, leastDeviation: leastDeviation, series: max(count, 1))
      steps += Self.steps(among: places, in: part).map { $0 + from }
    }
    func isNear(_ place: Int, _ places: [Int]) -> Bool { places.contains { abs($0 - place) < EDivisive.leastLength } }
    // PELT states the position of a step more exactly. The position of another spread is uncertain by a few values, which
    // then look like a step.
    steps += divisions.filter { [steps] in !isNear($0, steps) }
    steps.removeAll { isNear($0, spreads) }
    changes = (steps.map { Change(place: $0, isOfSpread: false) } + spreads.map { Change(place: $0, isOfSpread: true) })
      .sorted { $0.place < $1.place }
  }

  /// The divisions at which the mean changes, and not the spread alone: the t of the parts beside it is at least 4.
  private static func steps(among divisions: [Int], in values: [Double]) -> [Int] {
    let ends = [0] + divisions + [values.count]
    return divisions.enumerated().filter { number, place in
      let (before, after) = (Array(values[ends[number]..<place]), Array(values[place..<ends[number + 2]]))
      let (n, m) = (Double(before.count), Double(after.count))
      let squares = (n - 1) * Dispersion.variance(before) + (m - 1) * Dispersion.variance(after)
      let variance = squares / max(n + m - 2, 1) * (1 / n + 1 / m)
      return abs(Dispersion.mean(after) - Dispersion.mean(before)) >= 4 * variance.squareRoot()
    }.map(\.element)
  }
}
