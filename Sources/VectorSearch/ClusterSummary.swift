/// The sizes of clusters in a few figures, and what they say about how many a search should probe.
public struct ClusterSummary: Sendable, Equatable, Codable {
  /// Clusters with sizes in a range.
  public struct Bin: Sendable, Equatable, Codable {
    /// The range of their sizes, both ends included.
    public let least: Int
    public let most: Int
    public let clusters: Int

    public init(least: Int, most: Int, clusters: Int) {
      self.least = least
      self.most = most
      self.clusters = clusters
    }
  }

  /// How many clusters have to be probed for a share of the vectors.
  public struct Probe: Sendable, Equatable, Codable {
    /// The share of the vectors, 0…1.
    public let coverage: Double
    public let nprobe: Int

    public init(coverage: Double, nprobe: Int) {
      self.coverage = coverage
      self.nprobe = nprobe
    }
  }

  /// The shares of the vectors for which `nprobe` is suggested.
  private static let coverages = [0.5, 0.8, 0.9, 0.95, 0.99]
  private static let mostBins = 10

  /// How many clusters there are, at least 1.
  public let count: Int
  /// Clusters without a vector.
  public let empty: Int
  /// Vectors in the smallest cluster, at these ranks of all clusters, and in the largest.
  public let min: Int
  public let p5: Int
  public let median: Int
  public let p95: Int
  public let max: Int
  public let mean: Double
  /// `ClusterStatistics.imbalance`.
  public let imbalance: Double
  /// From size 0 to the largest, in equal steps.
  public let histogram: [Bin]
  /// For shares of .5, .8, .9, .95 and .99, see `ClusteredIndex.suggestNProbe`.
  public let suggestedNProbe: [Probe]

  /// - Returns: `nil` without clusters.
  /// - Complexity: O(n·log n) for n clusters.
  public init?(_ statistics: ClusterStatistics) {
    let sizes = statistics.sizes.sorted()
    guard let min = sizes.first, let max = sizes.last else { return nil }
    // The nearest rank: the least size that so large a share of the clusters does not exceed.
    func size(_ share: Double) -> Int { sizes[Int((share * Double(sizes.count)).rounded(.up)) - 1] }
    count = sizes.count
    empty = sizes.prefix { $0 == 0 }.count
    (self.min, p5, median, p95, self.max) = (min, size(0.05), size(0.5), size(0.95), max)
    mean = statistics.mean
    imbalance = statistics.imbalance
    let step = max / Self.mostBins + 1
    var clusters = [Int](repeating: 0, count: max / step + 1)
    for size in sizes { clusters[size / step] += 1 }
    histogram = clusters.enumerated().map { bin, clusters in
      Bin(least: bin * step, most: (bin + 1) * step - 1, clusters: clusters)
    }
    suggestedNProbe = Self.coverages.map { Probe(coverage: $0, nprobe: statistics.nprobe(covering: $0)) }
  }
}
