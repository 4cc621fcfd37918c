import VectorCore

/// The request of a sweep, from a command line or a file; `SweepPlan` turns it into cells.
public struct Sweep: Sendable {
  /// Names of the catalogue, or paths of files.
  public var datasets: [String] = []
  /// The numbers of neighbours that are requested.
  public var ks = [10]
  public var modes = [SearchMode.single]
  /// The numbers of searching threads.
  public var threads = [1]
  /// The number of timed rounds of each cell.
  public var rounds = 3
  /// The number of builds of each index, each with its own seed: `seed`, `seed` + 1, …
  public var builds = 1
  public var seed = RunOptions().seed
  /// The threads that train and insert; `nil` for all processors of the machine that measures.
  public var buildThreads: Int?
  /// The number of queries to use, from the first one on; `nil` for all.
  public var queries: Int?
  /// The number of rows of each dataset to use, from the first one on; `nil` for all.
  public var rows: Int?
  public var limits = Limits.initial
  public var indexes = Indexes.variants([])
  public var workload = Workload.search
  /// Whether the rounds of all indexes over a dataset are interleaved, and not only those of one build.
  public var isInterleaved = false

  /// The threads that train and insert on this machine.
  public var usedBuildThreads: Int { buildThreads ?? UsableProcessors.count }

  /// The source of the indexes.
  public enum Indexes: Sendable {
    case variants([IndexVariant])
    /// The configuration's indexes depend on each dataset's metric and dimension; others may be measured beside them.
    case annBenchmarks(AnnBenchmarksConfig, beside: [IndexVariant] = [])
  }

  public init() {}
}
