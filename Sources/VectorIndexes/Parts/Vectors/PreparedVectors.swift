import VectorCore

/// Writes `vector`, d floats, at unit length to `target`; a zero vector stays zero, −0 becomes +0.
///
/// The norm is computed in Float64, where no finite Float32 vector overflows or underflows to 0.
///
/// - Returns: whether the vector is not zero.
@discardableResult
func normalize(_ vector: UnsafePointer<Float>, count: Int, into target: UnsafeMutablePointer<Float>) -> Bool {
  var sum = 0.0
  for component in 0..<count { sum += Double(vector[component]) * Double(vector[component]) }
  let scale = sum > 0 ? 1 / sum.squareRoot() : 0
  for component in 0..<count { target[component] = Float(Double(vector[component]) * scale) + 0 }
  return sum > 0
}

extension Metric {
  /// The vectors as they are clustered and stored: of unit length under `angular`, otherwise unchanged.
  ///
  /// - Complexity: O(n·d) under `angular`, otherwise O(1).
  func prepare(_ vectors: Matrix, threads: Int) -> Matrix {
    guard self == .angular else { return vectors }
    return Matrix(rows: vectors.rows, columns: vectors.columns) { floats in
      let target = Disjoint(floats)
      parallelChunks(of: vectors.rows, chunk: 1024, threads: threads) { _, rows in
        for row in rows {
          let start = row * vectors.columns
          normalize(vectors.baseAddress + start, count: vectors.columns, into: target.address(start))
        }
      }
    }
  }
}

extension Matrix {
  /// All components, row after row.
  var floats: [Float] { Array(UnsafeBufferPointer(start: baseAddress, count: rows * columns)) }

  /// Whether all components are 0 or 1. - Complexity: O(n·d).
  var isBinary: Bool {
    UnsafeBufferPointer(start: baseAddress, count: rows * columns).allSatisfy { $0 == 0 || $0 == 1 }
  }
}
