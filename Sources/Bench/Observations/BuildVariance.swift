import VectorCore

/// How much several builds of one index differ, apart from how much the rounds of each do.
///
/// A one-way random-effects model by the method of moments: what the builds' means vary beyond what rounds explain.
/// Source: Searle, Casella and McCulloch, "Variance Components", 1992, chapter 3.
public struct BuildVariance: Sendable, Equatable {
  /// Builds from different seeds, this one included.
  public let builds: Int
  /// Standard deviation of recall between the builds; 0 for a single one.
  public let recallDeviation: Double
  /// Standard deviation of queries per second between builds ÷ their mean, without the rounds' share.
  public let speedVariationOfBuilds: Double
  /// Standard deviation of queries per second between the rounds of a build ÷ the mean.
  public let speedVariationOfRounds: Double

  /// - Parameters:
  ///   - recalls: one a build, at least one.
  ///   - speeds: queries per second of the rounds of each build, at least one a build.
  init(recalls: [Double], speeds: [[Double]]) {
    builds = recalls.count
    recallDeviation = Dispersion.variance(recalls).squareRoot()
    let means = speeds.map(Dispersion.mean)
    let mean = Dispersion.mean(means)
    let freedom = speeds.reduce(0) { $0 + $1.count - 1 }
    let within =
      freedom > 0
      ? speeds.reduce(0) { $0 + Dispersion.variance($1) * Double($1.count - 1) } / Double(freedom) : 0
    // Each mean of m rounds carries 1/m of the rounds' variance.
    let share = Dispersion.mean(speeds.map { 1 / Double($0.count) })
    let between = max(0, Dispersion.variance(means) - within * share)
    speedVariationOfBuilds = mean > 0 ? between.squareRoot() / mean : 0
    speedVariationOfRounds = mean > 0 ? within.squareRoot() / mean : 0
  }
}

extension [CellMeasurement] {
  /// The same measurements, each beside the builds that differ from it by the seed alone. - Complexity: O(n).
  public func comparingBuilds() -> [CellMeasurement] {
    let variances = Dictionary(grouping: self, by: ReplicatedCell.init).mapValues { builds in
      BuildVariance(
        recalls: builds.map(\.quality.recall), speeds: builds.map { $0.rounds.map(\.queriesPerSecond) })
    }
    return map { measurement in
      var measurement = measurement
      measurement.buildVariance = variances[ReplicatedCell(measurement)]
      return measurement
    }
  }
}

/// A cell whatever the seed of its build.
private struct ReplicatedCell: Hashable {
  let datasetSHA256: String
  /// Equal bytes may be read under two names and metrics.
  let dataset: String
  let metric: Metric
  let variant: String
  let cell: Cell
  let options: RunOptions

  init(_ measurement: CellMeasurement) {
    datasetSHA256 = measurement.datasetSHA256
    dataset = measurement.dataset.name
    metric = measurement.dataset.metric
    variant = measurement.variant
    cell = measurement.cell
    var options = measurement.options
    options.seed = 0
    self.options = options
  }
}
