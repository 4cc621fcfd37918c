import CKernels
import VectorCore

/// Which vectors are outliers: those four times as far from the middle of a sample as 98 % of it are, or more.
///
/// One outlier among thousands of vectors is enough to spoil what is fitted to all of them: it draws a mean or a centroid
/// away from the others, takes a codeword for itself, and stretches ranges that are rounded to a few bits until the others
/// are all rounded to the same. So an index fits nothing to outliers and puts none of them into a cluster. It keeps them in
/// a list of their own, and every search measures them all: there are few, and a distance that is measured is right
/// whatever the vector.
///
/// **Invariants.** Whether a vector is an outlier depends on the vector and the limit alone, never on the thread count. The
/// middle is the median of each component and the distance a quantile: no two vectors in a hundred move either by much,
/// however large they are. Of the sample at most 2 % are outliers, or one vector. Without a limit no vector is one.
struct OutlierLimit: Sendable, Equatable {
  /// The middle of the sample, d floats.
  let center: [Float]
  /// The squared distance from the centre above which a vector is an outlier; infinite: none is.
  let squaredRadius: Float

  /// How many times as far as the quantile an outlier is.
  private static let factor = 4.0
  private static let quantile = 0.98
  /// Vectors at most whose components are sorted, and whose distances are.
  private static let medianRows = 1024
  private static let distanceRows = 4096

  init(center: [Float], squaredRadius: Float) {
    self.center = center
    self.squaredRadius = squaredRadius
  }

  /// No limit: all vectors are ordinary.
  static func none(dimension: Int) -> OutlierLimit {
    OutlierLimit(center: Array(repeating: 0, count: dimension), squaredRadius: .infinity)
  }

  /// Finds the limit of a sample.
  ///
  /// - Parameters:
  ///   - sample: n × d, prepared; of many vectors, some at random are looked at.
  ///   - least: how many vectors must be left when the outliers are taken out; else there is no limit.
  /// - Complexity: O(n·d), and O(d·r log r) for r of at most 1024 rows.
  init(of sample: Matrix, leaving least: Int = 0) {
    let found = Self.find(in: sample)
    let ordinary = sample.rows - found.isOutlier(sample).count { $0 }
    self = ordinary >= least ? found : OutlierLimit(center: found.center, squaredRadius: .infinity)
  }

  private static func find(in sample: Matrix) -> OutlierLimit {
    guard sample.rows > 2 else { return none(dimension: sample.columns) }
    // Drawn at random: outliers may come at even steps.
    var generator = SeededGenerator(seed: UInt64(sample.rows))
    let some = sample.gathering(generator.sample(min(sample.rows, distanceRows), below: sample.rows))
    let center = some[rows: 0..<min(some.rows, medianRows)].medians
    let distances = (0..<some.rows).map { some.squaredDistance(ofRow: $0, from: center) }.sorted()
    let last = min(Int(Double(distances.count) * quantile), distances.count - 2)
    let squaredRadius = Float(factor * factor * distances[last])
    return OutlierLimit(center: center, squaredRadius: squaredRadius > 0 ? squaredRadius : .infinity)
  }

  /// Whether a prepared vector, d floats, is an outlier. - Complexity: O(d), without a limit O(1).
  func isOutlier(_ vector: UnsafePointer<Float>) -> Bool {
    guard squaredRadius < .infinity else { return false }
    var distance: Float = 0
    Kernels.active.l2_f32(center, vector, 1, center.count, &distance)
    return distance > squaredRadius
  }

  /// Whether each of these prepared vectors, n × d, is an outlier. - Complexity: O(n·d), without a limit O(n).
  func isOutlier(_ vectors: Matrix) -> [Bool] { isOutlier(vectors.baseAddress, count: vectors.rows) }

  /// The same for `count` vectors, count × d.
  func isOutlier(_ vectors: UnsafePointer<Float>, count: Int) -> [Bool] {
    guard squaredRadius < .infinity, count > 0 else { return Array(repeating: false, count: count) }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { distances in
      // A sum that overflows is infinite: more than any limit.
      Kernels.active.l2_f32(center, vectors, count, center.count, distances.baseAddress!)
      return distances.map { $0 > squaredRadius }
    }
  }

  /// The vectors of a sample that are no outliers, in their order; the sample itself where none is.
  func ordinary(_ sample: Matrix, threads: Int) -> Matrix {
    let isOutlier = isOutlier(sample)
    guard isOutlier.contains(true) else { return sample }
    return sample.gathering(isOutlier.indices.filter { !isOutlier[$0] }, threads: threads)
  }
}

extension Matrix {
  /// The median of each column, d floats; of an even number the greater of the middle two. - Complexity: O(d·n log n).
  fileprivate var medians: [Float] {
    (0..<columns).map { column in
      (0..<rows).map { baseAddress[$0 * columns + column] }.sorted()[rows / 2]
    }
  }

  /// In Float64, where no finite Float32 overflows.
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
