import VectorCore

/// How the suite measures.
public struct SuiteOptions: Sendable, Equatable {
  /// Neighbours asked for, at least 1.
  public var k = 10
  /// Rounds, in each of which every figure of every side is measured once; at least 1.
  public var rounds = 5
  /// Threads that build; searches run on one.
  public var buildThreads = 1
  /// Clusters of the inverted files; nil for the power of two nearest to √n.
  public var nlist: Int?
  /// Passes over the queries go on for so long at least: a short one is at the mercy of what else runs.
  public var leastSeconds = 0.1
  /// The recalls at which speeds are compared.
  public var recalls = [0.9, 0.95, 0.99]

  public init() {}
}

/// What the suite measured on one dataset.
public struct SuiteResult: Sendable {
  /// One line of the table.
  public struct Row: Sendable, Equatable {
    /// The index, and how it differs from its defaults: `ivf-pq spill`.
    public var kind: String
    public var figure: Figure
    /// Of each round; nil where the recall is not reached.
    public var ours: [Double]?
    /// The same of the peer; nil also without one.
    public var peer: [Double]?
  }

  /// What a row tells.
  public enum Figure: Sendable, Equatable {
    /// Queries per second; of an index that is not exact, at a recall.
    case speed(SearchMode, recall: Double?)
    /// Seconds.
    case build
  }

  public var dataset: DatasetShape
  public var options: SuiteOptions
  public var nlist: Int
  /// Queries that flat is measured with; fewer than the dataset's where a round would take seconds.
  public var flatQueries: Int
  /// nil without a peer.
  public var peerName: String?
  public var rows: [Row]
  /// Queries that recall does not count, because they have no true neighbours.
  public var unjudged = 0
}

/// The median of several rounds, with the least and the most.
public struct Spread: Sendable, Equatable {
  public let median: Double
  public let least: Double
  public let most: Double

  /// - Parameter values: at least one; of an even number the lower of the middle two is the median.
  public init(_ values: [Double]) {
    precondition(!values.isEmpty, "the median of nothing")
    let sorted = values.sorted()
    (median, least, most) = (sorted[(sorted.count - 1) / 2], sorted[0], sorted[sorted.count - 1])
  }
}

extension SuiteResult.Row {
  /// Ours ÷ the peer's, round by round; nil where one of them has none.
  public var ratios: [Double]? {
    guard let ours, let peer else { return nil }
    return zip(ours, peer).map { $0 / $1 }
  }
}
