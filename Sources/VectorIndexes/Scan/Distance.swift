import CKernels
import VectorCore

/// The distances by which neighbours are compared, from one query to n contiguous rows of d floats, into `out`.
///
/// Squared under `euclidean`, else as reported. Query and rows are prepared for the metric. A row's distance has the
/// same bits whatever n and whatever its place. A sum that overflows is infinite; `TopK` takes NaN for infinite.
func distances(
  _ metric: Metric, from query: UnsafePointer<Float>, to rows: UnsafePointer<Float>, count n: Int, dimension d: Int,
  into out: UnsafeMutablePointer<Float>
) {
  switch metric {
  case .euclidean:
    for row in 0..<n {
      out[row] = sum(query, rows + row * d, d) { ($0 - $1) * ($0 - $1) }
    }
  case .manhattan:
    for row in 0..<n { out[row] = sum(query, rows + row * d, d) { abs($0 - $1) } }
  case .dot:
    for row in 0..<n { out[row] = 0 - sum(query, rows + row * d, d) { $0 * $1 } }
  case .angular:
    for row in 0..<n { out[row] = max(1 - sum(query, rows + row * d, d) { $0 * $1 }, 0) }
  case .hamming:
    for row in 0..<n { out[row] = sum(query, rows + row * d, d) { $0 == $1 ? 0 : 1 } / Float(d) }
  }
}

private func sum(
  _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ d: Int, _ term: (Float, Float) -> Float
) -> Float {
  var sum: Float = 0
  for i in 0..<d { sum += term(a[i], b[i]) }
  return sum
}

extension Metric {
  /// Turns the distances by which neighbours were compared into those that are reported: the root for `euclidean`.
  func report(_ answer: inout TopK) {
    if self == .euclidean { answer.mapDistances { $0.squareRoot() } }
  }
}
