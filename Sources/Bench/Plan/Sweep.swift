import Foundation

/// What a sweep is asked to measure, from a command line or a file; `SweepPlan` makes cells of it.
public struct Sweep: Sendable {
  /// Catalog names or files.
  public var datasets: [String] = []
  /// Neighbours asked for.
  public var ks = [10]
  public var modes = [SearchMode.single]
  /// Searching threads.
  public var threads = [1]
  /// Timed rounds a cell.
  public var rounds = 3
  /// Builds of each index, each from a seed of its own: `seed`, `seed` + 1, …
  public var builds = 1
  public var seed = RunOptions().seed
  public var buildThreads = ProcessInfo.processInfo.activeProcessorCount
  /// Only the first so many queries; nil for all.
  public var queries: Int?
  /// Only the first so many rows of each dataset; nil for all.
  public var rows: Int?
  public var limits = Limits()
  public var indexes = Indexes.variants([])
  public var workload = Workload.search
  /// Whether the rounds of all indexes over a dataset take turns, rather than only those of one build.
  public var isInterleaved = false

  /// Where the indexes come from.
  public enum Indexes: Sendable {
    case variants([IndexVariant])
    /// Depends on each dataset's metric and dimension.
    case annBenchmarks(AnnBenchmarksConfig)
  }

  public init() {}
}
