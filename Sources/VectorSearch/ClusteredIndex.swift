/// An index that groups its vectors into clusters and probes only some of the clusters in a search.
public protocol ClusteredIndex: TrainableIndex {
  /// The number of vectors in each of the `nlist` clusters; empty before training.
  var clusterSizes: [Int] { get }
}

extension ClusteredIndex {
  /// The sizes of the clusters, their mean and their variance. - Complexity: O(nlist).
  public var clusterStatistics: ClusterStatistics { ClusterStatistics(sizes: clusterSizes) }

  /// The smallest number of clusters that together hold the given share of the stored vectors.
  ///
  /// - Throws: as `ClusterStatistics.suggestNProbe`.
  /// - Complexity: O(nlist·log nlist).
  public func suggestNProbe(coverage: Double) throws(IndexError) -> Int {
    try clusterStatistics.suggestNProbe(coverage: coverage)
  }
}
