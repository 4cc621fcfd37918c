/// An index that groups its vectors into clusters and probes only some of the clusters in a search.
public protocol ClusteredIndex: TrainableIndex {
  /// The number of vectors in each of the `nlist` clusters; empty before training.
  var clusterSizes: [Int] { get }
}

/// How evenly the vectors of an index are spread over its clusters.
public struct ClusterStatistics: Sendable, Equatable {
  /// The number of vectors in each cluster, indexed by cluster number.
  public let sizes: [Int]
  /// The mean size; 0 when there are no clusters.
  public let mean: Double
  /// The population variance of the sizes; 0 when there are no clusters.
  public let variance: Double

  /// - Complexity: O(n) for n clusters.
  public init(sizes: [Int]) {
    let count = Double(max(sizes.count, 1))
    let mean = Double(sizes.reduce(0, +)) / count
    self.sizes = sizes
    self.mean = mean
    variance = sizes.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
  }
}

extension ClusteredIndex {
  /// The sizes of the clusters, their mean and their variance. - Complexity: O(nlist).
  public var clusterStatistics: ClusterStatistics { ClusterStatistics(sizes: clusterSizes) }

  /// The smallest number of clusters that together hold the given share of the stored vectors.
  ///
  /// - Parameter coverage: a share in [0, 1]. 0 suggests 1 cluster; 1 suggests all clusters, empty ones included.
  /// - Returns: at least 1; 1 for an empty or untrained index.
  /// - Throws: `IndexError.invalidParameter` for a coverage that is not a number in [0, 1].
  /// - Complexity: O(nlist·log nlist).
  public func suggestNProbe(coverage: Double) throws(IndexError) -> Int {
    guard coverage >= 0, coverage <= 1 else {
      throw .invalidParameter(name: "coverage", value: String(coverage), expected: "a number, 0…1")
    }
    let sizes = clusterSizes.sorted(by: >)
    let live = sizes.reduce(0, +)
    guard live > 0, coverage > 0 else { return 1 }
    guard coverage < 1 else { return sizes.count }
    let wanted = Int((Double(live) * coverage).rounded(.up))
    var covered = 0
    for (rank, size) in sizes.enumerated() {
      covered += size
      if covered >= wanted { return rank + 1 }
    }
    return sizes.count
  }
}
