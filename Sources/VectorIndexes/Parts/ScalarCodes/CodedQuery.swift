import CKernels
import VectorCore

/// A query with its int8 codes and the terms of its bounds; vector and codes are in the caller's memory.
struct CodedQuery {
  /// The prepared query, d floats.
  let vector: UnsafePointer<Float>
  /// The query as it was encoded: projected, p floats, if the quantizer projects.
  let projected: UnsafePointer<Float>
  /// How far `projected` may be from the exact projection.
  private let projectionError: Float
  fileprivate let terms: rbk_sq_query
  fileprivate let levels: Int
  private let projectedShare: Float
  /// ‖q − origin‖, rounded up.
  fileprivate let norm: Float
  /// The greatest relative rounding error of a distance.
  fileprivate let share: Float
  fileprivate let metric: Metric
  fileprivate let middleNorm: Float

  /// Projects a prepared query of d floats if the quantizer does so, and encodes it, for all lists of a store.
  ///
  /// - Parameters:
  ///   - projected: room for p + d floats, which are written if the quantizer projects.
  ///   - codes: room for `quantizer.queryBytes` bytes, which are written.
  /// - Complexity: O(d); with a projection O(p·d).
  init(
    _ query: UnsafePointer<Float>, quantizer: ScalarQuantizer, projected: UnsafeMutablePointer<Float>,
    codes: UnsafeMutablePointer<Int8>
  ) {
    let square = quantizer.projection?.apply(query, into: projected)
    self.init(
      query, projected: square == nil ? query : UnsafePointer(projected), squaredNorm: square ?? 0,
      quantizer: quantizer, codes: codes)
  }

  /// Encodes a prepared query that is already projected.
  ///
  /// - Parameters:
  ///   - projected: the query itself if the quantizer does not project.
  ///   - squaredNorm: the squared distance of the query from the projection's origin.
  init(
    _ query: UnsafePointer<Float>, projected: UnsafePointer<Float>, squaredNorm: Float, quantizer: ScalarQuantizer,
    codes: UnsafeMutablePointer<Int8>
  ) {
    vector = query
    self.projected = projected
    projectionError = quantizer.projection == nil ? 0 : quantizer.projectionError(squaredNorm: squaredNorm)
    levels = quantizer.kernels.levels
    projectedShare = quantizer.projectedShare
    middleNorm = quantizer.middleNorm
    metric = quantizer.metric
    share = quantizer.roundingShare
    // The centre does not affect the codes of a query.
    var terms = rbk_sq_query()
    quantizer.withFrame(center: projected) { quantizer.kernels.query($0, projected, codes, &terms) }
    self.terms = terms
    var square: Float = 0
    Kernels.active.l2_f32(projected, quantizer.origin, 1, quantizer.dimension, &square)
    norm = (square < 1e-30 ? Self.distance(projected, quantizer.origin) : square.squareRoot()) * (1 + share)
  }

  /// The distance of two points that are so near that squares of their differences are 0 in Float32.
  private static func distance(_ first: UnsafePointer<Float>, _ second: [Float]) -> Float {
    Float(
      second.indices.reduce(0.0) { sum, index in
        let difference = Double(first[index]) - Double(second[index])
        return sum + difference * difference
      }.squareRoot()
    ).nextUp
  }

  /// The limit of estimates for neighbours at a distance of at most `threshold`, as distances are compared.
  func limit(_ threshold: Float) -> DistanceLimit {
    if metric == .dot {
      return DistanceLimit(estimate: threshold, promising: threshold, slope: norm * (1 + share), curvature: 0)
    }
    // For unit vectors ‖q − x‖² = 2(1 − cos), up to the rounding of their lengths.
    let square = metric == .angular ? 2 * threshold + 8 * share : threshold * (1 + 2 * share)
    let root = square.squareRoot() + projectionError
    return DistanceLimit(
      estimate: projectionError > 0 ? root * root * (1 + share) : square, promising: square * projectedShare,
      slope: 2 * root, curvature: 1)
  }
}

/// The greatest estimate that a neighbour within some distance can have.
///
/// It is that of a vector without coding error, plus a share of the vector's coding error, which the values of candidates
/// are already less by in part: see `DeferredCandidate`.
struct DistanceLimit {
  let estimate: Float
  /// The estimate of a vector that is probably as near.
  fileprivate let promising: Float
  fileprivate let slope: Float
  fileprivate let curvature: Float

  /// Whether the bound does not exclude a candidate.
  func admits(_ candidate: DeferredCandidate) -> Bool { !(candidate.value > estimate + candidate.error * slope) }

  /// Whether a candidate is probably within the distance, and not only possibly.
  func isPromising(_ candidate: DeferredCandidate) -> Bool {
    candidate.value + candidate.error * candidate.error * curvature <= promising
  }
}

/// The bound that excludes vectors of one list for one query.
///
/// Let x̂ be the decoded vector, e = ‖x − x̂‖ its error, and τ the distance of the k-th nearest vector so far. Then x
/// is not nearer than ‖q − x̂‖ − e (triangle inequality), and its inner product with q is at most q·x̂ + ‖q‖e
/// (Cauchy–Schwarz). Rounding the query to int8 changes q·x̂ by at most the query's residual times the largest
/// ‖z − (L − 1)/2‖. The slack is the sum of this term and of the rounding errors of Float32 arithmetic, here and in the exact
/// distance. So an excluded vector has an exact distance, as the kernels compute it, above τ.
struct ListBound {
  private let base: Float
  private let scale: Float
  private let slack: Float

  /// - Parameter blocks: the codes of the list.
  /// - Complexity: O(p).
  init(_ coded: CodedQuery, to blocks: CodeBlocks) {
    let terms = coded.terms
    let largest = blocks.largest
    let span = Float(coded.levels - 1)
    let levels = span * terms.unit * Float(terms.absolute_sum)
    let rounding = terms.residual * largest.spread
    var center: Float = 0
    if coded.metric == .dot {
      Kernels.active.dot_f32(coded.projected, blocks.center, 1, blocks.center.count, &center)
      base = span / 2 * terms.unit * Float(terms.sum) - terms.middle_product - center
      scale = -terms.unit
      let magnitude = levels + coded.norm * (blocks.centerNorm + coded.middleNorm + largest.norm)
      slack = rounding + 2 * coded.share * (magnitude + rounding) + .leastNormalMagnitude
    } else {
      Kernels.active.l2_f32(coded.projected, blocks.center, 1, blocks.center.count, &center)
      base = center - 2 * terms.middle_product + span * terms.unit * Float(terms.sum)
      scale = -2 * terms.unit
      let magnitude = 2 * levels + center + largest.offset + 2 * coded.norm * coded.middleNorm
      slack = 2 * rounding + 4 * coded.share * (magnitude + rounding) + .leastNormalMagnitude
    }
  }

  /// The bound in the form that the kernels take.
  func within(_ limit: DistanceLimit) -> rbk_sq_bound {
    rbk_sq_bound(scale: scale, most: limit.estimate + slack - base, slope: limit.slope)
  }

  /// A vector that the bound has kept, in a form that is comparable between lists.
  func candidate(_ kept: rbk_sq_kept, list: Int, start: Int) -> DeferredCandidate {
    DeferredCandidate(
      list: UInt32(list), row: UInt32(start) + kept.index, value: kept.value + base - slack, error: kept.error)
  }
}
