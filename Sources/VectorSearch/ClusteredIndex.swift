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
  /// - Parameter coverage: a share in [0, 1]; 0 suggests 1, 1 suggests all clusters.
  /// - Returns: at least 1; 1 for an empty or untrained index.
  /// - Throws: `IndexError.invalidParameter` for a coverage that is not a number in [0, 1].
  /// - Complexity: O(nlist·log nlist).
  public func suggestNProbe(coverage: Double) throws(IndexError) -> Int {
    guard coverage >= 0, coverage <= 1 else {
      throw .invalidParameter(name: "coverage", value: String(coverage), expected: "a number, 0…1")
    }
    return clusterStatistics.nprobe(covering: coverage)
  }
}
