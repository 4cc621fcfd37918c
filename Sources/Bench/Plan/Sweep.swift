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
  public var limits = Limits()
  public var indexes = Indexes.variants([])

  /// Where the indexes come from.
  public enum Indexes: Sendable {
    case variants([IndexVariant])
    /// Depends on each dataset's metric and dimension.
    case annBenchmarks(AnnBenchmarksConfig)
  }

  public init() {}
}

/// A dataset of a sweep: where it is, what it is, and which bytes.
public struct SweepDataset: Sendable, Equatable, Codable {
  /// As the sweep calls it: a name of the catalog or a path.
  public let argument: String
  public let path: String
  /// SHA-256 of the file, 64 hexadecimal digits.
  public let sha256: String
  /// With the queries that the sweep uses, of all there are.
  public let shape: Measurement.DatasetShape

  public var name: String { shape.name }

  public init(argument: String, path: String, sha256: String, shape: Measurement.DatasetShape) {
    self.argument = argument
    self.path = path
    self.sha256 = sha256
    self.shape = shape
  }
}
