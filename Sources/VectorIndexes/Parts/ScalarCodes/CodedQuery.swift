import CKernels
import VectorCore

/// A query with its int8 codes and the terms of its bounds; vector and codes are in the caller's memory.
struct CodedQuery {
  /// The prepared query, d floats.
  let vector: UnsafePointer<Float>
  fileprivate let terms: rbk_sq4_query
  /// ‖q − origin‖, rounded up.
  fileprivate let norm: Float
  /// The greatest relative rounding error of a distance.
  fileprivate let share: Float
  fileprivate let metric: Metric
  fileprivate let middleNorm: Float

  /// Encodes a prepared query of d floats for all lists of a store.
  ///
  /// - Parameter codes: room for `quantizer.queryBytes` bytes, which are written.
  /// - Complexity: O(d).
  init(_ query: UnsafePointer<Float>, quantizer: ScalarQuantizer, codes: UnsafeMutablePointer<Int8>) {
    vector = query
    middleNorm = quantizer.middleNorm
    metric = quantizer.metric
    share = roundingShare(quantizer.dimension)
    // The centre does not affect the codes of a query.
    var terms = rbk_sq4_query()
    quantizer.withFrame(center: query) { Kernels.active.sq4.pointee.query($0, query, codes, &terms) }
    self.terms = terms
    var square: Float = 0
    Kernels.active.l2_f32(query, quantizer.origin, 1, quantizer.dimension, &square)
    norm = square.squareRoot() * (1 + share)
  }

  /// The limit of estimates for neighbours at a distance of at most `threshold`, as distances are compared.
  func limit(_ threshold: Float) -> DistanceLimit {
    if metric == .dot { return DistanceLimit(estimate: threshold, slope: norm * (1 + share), curvature: 0) }
    // For unit vectors ‖q − x‖² = 2(1 − cos), up to the rounding of their lengths.
    let square = metric == .angular ? 2 * threshold + 8 * share : threshold * (1 + 2 * share)
    return DistanceLimit(estimate: square, slope: 2 * square.squareRoot(), curvature: 1)
  }
}

/// The greatest estimate that a neighbour within some distance can have.
///
/// It is that of a vector without coding error, plus a share of the vector's coding error.
struct DistanceLimit {
  let estimate: Float
  fileprivate let slope: Float
  fileprivate let curvature: Float

  /// Whether the bound does not exclude a candidate.
  func admits(_ candidate: DeferredCandidate) -> Bool {
    !(candidate.value > estimate + candidate.error * (slope + candidate.error * curvature))
  }
}

/// The bound that excludes vectors of one list for one query.
///
/// Let x̂ be the decoded vector, e = ‖x − x̂‖ its error, and τ the distance of the k-th nearest vector so far. Then x
/// is not nearer than ‖q − x̂‖ − e (triangle inequality), and its inner product with q is at most q·x̂ + ‖q‖e
/// (Cauchy–Schwarz). Rounding the query to int8 changes q·x̂ by at most the query's residual times the largest ‖z −
/// 7.5‖. The slack is the sum of this term and of the rounding errors of Float32 arithmetic, here and in the exact
/// distance. So an excluded vector has an exact distance, as the kernels compute it, above τ.
struct ListBound {
  private let base: Float
  private let scale: Float
  private let slack: Float

  /// - Parameter blocks: the codes of the list.
  /// - Complexity: O(d).
  init(_ coded: CodedQuery, to blocks: borrowing CodeBlocks) {
    let terms = coded.terms
    let largest = blocks.largest
    let levels = 15 * terms.unit * Float(terms.absolute_sum)
    let rounding = terms.residual * largest.spread
    var center: Float = 0
    if coded.metric == .dot {
      Kernels.active.dot_f32(coded.vector, blocks.center, 1, blocks.center.count, &center)
      base = 7.5 * terms.unit * Float(terms.sum) - terms.middle_product - center
      scale = -terms.unit
      let magnitude = levels + coded.norm * (blocks.centerNorm + coded.middleNorm + largest.norm)
      slack = rounding + 2 * coded.share * (magnitude + rounding) + .leastNormalMagnitude
    } else {
      Kernels.active.l2_f32(coded.vector, blocks.center, 1, blocks.center.count, &center)
      base = center - 2 * terms.middle_product + 15 * terms.unit * Float(terms.sum)
      scale = -2 * terms.unit
      let magnitude = 2 * levels + center + largest.offset + 2 * coded.norm * coded.middleNorm
      slack = 2 * rounding + 4 * coded.share * (magnitude + rounding) + .leastNormalMagnitude
    }
  }

  /// The bound in the form that the kernels take.
  func within(_ limit: DistanceLimit) -> rbk_sq4_bound {
    rbk_sq4_bound(
      base: base, scale: scale, t0: limit.estimate + slack, t1: limit.slope, t2: limit.curvature)
  }

  /// A vector that the bound has kept, in a form that is comparable between lists.
  func candidate(_ kept: rbk_sq4_kept, list: Int, start: Int) -> DeferredCandidate {
    DeferredCandidate(
      list: UInt32(list), row: UInt32(start) + kept.index, value: kept.value - slack, error: kept.error)
  }
}
