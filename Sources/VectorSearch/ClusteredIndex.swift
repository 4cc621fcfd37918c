/// An index that groups its vectors into clusters, of which a search probes some.
public protocol ClusteredIndex: TrainableIndex {
  /// Vectors in each cluster, `nlist` of them; empty while untrained.
  var clusterSizes: [Int] { get }
}

extension ClusteredIndex {
  /// Sizes of the clusters, their mean and variance. - Complexity: O(nlist).
  public var clusterStatistics: ClusterStatistics { ClusterStatistics(sizes: clusterSizes) }

  /// How many of the largest clusters together hold the given share of the stored vectors.
  ///
  /// - Throws: as `ClusterStatistics.suggestNProbe`.
  /// - Complexity: O(nlist·log nlist).
  public func suggestNProbe(coverage: Double) throws(IndexError) -> Int {
    try clusterStatistics.suggestNProbe(coverage: coverage)
  }
}
