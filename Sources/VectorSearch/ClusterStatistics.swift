/// How evenly an index's vectors are spread over its clusters.
public struct ClusterStatistics: Sendable, Equatable {
  /// Vectors in each cluster, by cluster number.
  public let sizes: [Int]
  /// The mean size; 0 without clusters.
  public let mean: Double
  /// The population variance of the sizes; 0 without clusters.
  public let variance: Double

  /// - Complexity: O(n) for n clusters.
  public init(sizes: [Int]) {
    let count = Double(max(sizes.count, 1))
    let mean = Double(sizes.reduce(0, +)) / count
    self.sizes = sizes
    self.mean = mean
    variance = sizes.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
  }

  /// faiss's imbalance factor: the mean of the squared sizes ÷ the square of their mean, 1 where all are equal.
  ///
  /// So many times as many vectors are scanned by a query as with equal clusters, where queries fall as vectors do.
  public var imbalance: Double { mean > 0 ? 1 + variance / (mean * mean) : 1 }

  /// How many of the largest clusters together hold a share in [0, 1] of the stored vectors, see
  /// `ClusteredIndex.suggestNProbe`.
  func nprobe(covering coverage: Double) -> Int {
    let sizes = sizes.sorted(by: >)
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
