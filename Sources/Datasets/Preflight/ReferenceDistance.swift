import VectorCore

extension Metric {
  /// The distance as the harness reports it, computed in Float64 from the definition: what answers are judged by.
  ///
  /// Euclidean is the root; angular 1 − cosine, 1 when either vector is zero; dot negated; hamming a share.
  ///
  /// - Complexity: O(d).
  public func referenceDistance(_ a: Span<Float>, _ b: Span<Float>) -> Double {
    precondition(a.count == b.count, "vectors of \(a.count) and \(b.count) components")
    switch self {
    case .euclidean: return sum(a, b) { ($0 - $1) * ($0 - $1) }.squareRoot()
    case .manhattan: return sum(a, b) { abs($0 - $1) }
    case .dot: return -sum(a, b) { $0 * $1 }
    case .hamming: return a.isEmpty ? 0 : sum(a, b) { $0 != $1 ? 1 : 0 } / Double(a.count)
    case .angular:
      let norms = (sum(a, a) { $0 * $1 } * sum(b, b) { $0 * $1 }).squareRoot()
      return norms > 0 ? 1 - sum(a, b) { $0 * $1 } / norms : 1
    }
  }

  /// By how much a distance computed in Float32 may be off at most: d roundings of half a unit in the last place of
  /// what is added up, and some for what is done to the sum (Higham, "Accuracy and Stability of Numerical Algorithms",
  /// 2002, doi:10.1137/1.9780898718027, section 4.2).
  func roundingError(_ a: Span<Float>, _ b: Span<Float>, distance: Double) -> Double {
    let roundings = Double(a.count + 8) * 0x1p-24
    switch self {
    case .euclidean, .manhattan, .hamming: return roundings * distance
    // Of unit vectors; both norms are rounded sums of their own.
    case .angular: return 3 * roundings
    case .dot: return roundings * sum(a, b) { abs($0 * $1) }
    }
  }

  @inline(__always)
  private func sum(_ a: Span<Float>, _ b: Span<Float>, _ term: (Double, Double) -> Double) -> Double {
    var total = 0.0
    for index in a.indices { total += term(Double(a[index]), Double(b[index])) }
    return total
  }
}
