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
  let kernels = Kernels.active
  switch metric {
  case .euclidean:
    kernels.l2_f32(query, rows, n, d, out)
  case .manhattan:
    kernels.l1_f32(query, rows, n, d, out)
  case .dot, .angular:
    kernels.dot_f32(query, rows, n, d, out)
    metric.distances(fromProducts: out, count: n)
  case .hamming:
    for row in 0..<n {
      var differing = 0
      for i in 0..<d where query[i] != rows[row * d + i] { differing += 1 }
      out[row] = Float(differing) / Float(d)
    }
  }
}

/// The same distances to the rows `index` of `rows`, bit for bit; not under `hamming`.
func distances(
  _ metric: Metric, from query: UnsafePointer<Float>, to rows: UnsafePointer<Float>, at index: UnsafePointer<UInt32>,
  count n: Int, dimension d: Int, into out: UnsafeMutablePointer<Float>
) {
  let kernels = Kernels.active
  switch metric {
  case .euclidean:
    kernels.l2_f32_gather(query, rows, index, n, d, out)
  case .manhattan:
    kernels.l1_f32_gather(query, rows, index, n, d, out)
  case .dot, .angular:
    kernels.dot_f32_gather(query, rows, index, n, d, out)
    metric.distances(fromProducts: out, count: n)
  case .hamming:
    preconditionFailure("rows are not gathered under hamming")
  }
}

/// The distances to rows of IEEE binary16, computed in Float32; not under `hamming`.
func distances(
  _ metric: Metric, from query: UnsafePointer<Float>, toHalves rows: UnsafePointer<UInt16>, count n: Int,
  dimension d: Int, into out: UnsafeMutablePointer<Float>
) {
  let kernels = Kernels.active
  switch metric {
  case .euclidean: kernels.l2_f16(query, rows, n, d, out)
  case .manhattan: kernels.l1_f16(query, rows, n, d, out)
  case .dot, .angular:
    kernels.dot_f16(query, rows, n, d, out)
    metric.distances(fromProducts: out, count: n)
  case .hamming: preconditionFailure("rows of hamming are floats or bits")
  }
}

/// The distances to rows of `RowFormat.Encoding.bytes`, computed in Float32; not under `hamming`.
func distances(
  _ metric: Metric, from query: UnsafePointer<Float>, toBytes rows: UnsafePointer<UInt8>, count n: Int,
  dimension d: Int, into out: UnsafeMutablePointer<Float>
) {
  let kernels = Kernels.active
  switch metric {
  case .euclidean: kernels.l2_u8(query, rows, n, d, out)
  case .manhattan: kernels.l1_u8(query, rows, n, d, out)
  case .dot, .angular:
    kernels.dot_u8(query, rows, n, d, out)
    metric.distances(fromProducts: out, count: n)
  case .hamming: preconditionFailure("rows of hamming are floats or bits")
  }
}

extension Metric {
  /// Replaces inner products by the distances of `dot` or `angular`.
  fileprivate func distances(fromProducts products: UnsafeMutablePointer<Float>, count: Int) {
    if self == .dot {
      // The product is subtracted from 0 instead of negated, so that −0 is never reported.
      for row in 0..<count { products[row] = 0 - products[row] }
    } else {
      // Rounding may make the cosine of equal directions slightly larger than 1.
      for row in 0..<count { products[row] = max(1 - products[row], 0) }
    }
  }

  /// Turns compared distances into reported ones: takes the root under `euclidean`.
  ///
  /// The order stays that of the squares, even if two squares that differ in the last bit have the same root.
  func report(_ answer: inout TopK) {
    if self == .euclidean { answer.mapDistances { $0.squareRoot() } }
  }
}
