/// The figures of a workload's stage in addition to those of its searches.
public struct WorkloadFigures: Sendable, Equatable, Codable {
  /// What the filter of a `filtered` search accepts; `nil` for the other workloads.
  public var filter: Filtering?
  /// The searches that began during a phase of an `ingest`; `nil` for a `drift`.
  public var searches: Searches?
  /// The writes; `nil` when nothing was written.
  public var writes: Writes?
  /// The removals; `nil` when nothing was removed.
  public var removals: Removals?
  /// The requests of a `load`; `nil` for other workloads.
  public var load: Load?
  /// The number of rows in memtables at the end of the phase; `nil` for a `drift`.
  public var memtableRows: Int?
  /// The number of these rows that are in the memtables' overflow areas.
  public var overflowRows: Int?
  /// The figures that the index reports, see `IndexStatistics.figures`.
  public var index: [String: Double] = [:]

  /// What the filters of the queries accept.
  public struct Filtering: Sendable, Equatable, Codable {
    /// The mean number of rows that match the filter of a query.
    public var matches: Double
    /// The number of queries whose filter no row matches; they are not judged.
    public var unmatched: Int
    /// The number of queries whose filter some rows match, but fewer than k; they are judged by these.
    public var underfilled: Int
  }

  /// The work of the readers of an `ingest`.
  public struct Searches: Sendable, Equatable, Codable {
    public var count: Int
    /// The number of searches from which the figures of quality are computed.
    public var judged: Int
  }

  /// The removals of vectors.
  public struct Removals: Sendable, Equatable, Codable {
    public var vectors: Int
    public var seconds: Double

    public var vectorsPerSecond: Double { seconds > 0 ? Double(vectors) / seconds : 0 }
  }

  /// The requests of a round of a `load`.
  public struct Load: Sendable, Equatable, Codable {
    public var requests: Int
    /// The number of requests that were still waiting when the round was given up.
    public var unanswered: Int
    /// The 99.99th percentile of the milliseconds from the due time of a search to its answer.
    public var p9999Milliseconds: Double
    public var maximumMilliseconds: Double
  }

  /// The work of the writer of an `ingest`.
  public struct Writes: Sendable, Equatable, Codable {
    public var vectors: Int
    public var seconds: Double
    /// Percentiles of the milliseconds from the due time of a batch until all of its rows could be found.
    public var p50Milliseconds: Double
    public var p99Milliseconds: Double
    /// The number of memtables that were frozen.
    public var freezes: Int
    /// The number of times that frozen memtables were flushed.
    public var flushes: Int

    public var vectorsPerSecond: Double { seconds > 0 ? Double(vectors) / seconds : 0 }
  }

  /// The fraction of the rows in memtables that is in their overflow areas; `nil` when the memtables are empty.
  public var overflowShare: Double? {
    guard let memtableRows, let overflowRows, memtableRows > 0 else { return nil }
    return Double(overflowRows) / Double(memtableRows)
  }
}
