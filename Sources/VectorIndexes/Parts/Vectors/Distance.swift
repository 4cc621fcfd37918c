import CKernels
import VectorCore

/// The distances by which neighbours are compared, from one query to n contiguous rows of d floats, into `out`.
///
/// Under `euclidean` they are squared, otherwise as reported. Query and rows must be prepared for the metric. The
/// distance of a row has the same bits whatever n and the row's index. A sum that overflows is infinite; `TopK` takes
/// NaN as infinite.
func distances(
  _ metric: Metric, from query: UnsafePointer<Float>, to rows: UnsafePointer<Float>, count n: Int, dimension d: Int,
  into out: UnsafeMutablePointer<Float>
) {
  if metric == .hamming {
    for row in 0..<n {
      var differing = 0
      for i in 0..<d where query[i] != rows[row * d + i] { differing += 1 }
      out[row] = Float(differing) / Float(d)
    }
    return
  }
  let kernels = Kernels.active
  metric.kernel(l2: kernels.l2_f32, dot: kernels.dot_f32, l1: kernels.l1_f32)(query, rows, n, d, out)
  metric.finish(out, count: n)
}

/// The distances to the rows at these addresses, computed in Float32 from rows of floats, halves or bytes; not under
/// `hamming`.
///
/// Rows of floats have the same distances as contiguous ones, bit for bit; the scale of a row of halves is not applied.
func distances(
  _ metric: Metric, from query: UnsafePointer<Float>, to rows: UnsafePointer<UnsafeRawPointer>,
  of encoding: RowFormat.Encoding, count n: Int, dimension d: Int, into out: UnsafeMutablePointer<Float>
) {
  let kernels = Kernels.active
  let kernel =
    switch encoding {
    case .floats:
      metric.kernel(l2: kernels.l2_f32_gather, dot: kernels.dot_f32_gather, l1: kernels.l1_f32_gather)
    case .halves:
      metric.kernel(l2: kernels.l2_f16_gather, dot: kernels.dot_f16_gather, l1: kernels.l1_f16_gather)
    case .bytes: metric.kernel(l2: kernels.l2_u8_gather, dot: kernels.dot_u8_gather, l1: kernels.l1_u8_gather)
    case .bits, .absent: preconditionFailure("rows of bits are contiguous, and absent ones have no distances")
    }
  kernel(query, rows, n, d, out)
  metric.finish(out, count: n)
}

extension Metric {
  /// The kernel of this metric among those for one form of rows; there is none for `hamming`.
  fileprivate func kernel<Kernel>(l2: Kernel, dot: Kernel, l1: Kernel) -> Kernel {
    switch self {
    case .euclidean: l2
    case .dot, .angular: dot
    case .manhattan: l1
    case .hamming: preconditionFailure("rows of hamming are contiguous floats or bits")
    }
  }

  /// Replaces the inner products of the kernel by the distances of `dot` or `angular`.
  fileprivate func finish(_ results: UnsafeMutablePointer<Float>, count: Int) {
    switch self {
    case .dot:
      // The product is subtracted from 0 instead of negated, so that −0 is never reported.
      for row in 0..<count { results[row] = 0 - results[row] }
    case .angular:
      // Rounding may make the cosine of equal directions slightly larger than 1.
      for row in 0..<count { results[row] = max(1 - results[row], 0) }
    case .euclidean, .manhattan, .hamming: break
    }
  }

  /// Turns compared distances into reported ones: takes the root under `euclidean`.
  ///
  /// The order stays that of the squares, even if two squares that differ in the last bit have the same root.
  func report(_ answer: inout TopK) {
    if self == .euclidean { answer.mapDistances { $0.squareRoot() } }
  }
}

/// A distance that the `k` ≥ 1 nearest do not exceed, and no others unless distances are equal; NaN counts as infinity.
///
/// - Complexity: O(count) for each step of a bisection.
func limit(ofNearest k: Int, of distances: UnsafeBufferPointer<Float>) -> Float {
  guard let first = distances.baseAddress, k < distances.count else { return .infinity }
  return Kernels.active.limit_of_least_f32(first, distances.count, k, k)
}
