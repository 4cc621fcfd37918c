/// The percentile of sorted values, interpolated linearly between neighbours, as numpy does by default.
///
/// Results must equal those of ann-benchmarks, which uses numpy; Foundation has no percentile.
///
/// - Parameter sorted: ascending values, at least one.
func percentile(_ percent: Double, ofSorted sorted: [Double]) -> Double {
  precondition(!sorted.isEmpty, "a percentile of nothing")
  let position = percent / 100 * Double(sorted.count - 1)
  let below = Int(position)
  guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
  return sorted[below] + (sorted[below + 1] - sorted[below]) * (position - Double(below))
}
