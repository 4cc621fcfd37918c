import Foundation
import VectorCore

/// Everything that was measured of one cell: one row of the results.
///
/// Speed, times and quality are those of one and the same round, the median by queries per second.
public struct Measurement: Sendable {
  public var cell: Cell
  public var options: RunOptions
  public var dataset: DatasetShape
  public var build: BuildCost
  public var speed: Speed
  public var quality: Quality
  public var provenance: Provenance
  /// When the cell was finished.
  public var timestamp: Date

  /// What was searched in.
  public struct DatasetShape: Sendable, Equatable {
    public var name: String
    public var metric: Metric
    public var trainSize: Int
    public var dimension: Int
    public var queries: Int
  }

  /// What building the index took; loading the dataset is not part of it.
  public struct BuildCost: Sendable, Equatable {
    public var trainSeconds: Double
    public var insertSeconds: Double
    /// Bytes as the index counts them itself, in memory and in files.
    public var indexBytes: Int
    /// By how much the process's resident memory grew, in bytes; nil where the system does not tell.
    public var residentBytes: Int?

    /// Making, training and filling the index.
    public var seconds: Double { trainSeconds + insertSeconds }
  }

  /// How fast the median round was, and how far apart all rounds were.
  public struct Speed: Sendable, Equatable {
    public var queriesPerSecond: Double
    public var slowestQueriesPerSecond: Double
    public var fastestQueriesPerSecond: Double
    /// Percentiles of the time of a query in milliseconds; in batch mode all are the batch's time ÷ q.
    public var p50Milliseconds: Double
    public var p95Milliseconds: Double
    public var p99Milliseconds: Double
    public var p999Milliseconds: Double
    /// Distances computed a query, as the index counts them.
    public var distanceComputations: Double
    /// Neighbours returned a query.
    public var candidates: Double
  }
}

extension Measurement.Speed {
  /// Reads the speed of the median round, beside the spread of all.
  init(median: Round, spread: ClosedRange<Double>, options: RunOptions) {
    let milliseconds = median.nanoseconds.map { Double($0) / 1e6 }.sorted()
    let queries = Double(median.queries)
    self.init(
      queriesPerSecond: median.queriesPerSecond(mode: options.mode, threads: options.threads),
      slowestQueriesPerSecond: spread.lowerBound, fastestQueriesPerSecond: spread.upperBound,
      p50Milliseconds: percentile(50, ofSorted: milliseconds),
      p95Milliseconds: percentile(95, ofSorted: milliseconds),
      p99Milliseconds: percentile(99, ofSorted: milliseconds),
      p999Milliseconds: percentile(99.9, ofSorted: milliseconds),
      distanceComputations: Double(median.distanceComputations) / queries,
      candidates: Double(median.answerCount) / queries)
  }
}
