import CKernels
import VectorCore

/// Parts vectors in two clusters of which neither is small.
enum TwoMeans {
  private static let iterations = 10

  /// For each of the vectors, n × d with n ≥ 2, whether it belongs to the second part; both have at least `least`.
  ///
  /// A vector goes to the nearer of the two means, prepared for the metric as centroids are. Where that leaves one part too
  /// small, it gets the vectors of the other that are most nearly as near to it: so a cluster of near-identical vectors
  /// with a few outliers is split as evenly as the rest, instead of losing one vector at a time.
  ///
  /// - Complexity: O(n·(d + log n)).
  static func parts(of vectors: Matrix, least: Int, metric: Metric, seed: UInt64, threads: Int) -> [Bool] {
    let count = vectors.rows
    let means = KMeans.train(vectors, k: 2, maxIterations: iterations, seed: seed, threads: threads).centroids
    let preference = preference(of: vectors, metric.prepare(means, threads: 1))
    let second = preference.map { $0 > 0 }
    let inSecond = second.count { $0 }
    guard min(inSecond, count - inSecond) < least else { return second }
    let order = (0..<count).sorted { (preference[$0], $0) < (preference[$1], $1) }
    let first = min(max(count - inSecond, least), count - least)
    var parts = [Bool](repeating: false, count: count)
    for row in order[first...] { parts[row] = true }
    return parts
  }

  /// How much nearer each vector is to the second of two means; 0 where distances overflow.
  private static func preference(of vectors: Matrix, _ means: Matrix) -> [Float] {
    func distances(from mean: Int) -> [Float] {
      [Float](unsafeUninitializedCapacity: vectors.rows) { distances, count in
        count = vectors.rows
        Kernels.active.l2_f32(
          means.baseAddress + mean * means.columns, vectors.baseAddress, count, vectors.columns,
          distances.baseAddress!)
      }
    }
    return zip(distances(from: 0), distances(from: 1)).map { $0 - $1 }.map { $0.isNaN ? 0 : $0 }
  }
}

extension Matrix {
  /// Whether two rows differ. - Complexity: O(n·d).
  var hasDistinctRows: Bool {
    (1..<max(rows, 1)).contains { row in
      for column in 0..<columns where baseAddress[row * columns + column] != baseAddress[column] { return true }
      return false
    }
  }
}
