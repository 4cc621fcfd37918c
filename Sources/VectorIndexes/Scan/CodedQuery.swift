import CKernels
import VectorCore

/// What a query's bounds are made of; its int8 codes stand in the memory of whoever made it.
struct CodedQuery {
  private var terms = rbk_sq4_query()
  /// ‖q − origin‖, rounded up.
  private let norm: Float
  private let quantizer: ScalarQuantizer

  /// Codes a prepared query of d floats for all lists of a store.
  ///
  /// - Parameter codes: `quantizer.queryBytes` bytes, written.
  /// - Complexity: O(d).
  init(_ query: UnsafePointer<Float>, quantizer: ScalarQuantizer, codes: UnsafeMutablePointer<Int8>) {
    self.quantizer = quantizer
    // The centre plays no part in a query's codes.
    var terms = rbk_sq4_query()
    quantizer.withFrame(center: query) { Kernels.active.sq4.pointee.query($0, query, codes, &terms) }
    self.terms = terms
    var square: Float = 0
    Kernels.active.l2_f32(query, quantizer.origin, 1, quantizer.dimension, &square)
    norm = square.squareRoot() * (1 + roundingShare(quantizer.dimension))
  }

  /// What the vectors of one list are measured against. - Complexity: O(d).
  fileprivate func bound(to blocks: borrowing CodeBlocks, query: UnsafePointer<Float>) -> ListBound {
    var centerTerm: Float = 0
    let kernels = Kernels.active
    let distance = quantizer.metric == .dot ? kernels.dot_f32 : kernels.l2_f32
    distance(query, blocks.center, 1, quantizer.dimension, &centerTerm)
    return ListBound(
      terms: terms, queryNorm: norm, middleNorm: quantizer.middleNorm, metric: quantizer.metric,
      dimension: quantizer.dimension, blocks: blocks, centerTerm: centerTerm)
  }
}

extension CodeBlocks {
  /// The bound of these vectors for one prepared query.
  func bound(for coded: CodedQuery, query: UnsafePointer<Float>) -> ListBound { coded.bound(to: self, query: query) }
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
  private let slope: Float
  private let metric: Metric
  /// The share that rounding can take from a distance.
  private let share: Float

  fileprivate init(
    terms: rbk_sq4_query, queryNorm: Float, middleNorm: Float, metric: Metric, dimension: Int,
    blocks: borrowing CodeBlocks, centerTerm: Float
  ) {
    // centerTerm: ‖q − c‖², or q·c under `dot`, of the list's centre c.
    self.metric = metric
    share = roundingShare(dimension)
    let levels = 15 * terms.unit * Float(terms.absolute_sum)
    let query = terms.residual * blocks.largest.spread
    if metric == .dot {
      base = 7.5 * terms.unit * Float(terms.sum) - terms.middle_product - centerTerm
      scale = -terms.unit
      let magnitude = levels + queryNorm * (blocks.centerNorm + middleNorm + blocks.largest.norm)
      slack = query + 2 * share * (magnitude + query) + .leastNormalMagnitude
      slope = queryNorm * (1 + share)
    } else {
      base = centerTerm - 2 * terms.middle_product + 15 * terms.unit * Float(terms.sum)
      scale = -2 * terms.unit
      let magnitude = 2 * levels + centerTerm + blocks.largest.offset + 2 * queryNorm * middleNorm
      slack = 2 * query + 4 * share * (magnitude + query) + .leastNormalMagnitude
      slope = 0
    }
  }

  /// The bound for neighbours at most `threshold` away, as distances are compared.
  func within(_ threshold: Float) -> rbk_sq4_bound {
    if metric == .dot {
      return rbk_sq4_bound(base: base, scale: scale, t0: threshold + slack, t1: slope, t2: 0)
    }
    // Of unit vectors ‖q − x‖² = 2(1 − cos), to within what rounding leaves of the units.
    let square = metric == .angular ? 2 * threshold + 8 * share : threshold * (1 + 2 * share)
    return rbk_sq4_bound(base: base, scale: scale, t0: square + slack, t1: 2 * square.squareRoot(), t2: 1)
  }
}

extension rbk_sq4_bound {
  /// Whether a vector that was kept under an earlier bound is kept under this one.
  func keeps(_ kept: rbk_sq4_kept) -> Bool {
    !(kept.value > t0 + kept.error * (t1 + kept.error * t2))
  }
}
