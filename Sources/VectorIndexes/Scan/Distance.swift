import VectorCore

/// The distances by which neighbours are compared, from one query to n contiguous rows of d floats, into `out`.
///
/// Squared under `euclidean`, else as reported. Query and rows are prepared for the metric. A row's distance has the
/// same bits whatever n and whatever its place. A sum that overflows is infinite; `TopK` takes NaN for infinite.
func distances(
  _ metric: Metric, from query: UnsafePointer<Float>, to rows: UnsafePointer<Float>, count n: Int, dimension d: Int,
  into out: UnsafeMutablePointer<Float>
) {
  let kernels = Kernels.active
  switch metric {
  case .euclidean:
    kernels.l2_f32(query, rows, n, d, out)
  case .manhattan:
    kernels.l1_f32(query, rows, n, d, out)
  case .dot:
    kernels.dot_f32(query, rows, n, d, out)
    // Subtracted from 0, not negated: −0 is never reported.
    for row in 0..<n { out[row] = 0 - out[row] }
  case .angular:
    kernels.dot_f32(query, rows, n, d, out)
    // Rounding may leave the cosine of equal directions a little above 1.
    for row in 0..<n { out[row] = max(1 - out[row], 0) }
  case .hamming:
    for row in 0..<n {
      var differing = 0
      for component in 0..<d where query[component] != rows[row * d + component] { differing += 1 }
      out[row] = Float(differing) / Float(d)
    }
  }
}

extension Metric {
  /// Turns the distances by which neighbours were compared into those that are reported: the root for `euclidean`.
  ///
  /// The order stays that of the squares, also where two of them that differ in the last bit have one root.
  func report(_ answer: inout TopK) {
    if self == .euclidean { answer.mapDistances { $0.squareRoot() } }
  }
}
