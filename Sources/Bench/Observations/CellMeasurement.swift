import Foundation
import VectorCore

/// Everything that was measured of one cell: one row of the results.
///
/// Speed, times and quality are those of one and the same round, the median by queries per second. Where readers searched
/// beside a writer they are those of a whole phase, whose parts stand in the place of rounds; NaN where nobody searched.
public struct CellMeasurement: Sendable, Equatable {
  /// What the sweep calls the index: the kind, unless it has a name of its own.
  public var variant: String
  public var cell: Cell
  public var options: RunOptions
  public var dataset: DatasetShape
  /// Of the dataset's file, 64 hexadecimal digits.
  public var datasetSHA256: String
  public var build: BuildCost
  public var speed: Speed
  public var quality: Quality
  public var uncertainty: Uncertainty
  /// All timed rounds, in their order.
  public var rounds: [RoundFigures]
  public var warmUp: WarmUp
  public var noise: [NoiseWarning]
  /// The most memory that the process which built and searched ever had, dataset included; nil where unknown.
  public var peakBytes: Int?
  public var provenance: Provenance
  /// When the cell was finished.
  public var timestamp: Date
  /// Beside builds from other seeds; nil until it stands among them. It is not stored.
  public var buildVariance: BuildVariance?
  /// What was measured beside the searches; `nil` for a finished index.
  public var workload: WorkloadFigures?
  /// The library of an index that is no type of this program; nil for one that is.
  public var origin: SubjectOrigin?

  /// Whether there were searches: an `ingest` without readers has none.
  public var isSearched: Bool { workload?.searches?.count != 0 }

  /// What building the index took; loading the dataset is not part of it.
  public struct BuildCost: Sendable, Equatable, Codable {
    public var trainSeconds: Double
    public var insertSeconds: Double
    /// Bytes as the index counts them itself, in memory and in files.
    public var indexBytes: Int
    /// By how much the process's resident memory grew, in bytes; nil where the system does not tell.
    public var residentBytes: Int?
    /// Of an index that lives in a file.
    public var file: FileCost?
    /// The clusters that training made where it had too few vectors for `nlist` of them; nil where it made all.
    public var trainedLists: Int?
    /// What built it, where it was opened as an earlier run had kept it: times and memory of the build are that run's,
    /// not to be compared as this one's. nil where it was built to be measured.
    public var builtBefore: Provenance?

    /// Making, training and filling the index.
    public var seconds: Double { trainSeconds + insertSeconds }
  }

  /// What an index costs that lives in a file, and is opened for reading when it has been built.
  public struct FileCost: Sendable, Equatable, Codable {
    public var bytes: Int
    /// Making the whole build durable; part of the build's seconds.
    public var commitSeconds: Double
    public var openSeconds: Double
    /// The first query after that, with the default search parameters.
    public var firstQuerySeconds: Double
    /// Whether both found nothing of the file in memory.
    public var isCold: Bool
  }

  /// How fast the median round was, and how far apart all rounds were.
  public struct Speed: Sendable, Equatable, Codable {
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

  /// How far the figures can be trusted.
  public struct Uncertainty: Sendable, Equatable, Codable {
    /// 95 % confidence intervals over queries and rounds.
    public var recall: Interval
    public var queriesPerSecond: Interval
    public var p99Milliseconds: Interval
    /// The median absolute deviation of the rounds' queries per second.
    public var speedDeviation: Double
    /// Queries whose answers were not the same in all rounds.
    public var unstableQueries: Int
  }

  /// What was answered untimed before the rounds of a cell, all of them together.
  public struct WarmUp: Sendable, Equatable, Codable {
    public var queries: Int
    public var seconds: Double
  }
}

/// What is kept of a timed round beside the times of its queries.
public struct RoundFigures: Sendable, Equatable, Codable {
  public var queriesPerSecond: Double
  public var p99Milliseconds: Double
  public var seconds: Double
  /// What the machine did meanwhile.
  public var activity: MachineActivity
}

extension CellMeasurement: Codable {
  private enum CodingKeys: CodingKey {
    case variant, cell, options, dataset, datasetSHA256, build, speed, quality, uncertainty, rounds, warmUp, noise
    case peakBytes, provenance, timestamp, workload, origin
  }
}

extension CellMeasurement {
  /// The cell and how it was measured.
  public var planned: PlannedCell { PlannedCell(cell: cell, options: options) }
}
