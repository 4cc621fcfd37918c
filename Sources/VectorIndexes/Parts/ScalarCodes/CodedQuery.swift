import CKernels
import VectorCore

/// A query and what its bounds are made of; vector and int8 codes stand in the memory of whoever made it.
struct CodedQuery {
  /// The prepared query, d floats.
  let vector: UnsafePointer<Float>
  fileprivate let terms: rbk_sq4_query
  /// ‖q − origin‖, rounded up.
  fileprivate let norm: Float
  /// The share that rounding can take from a distance.
  fileprivate let share: Float
  fileprivate let metric: Metric
  fileprivate let middleNorm: Float

  /// Codes a prepared query of d floats for all lists of a store.
  ///
  /// - Parameter codes: `quantizer.queryBytes` bytes, written.
  /// - Complexity: O(d).
  init(_ query: UnsafePointer<Float>, quantizer: ScalarQuantizer, codes: UnsafeMutablePointer<Int8>) {
    vector = query
    middleNorm = quantizer.middleNorm
    metric = quantizer.metric
    share = roundingShare(quantizer.dimension)
    // The centre plays no part in a query's codes.
    var terms = rbk_sq4_query()
    quantizer.withFrame(center: query) { Kernels.active.sq4.pointee.query($0, query, codes, &terms) }
    self.terms = terms
    var square: Float = 0
    Kernels.active.l2_f32(query, quantizer.origin, 1, quantizer.dimension, &square)
    norm = square.squareRoot() * (1 + share)
  }

  /// What estimates are compared with for neighbours at most `threshold` away, as distances are compared.
  func limit(_ threshold: Float) -> DistanceLimit {
    if metric == .dot { return DistanceLimit(estimate: threshold, slope: norm * (1 + share), curvature: 0) }
    // Of unit vectors ‖q − x‖² = 2(1 − cos), to within what rounding leaves of the units.
    let square = metric == .angular ? 2 * threshold + 8 * share : threshold * (1 + 2 * share)
    return DistanceLimit(estimate: square, slope: 2 * square.squareRoot(), curvature: 1)
  }
}

/// The estimates that neighbours within some distance can have: the estimate of an exact code, and how much more for
/// a coding error.
struct DistanceLimit {
  let estimate: Float
  fileprivate let slope: Float
  fileprivate let curvature: Float

  /// Whether a candidate is not ruled out.
  func admits(_ candidate: DeferredCandidate) -> Bool {
    !(candidate.value > estimate + candidate.error * (slope + candidate.error * curvature))
  }
}

/// The test that rules vectors of one list out for one query.
///
/// With x̂ the decoded vector, e its error ‖x − x̂‖ and τ the distance of the k-th nearest so far, x can't be nearer
/// than ‖q − x̂‖ − e (by the triangle inequality), nor its inner product with q larger than q·x̂ + ‖q‖e (by
/// Cauchy–Schwarz). The query's own rounding to int8 changes q·x̂ by at most its residual times the largest ‖z − 7.5‖.
/// The slack adds up that, and what Float32 arithmetic can have lost, here and in the exact distance itself: a
/// vector that is ruled out has an exact distance, as the kernels compute it, above τ.
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

  /// The bound as the kernels take it.
  func within(_ limit: DistanceLimit) -> rbk_sq4_bound {
    rbk_sq4_bound(
      base: base, scale: scale, t0: limit.estimate + slack, t1: limit.slope, t2: limit.curvature)
  }

  /// A vector that the bound has kept, comparable with those of other lists.
  func candidate(_ kept: rbk_sq4_kept, list: Int, start: Int) -> DeferredCandidate {
    DeferredCandidate(
      list: UInt32(list), row: UInt32(start) + kept.index, value: kept.value - slack, error: kept.error)
  }
}
