import CKernels
import VectorCore

/// The limit of outliers: vectors at least four times as far from the middle of a sample as 98 % of the sample.
///
/// One outlier among thousands of vectors can spoil what is fitted to all of them. It moves a mean or a centroid away
/// from the others, takes a codeword for itself, and widens ranges that are rounded to a few bits until all other
/// vectors are rounded to the same value. So an index fits nothing to outliers and puts none of them into a cluster. It
/// keeps outliers in a separate list, and every search computes their exact distances: there are few of them, and an
/// exact distance is right for any vector.
///
/// **Invariants.** Whether a vector is an outlier depends only on the vector and the limit, never on the number of
/// threads. The middle is the median of each component and the distance is a quantile, so two vectors in a hundred
/// cannot move either by much, however large they are. At most 2 % of the sample are outliers, or one vector. Without a
/// limit there are no outliers.
struct OutlierLimit: Sendable, Equatable {
  /// The middle of the sample, d floats.
  let center: [Float]
  /// The squared distance from the centre above which a vector is an outlier; infinite if there are no outliers.
  let squaredRadius: Float

  /// The factor by which an outlier is farther away than the quantile.
  private static let factor = 4.0
  private static let quantile = 0.98
  /// The greatest number of vectors whose components and distances are sorted.
  private static let medianRows = 1024
  private static let distanceRows = 4096

  init(center: [Float], squaredRadius: Float) {
    self.center = center
    self.squaredRadius = squaredRadius
  }

  /// A limit with which all vectors are ordinary.
  static func none(dimension: Int) -> OutlierLimit {
    OutlierLimit(center: Array(repeating: 0, count: dimension), squaredRadius: .infinity)
  }

  /// Computes the limit from a sample.
  ///
  /// - Parameters:
  ///   - sample: n × d, prepared; a large sample is sampled again at random.
  ///   - least: the number of vectors that must remain without the outliers; otherwise there is no limit.
  /// - Complexity: O(n·d), and O(d·r log r) for r of at most 1024 rows.
  init(of sample: Matrix, leaving least: Int = 0) {
    let found = Self.find(in: sample)
    let ordinary = sample.rows - found.isOutlier(sample).count { $0 }
    self = ordinary >= least ? found : OutlierLimit(center: found.center, squaredRadius: .infinity)
  }

  private static func find(in sample: Matrix) -> OutlierLimit {
    guard sample.rows > 2 else { return none(dimension: sample.columns) }
    // The sample is random, because outliers may occur at regular intervals.
    var generator = SeededGenerator(seed: UInt64(sample.rows))
    let some = sample.gathering(generator.sample(min(sample.rows, distanceRows), below: sample.rows))
    let center = some[rows: 0..<min(some.rows, medianRows)].medians
    let distances = (0..<some.rows).map { some.squaredDistance(ofRow: $0, from: center) }.sorted()
    let last = min(Int(Double(distances.count) * quantile), distances.count - 2)
    let squaredRadius = Float(factor * factor * distances[last])
    return OutlierLimit(center: center, squaredRadius: squaredRadius > 0 ? squaredRadius : .infinity)
  }

  /// Whether a prepared vector, d floats, is an outlier. - Complexity: O(d); O(1) without a limit.
  func isOutlier(_ vector: UnsafePointer<Float>) -> Bool {
    guard squaredRadius < .infinity else { return false }
    var distance: Float = 0
    Kernels.active.l2_f32(center, vector, 1, center.count, &distance)
    return distance > squaredRadius
  }

  /// Whether each of these prepared vectors, n × d, is an outlier. - Complexity: O(n·d); O(n) without a limit.
  func isOutlier(_ vectors: Matrix) -> [Bool] { isOutlier(vectors.baseAddress, count: vectors.rows) }

  /// Whether each of `count` prepared vectors, count × d, is an outlier.
  func isOutlier(_ vectors: UnsafePointer<Float>, count: Int) -> [Bool] {
    guard squaredRadius < .infinity, count > 0 else { return Array(repeating: false, count: count) }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { distances in
      // A sum that overflows is infinite, which is above any limit.
      Kernels.active.l2_f32(center, vectors, count, center.count, distances.baseAddress!)
      return distances.map { $0 > squaredRadius }
    }
  }

  /// The vectors of a sample that are not outliers, in order; the sample itself if there are no outliers.
  func ordinary(_ sample: Matrix, threads: Int) -> Matrix {
    let isOutlier = isOutlier(sample)
    guard isOutlier.contains(true) else { return sample }
    return sample.gathering(isOutlier.indices.filter { !isOutlier[$0] }, threads: threads)
  }
}

extension Matrix {
  /// The median of each column, d floats; for an even number the greater of the middle two. - Complexity: O(d·n log n).
  fileprivate var medians: [Float] {
    (0..<columns).map { column in
      (0..<rows).map { baseAddress[$0 * columns + column] }.sorted()[rows / 2]
    }
  }

  /// The squared distance of a row from a point, in Float64, where no finite Float32 overflows.
  fileprivate func squaredDistance(ofRow row: Int, from point: [Float]) -> Double {
    let vector = baseAddress + row * columns
    var sum = 0.0
    for column in point.indices {
      let difference = Double(vector[column]) - Double(point[column])
      sum += difference * difference
    }
    return sum
  }
}
