import CKernels
import VectorCore

/// Encodes residuals in 4 bits per dimension: level z of L stands for middle + step·(z − (L − 1)/2).
///
/// With a projection it encodes projected vectors, of p dimensions instead of d, in 6 bits per dimension: fewer bytes
/// that exclude as many vectors where the vectors vary most in few dimensions.
///
/// It is fitted to a sample once. Codes of any vector give a valid bound, but the bound is weak far from the sample.
struct ScalarQuantizer: Sendable {
  let metric: Metric
  /// Applied to vectors and queries before they are encoded; `nil` if they are encoded as they are.
  let projection: Projection?
  /// The share of squared distances between neighbours that is left in the subspace on average; 1 without a projection.
  let projectedShare: Float
  /// The origin, subtracted from queries and centres so that data far from 0 lose no precision; 0 for `dot`, and with a
  /// projection, which has an origin of its own. p floats, like the following.
  let origin: [Float]
  /// The middle of the range of each dimension.
  let middle: [Float]
  /// The step of each dimension; 0 where all residuals are equal.
  let step: [Float]
  let middleNorm: Float

  /// The number of encoded dimensions, p; d without a projection.
  var dimension: Int { middle.count }
  /// The number of dimensions of vectors, d.
  var vectorDimension: Int { projection?.dimension ?? dimension }
  var kernels: rbk_sq_kernels { Self.kernels(projects: projection != nil) }
  var blockBytes: Int { rbk_sq_block_bytes(kernels.bits, dimension) }
  var queryBytes: Int { rbk_sq_query_bytes(dimension) }

  /// The greatest relative rounding error of a distance.
  var roundingShare: Float { VectorIndexes.roundingShare(vectorDimension) }

  private static func kernels(projects: Bool) -> rbk_sq_kernels {
    (projects ? Kernels.active.sq6 : Kernels.active.sq4).pointee
  }

  /// How far a projected vector may be from the exact projection, for vectors at such a distance from the origin.
  ///
  /// Each of p inner products has an error of at most `roundingShare` times that distance.
  func projectionError(squaredNorm: Float) -> Float {
    roundingShare * (Float(dimension) * squaredNorm).squareRoot()
  }

  /// Whether codes give a bound on the distances of this metric.
  static func supports(_ metric: Metric) -> Bool {
    switch metric {
    case .euclidean, .angular, .dot: true
    case .manhattan, .hamming: false
    }
  }

  /// The shares of the residuals that may be outside the range on each side.
  private static let tails = [0, 0.001, 0.003, 0.006, 0.012, 0.025]

  /// Chooses for each dimension the range with which the sample has the least squared coding error.
  ///
  /// - Parameters:
  ///   - residuals: vectors less the centre relative to which they are encoded, n × d, n ≥ 1; with a projection,
  ///     projected vectors, n × p.
  ///   - origin: the mean of the vectors themselves.
  /// - Complexity: O(d·n log n).
  init(
    fitting residuals: Matrix, origin: [Float], projection: Projection? = nil, projectedShare: Float = 1,
    metric: Metric, threads: Int
  ) {
    self.metric = metric
    self.projection = projection
    self.projectedShare = projectedShare
    let dimension = residuals.columns
    let levels = Self.kernels(projects: projection != nil).levels
    self.origin = metric == .dot ? Array(repeating: 0, count: dimension) : origin
    var middle = [Float](repeating: 0, count: dimension)
    var step = middle
    middle.withUnsafeMutableBufferPointer { middle in
      step.withUnsafeMutableBufferPointer { step in
        let middle = Disjoint(middle)
        let step = Disjoint(step)
        parallelChunks(of: dimension, chunk: 16, threads: threads) { _, columns in
          for column in columns {
            let values = (0..<residuals.rows).map { residuals[row: $0][column] }.sorted()
            (middle[column], step[column]) = Self.bestRange(of: values, levels: Float(levels))
          }
        }
      }
    }
    self.middle = middle
    self.step = step
    middleNorm = middle.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Restores fitted values.
  init(metric: Metric, origin: [Float], middle: [Float], step: [Float]) {
    self.metric = metric
    projection = nil
    projectedShare = 1
    self.origin = origin
    self.middle = middle
    self.step = step
    middleNorm = middle.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private static func bestRange(of sorted: [Float], levels: Float) -> (middle: Float, step: Float) {
    var best: (middle: Float, step: Float) = (0, 0)
    var least = Double.infinity
    for tail in tails {
      let skipped = Int(Double(sorted.count) * tail)
      let low = sorted[skipped]
      let high = sorted[sorted.count - 1 - skipped]
      // The outermost levels are half a step inside the range, in the middle of their cells like all others.
      let step = high / levels - low / levels
      let middle = low / 2 + high / 2
      guard step > 0, step.isFinite else { continue }
      let error = squaredError(of: sorted, middle: middle, step: step, levels: levels)
      if error < least { (least, best) = (error, (middle, step)) }
    }
    return least.isFinite ? best : (sorted[sorted.count / 2], 0)
  }

  private static func squaredError(of values: [Float], middle: Float, step: Float, levels: Float) -> Double {
    var error = 0.0
    for value in values {
      let level = min(max((value - middle) / step + levels / 2, 0), levels - 1)
      let rest = Double(value - (middle + step * (Float(Int32(level)) - (levels - 1) / 2)))
      error += rest * rest
    }
    return error
  }

  /// Passes the vectors that are encoded to `body`, with their numbers and how far they may be from what they stand for.
  ///
  /// - Parameter vectors: count × d.
  func forEachProjected(
    _ vectors: UnsafePointer<Float>, count: Int,
    _ body: (_ row: Int, _ vector: UnsafePointer<Float>, _ error: Float) -> Void
  ) {
    guard let projection else {
      for row in 0..<count { body(row, vectors + row * dimension, 0) }
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count * (dimension + 1)) { memory in
      guard let projected = memory.baseAddress else { return }
      let squares = projected + count * dimension
      projection.apply(vectors, count: count, into: projected, squares: squares)
      for row in 0..<count { body(row, projected + row * dimension, projectionError(squaredNorm: squares[row])) }
    }
  }

  /// Passes the kernels' description of the encoding relative to `center` to `body`.
  func withFrame<Result>(center: UnsafePointer<Float>, _ body: (UnsafePointer<rbk_sq_frame>) -> Result) -> Result {
    origin.withUnsafeBufferPointer { origin in
      middle.withUnsafeBufferPointer { middle in
        step.withUnsafeBufferPointer { step in
          var frame = rbk_sq_frame(
            d: dimension, origin: origin.baseAddress!, center: center, middle: middle.baseAddress!,
            step: step.baseAddress!, inner_product: metric == .dot ? 1 : 0)
          return body(&frame)
        }
      }
    }
  }
}
