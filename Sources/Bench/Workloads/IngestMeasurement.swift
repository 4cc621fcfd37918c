/// What was measured in one phase of an `IngestWorkload`.
public struct IngestMeasurement: Sendable {
  /// A stretch of time, or the times of some kind.
  public enum Phase: Sendable, Equatable {
    /// The base alone is searched; nothing is written.
    case before
    /// The tenth of the rows with this number, from 1, is written.
    case writing(Int)
    /// All rows are there, in the base and in memtables; nothing is written.
    case after
    /// All rows are in the base, under an empty memtable.
    case flushed
    /// The base is searched by itself, without memtables: what the others are compared with.
    case base
    /// Searches that began while a batch was written that froze a memtable.
    case freezing
    /// Searches that began while memtables were flushed.
    case flushing
  }

  /// What the writer did.
  public struct Writes: Sendable, Equatable {
    public var vectors = 0
    public var seconds = 0.0
    /// Of the time from when each batch was due until it could be found, in ms; 0 where nothing was written.
    public var p50Milliseconds = 0.0
    public var p99Milliseconds = 0.0
    public var freezes = 0
    public var flushes = 0

    public var vectorsPerSecond: Double { seconds > 0 ? Double(vectors) / seconds : 0 }
  }

  /// What the readers did.
  public struct Searches: Sendable, Equatable {
    public var count = 0
    public var seconds = 0.0
    public var p50Milliseconds = 0.0
    public var p95Milliseconds = 0.0
    public var p99Milliseconds = 0.0
    /// By the true neighbours among the rows that each search saw, of some searches; nil of none.
    public var recall: Double?
    /// Of how many searches it is the mean.
    public var judged = 0
    /// Of how many more there were no true neighbours to judge by.
    public var unjudged = 0

    public var queriesPerSecond: Double { seconds > 0 ? Double(count) / seconds : 0 }
  }

  public let dataset: String
  public let cell: Cell
  public let k: Int
  public let options: IngestOptions
  public let phase: Phase
  /// How many rows could be found at the end.
  public let rows: Int
  /// How many of them were in memtables then, and of these in their overflow.
  public let memtableRows: Int
  public let overflowRows: Int
  public let writes: Writes
  public let searches: Searches
}

/// How an `IngestWorkload` writes and reads.
public struct IngestOptions: Sendable, Equatable {
  /// Threads that search, each its next query when it has the answer to the last.
  public var readers = 1
  /// Vectors a second that are to be written; 0: each batch as soon as the last one is done.
  public var rate = 0
  /// Vectors of a batch.
  public var batchRows = 1000
  /// Rows that are in the base before anything is measured; nil: half of them.
  public var baseRows: Int?
  /// How long each phase lasts in which nothing is written.
  var idleSeconds = 2.0

  public init() {}
}

extension IngestMeasurement.Phase: CustomStringConvertible {
  /// As the CSV has it.
  public var description: String {
    switch self {
    case .before: "before"
    case .writing(let tenth): "\(tenth)"
    case .after: "after"
    case .flushed: "flushed"
    case .base: "base"
    case .freezing: "freezing"
    case .flushing: "flushing"
    }
  }
}
