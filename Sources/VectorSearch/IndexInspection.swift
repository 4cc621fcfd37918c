/// What can be told of an index without searching it: how it was made, what it holds, and how evenly.
///
/// An index gives it by conforming to `InspectableIndex`; of any other index it tells what the protocols of this module
/// ask for.
public struct IndexInspection: Sendable, Equatable, Codable {
  /// A build parameter, as it is typed.
  public struct Parameter: Sendable, Equatable, Codable {
    public let name: String
    public let value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public var kind: String
  /// The version of the file's format; `nil` for an index in memory.
  public var formatVersion: Int?
  public var dimension: Int
  /// `nil` where it is not known, as from a log alone.
  public var metric: Metric?
  /// With the values that were left to the index, in the order of its declaration; empty where they are not known.
  public var parameters: [Parameter] = []
  /// `nil` where it is not known.
  public var seed: UInt64?
  /// Stored vectors.
  public var count: Int
  /// Vectors that were removed or replaced since the index was made; `nil` where nobody counts them.
  public var removed: Int?
  public var memoryBytes: Int
  /// Bytes in files; 0 for an index in memory.
  public var diskBytes: Int
  /// Bytes of the file that hold nothing and that compacting gives back; `nil` where it can't be compacted.
  public var freeBytes: Int?
  /// `nil` for an index without clusters, or untrained.
  public var clusters: ClusterSummary?
  /// Further figures of this kind of index, by the names that its documentation gives.
  public var figures: [String: Double]

  /// - Parameter metric: `nil` where it is not known.
  public init(
    kind: String, dimension: Int, metric: Metric?, count: Int, memoryBytes: Int = 0, diskBytes: Int = 0,
    clusters: ClusterSummary? = nil, figures: [String: Double] = [:]
  ) {
    self.kind = kind
    self.dimension = dimension
    self.metric = metric
    self.count = count
    self.memoryBytes = memoryBytes
    self.diskBytes = diskBytes
    self.clusters = clusters
    self.figures = figures
  }

  /// What every index tells of itself.
  ///
  /// - Parameter clusterSizes: those of its clusters; `nil` for what the index says itself, if it has clusters.
  /// - Complexity: O(nlist·log nlist), and that of the index's statistics.
  public init(_ index: any VectorIndex, clusterSizes: [Int]? = nil) {
    let sizes = clusterSizes ?? (index as? any ClusteredIndex)?.clusterSizes
    let clusters = sizes.flatMap { ClusterSummary(ClusterStatistics(sizes: $0)) }
    let statistics = index.statistics
    self.init(
      kind: index.declaration.kind, dimension: index.dimension, metric: index.metric, count: index.count,
      memoryBytes: statistics.memoryBytes, diskBytes: statistics.diskBytes, clusters: clusters,
      figures: statistics.figures)
  }
}
