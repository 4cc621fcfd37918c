import CKernels
import VectorCore

/// Splits vectors into two clusters, neither of which is small.
enum TwoMeans {
  private static let iterations = 10

  /// For each of n ≥ 2 vectors, n × d, whether it belongs to the second part; both parts have at least `least` vectors.
  ///
  /// A vector goes to the nearer of the two means, which are prepared for the metric as centroids are. If one part is
  /// too small, it gets the vectors of the other part for which the difference of the two distances is least. So a
  /// cluster of nearly equal vectors with a few outliers is split into parts of useful size, instead of losing one
  /// vector at a time.
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

  /// For each vector, how much nearer the second mean is than the first; 0 if the distances overflow.
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
