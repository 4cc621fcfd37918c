/// What is measured at a stage of a workload beside the searches.
public struct WorkloadFigures: Sendable, Equatable, Codable {
  /// Searches that began during a phase of an `ingest`, and how many of them were judged; `nil` of a `drift`.
  public var searches: Searches?
  /// `nil` where nothing was written.
  public var writes: Writes?
  /// Rows in memtables at the end of the phase; `nil` of a `drift`.
  public var memtableRows: Int?
  /// How many of those are in the memtables' overflow.
  public var overflowRows: Int?
  /// What the index says of itself, see `IndexStatistics.figures`.
  public var index: [String: Double] = [:]

  /// What the readers of an `ingest` did.
  public struct Searches: Sendable, Equatable, Codable {
    public var count: Int
    /// Over so many searches the figures of quality are computed.
    public var judged: Int
  }

  /// What the writer of an `ingest` did.
  public struct Writes: Sendable, Equatable, Codable {
    public var vectors: Int
    public var seconds: Double
    /// Of the time from when each batch was due until all of it could be found.
    public var p50Milliseconds: Double
    public var p99Milliseconds: Double
    /// Memtables that were frozen.
    public var freezes: Int
    /// How often the frozen ones were flushed.
    public var flushes: Int

    public var vectorsPerSecond: Double { seconds > 0 ? Double(vectors) / seconds : 0 }
  }

  /// The share of the rows in memtables that is in their overflow; `nil` where there are no such rows.
  public var overflowShare: Double? {
    guard let memtableRows, let overflowRows, memtableRows > 0 else { return nil }
    return Double(overflowRows) / Double(memtableRows)
  }
}
