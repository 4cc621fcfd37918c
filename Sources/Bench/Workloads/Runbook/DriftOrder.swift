import VectorCore

/// An order of a dataset's rows in which their distribution drifts: one coarse cluster follows the other.
///
/// The clusters come from k-means by squared L2 under every metric, with `clusters` centroids on a sample of
/// `sampleSize` unnormalized rows. The cluster farthest from the mean of all centroids comes first, and each one is
/// followed by the nearest of those left, so that the distribution moves gradually through the space. Rows of a cluster
/// keep their order.
enum DriftOrder {
  static let clusters = 100
  static let sampleSize = 25_600
  private static let seed: UInt64 = 0xD21F_7D21_F7D2_1F7D

  /// The numbers of all rows, in this order.
  ///
  /// - Complexity: O(n·d·clusters).
  static func rows(of vectors: Matrix, threads: Int) -> [Int] {
    guard vectors.rows > 0 else { return [] }
    var generator = SeededGenerator(seed: seed)
    let size = min(sampleSize, vectors.rows)
    let sample = vectors.gathering(generator.sample(size, below: vectors.rows).sorted(), threads: threads)
    let centroids = KMeans.train(
      sample, k: min(clusters, size), seed: generator.next(), threads: threads
    ).centroids
    let labels = NearestCentroid(centroids).assign(vectors, threads: threads)
    let members = ClusterMembers(labels: labels, clusters: centroids.rows)
    return chain(of: centroids).flatMap { members.rows(of: $0).map(Int.init) }
  }

  /// The order of the centroids: the one farthest from their mean, then always the nearest one left; among equally near
  /// ones, the first.
  private static func chain(of centroids: Matrix) -> [Int] {
    func distance(_ row: Int, _ point: (Int) -> Float) -> Float {
      let centroid = centroids[row: row]
      return centroid.indices.reduce(0) { $0 + (centroid[$1] - point($1)) * (centroid[$1] - point($1)) }
    }
    let mean = (0..<centroids.columns).map { column in
      (0..<centroids.rows).reduce(0) { $0 + centroids[row: $1][column] } / Float(centroids.rows)
    }
    var left = Array(0..<centroids.rows)
    let first = left.map { distance($0) { mean[$0] } }
    var chain = [left.remove(at: first.firstIndex(of: first.max() ?? 0) ?? 0)]
    while !left.isEmpty {
      let last = centroids[row: chain[chain.count - 1]]
      let distances = left.map { distance($0) { last[$0] } }
      chain.append(left.remove(at: distances.firstIndex(of: distances.min() ?? 0) ?? 0))
    }
    return chain
  }
}
