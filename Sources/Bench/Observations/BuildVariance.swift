import VectorCore

/// The variation between several builds of one index, separated from the variation between the rounds of each build.
///
/// It uses a one-way random-effects model and the method of moments: the variance of the builds' means minus the part
/// that the rounds explain. Source: Searle, Casella and McCulloch, "Variance Components", 1992, chapter 3.
public struct BuildVariance: Sendable, Equatable {
  /// The number of builds from different seeds, including this one.
  public let builds: Int
  /// The standard deviation of recall between the builds; 0 for a single build.
  public let recallDeviation: Double
  /// The standard deviation of queries per second between builds, divided by their mean, without the part that rounds
  /// explain.
  public let speedVariationOfBuilds: Double
  /// The standard deviation of queries per second between the rounds of a build, divided by the mean.
  public let speedVariationOfRounds: Double

  /// - Parameters:
  ///   - recalls: the recall of each build, at least one.
  ///   - speeds: the queries per second of the rounds of each build, at least one per build.
  init(recalls: [Double], speeds: [[Double]]) {
    builds = recalls.count
    recallDeviation = Dispersion.variance(recalls).squareRoot()
    let means = speeds.map(Dispersion.mean)
    let mean = Dispersion.mean(means)
    let freedom = speeds.reduce(0) { $0 + $1.count - 1 }
    let within =
      freedom > 0
      ? speeds.reduce(0) { $0 + Dispersion.variance($1) * Double($1.count - 1) } / Double(freedom) : 0
    // The mean of m rounds has 1/m of the rounds' variance.
    let share = Dispersion.mean(speeds.map { 1 / Double($0.count) })
    let between = max(0, Dispersion.variance(means) - within * share)
    speedVariationOfBuilds = mean > 0 ? between.squareRoot() / mean : 0
    speedVariationOfRounds = mean > 0 ? within.squareRoot() / mean : 0
  }
}

extension [CellMeasurement] {
  /// The same measurements, each with the variation between the builds that differ from it only by the seed.
  ///
  /// - Complexity: O(n).
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

/// A cell without the seed of its build.
private struct ReplicatedCell: Hashable {
  let datasetSHA256: String
  /// Files of equal bytes may be read under two names and metrics.
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
