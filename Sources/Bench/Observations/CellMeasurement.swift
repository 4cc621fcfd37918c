import Foundation
import VectorCore

/// The complete measurement of one cell: one row of the results.
///
/// Speed, times and quality all come from the same round, the median by queries per second. When readers searched
/// beside a writer, the figures are those of a whole phase, and its parts take the place of rounds; they are NaN when
/// no reader searched.
public struct CellMeasurement: Sendable, Equatable {
  /// The name of the index in the sweep: the kind, unless it has its own name.
  public var variant: String
  public var cell: Cell
  public var options: RunOptions
  public var dataset: DatasetShape
  /// The SHA-256 of the dataset's file, 64 hexadecimal digits.
  public var datasetSHA256: String
  public var build: BuildCost
  public var speed: Speed
  public var quality: Quality
  public var uncertainty: Uncertainty
  /// All timed rounds, in order.
  public var rounds: [RoundFigures]
  public var warmUp: WarmUp
  public var noise: [NoiseWarning]
  /// The peak memory in bytes of the process that built and searched, including the dataset; `nil` when unknown.
  public var peakBytes: Int?
  public var provenance: Provenance
  /// The time at which the cell was finished.
  public var timestamp: Date
  /// The variation between builds from different seeds; `nil` until `comparingBuilds()` computes it. It is not stored.
  public var buildVariance: BuildVariance?
  /// The number of the run in its ledger; `nil` until `FolderResults` or `LatestCells` tells it. It is not stored.
  public var run: Int?
  /// What was measured in addition to the searches; `nil` for a finished index.
  public var workload: WorkloadFigures?
  /// The library of an index that is not a type of this program; `nil` for a type of this program.
  public var origin: SubjectOrigin?
  /// A name that the measurements share whose rounds were interleaved, unique within a run; `nil` for readers beside a
  /// writer, and in records of earlier versions.
  public var session: String?

  /// Whether there were searches; an `ingest` without readers has none.
  public var isSearched: Bool { workload?.searches?.count != 0 }

  /// The cost of building the index, without loading the dataset.
  public struct BuildCost: Sendable, Equatable, Codable {
    public var trainSeconds: Double
    public var insertSeconds: Double
    /// The size in bytes that the index reports, in memory and in files.
    public var indexBytes: Int
    /// The growth of the process's resident memory in bytes; `nil` when the system does not report it.
    public var residentBytes: Int?
    /// The additional cost of an index that lives in a file.
    public var file: FileCost?
    /// The number of clusters that training created when it had too few vectors for `nlist` clusters; `nil` when it
    /// created all.
    public var trainedLists: Int?
    /// The program that built the index, when it was opened as an earlier run had kept it. Times and memory of the
    /// build are then those of that run, and must not be compared as those of this one. `nil` when the index was built
    /// for this measurement.
    public var builtBefore: Provenance?

    /// The time of creating, training and filling the index.
    public var seconds: Double { trainSeconds + insertSeconds }
  }

  /// The cost of an index that lives in a file and is opened for reading after it has been built.
  public struct FileCost: Sendable, Equatable, Codable {
    public var bytes: Int
    /// The time of making the whole build durable, which is part of the build's seconds.
    public var commitSeconds: Double
    public var openSeconds = 0.0
    /// The time of the first query after opening, with the default search parameters.
    public var firstQuerySeconds = 0.0
    /// Whether no part of the file was in memory before opening and the first query.
    public var isCold = false
  }

  /// The speed of the median round, and the spread of all rounds.
  public struct Speed: Sendable, Equatable, Codable {
    public var queriesPerSecond: Double
    public var slowestQueriesPerSecond: Double
    public var fastestQueriesPerSecond: Double
    /// Percentiles of the time of a query in milliseconds; in batch mode all are the batch's time ÷ q.
    public var p50Milliseconds: Double
    public var p95Milliseconds: Double
    public var p99Milliseconds: Double
    public var p999Milliseconds: Double
    /// The number of distances computed for a query, as the index counts them.
    public var distanceComputations: Double
    /// The number of neighbours returned for a query.
    public var candidates: Double
  }

  /// The uncertainty of the figures.
  public struct Uncertainty: Sendable, Equatable, Codable {
    /// The 95 % confidence intervals over queries and rounds.
    public var recall: Interval
    public var queriesPerSecond: Interval
    public var p99Milliseconds: Interval
    /// The median absolute deviation of the rounds' queries per second.
    public var speedDeviation: Double
    /// The number of queries whose answers differ between rounds.
    public var unstableQueries: Int
  }

  /// The queries that were answered untimed before the rounds of a cell, in total.
  public struct WarmUp: Sendable, Equatable, Codable {
    public var queries: Int
    public var seconds: Double
  }
}

/// The figures of a timed round that are kept in addition to the times of its queries.
public struct RoundFigures: Sendable, Equatable, Codable {
  public var queriesPerSecond: Double
  public var p99Milliseconds: Double
  public var seconds: Double
  /// The activity of the machine during the round.
  public var activity: MachineActivity
}

extension CellMeasurement: Codable {
  private enum CodingKeys: CodingKey {
    case variant, cell, options, dataset, datasetSHA256, build, speed, quality, uncertainty, rounds, warmUp, noise
    case peakBytes, provenance, timestamp, workload, origin, session
  }
}

extension CellMeasurement {
  /// The cell, and the options by which it was measured.
  public var planned: PlannedCell { PlannedCell(cell: cell, options: options) }
}
