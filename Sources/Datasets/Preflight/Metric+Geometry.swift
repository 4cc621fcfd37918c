import VectorCore

extension Metric {
  /// A distance of this metric as one that grows in proportion to length, from which dimensions can be estimated.
  ///
  /// Of 1 − cosine that is the chord between unit vectors. - Returns: `nil` for inner products, which have no such form.
  func length(ofDistance distance: Double) -> Double? {
    switch self {
    case .euclidean, .manhattan, .hamming: distance
    case .angular: (2 * max(distance, 0)).squareRoot()
    case .dot: nil
    }
  }

  /// Lengths between sampled queries and rows in Float32, row-major, q × n; inner products are compared by direction.
  ///
  /// For statistics alone: rounding may be larger than in `referenceDistance`, and overflow gives infinities.
  ///
  /// - Complexity: O(q·n·d).
  func sampledLengths(from queries: Matrix, to rows: Matrix) -> [Float] {
    let byDirection = self == .angular || self == .dot
    let (queries, rows) = byDirection ? (queries.normalized, rows.normalized) : (queries, rows)
    let kernels = Kernels.active
    let (count, columns) = (rows.rows, rows.columns)
    var lengths = [Float](repeating: 0, count: queries.rows * count)
    guard !lengths.isEmpty else { return lengths }
    lengths.withUnsafeMutableBufferPointer { lengths in
      for query in 0..<queries.rows {
        let vector = queries.baseAddress + query * columns
        let result = lengths.baseAddress! + query * count
        switch self {
        case .euclidean, .angular, .dot: kernels.l2_f32(vector, rows.baseAddress, count, columns, result)
        case .manhattan: kernels.l1_f32(vector, rows.baseAddress, count, columns, result)
        case .hamming:
          for row in 0..<count { result[row] = Float(referenceDistance(queries[row: query], rows[row: row])) }
        }
      }
    }
    return self == .manhattan || self == .hamming ? lengths : lengths.map { $0.squareRoot() }
  }
}

extension Matrix {
  /// The rows at length 1; zero rows as they are. - Complexity: O(n·d).
  fileprivate var normalized: Matrix {
    Matrix(rows: rows, columns: columns) { floats in
      for row in 0..<rows {
        let vector = self[row: row]
        var square = 0.0
        for index in vector.indices { square += Double(vector[index]) * Double(vector[index]) }
        let factor = square > 0 ? 1 / square.squareRoot() : 0
        for index in vector.indices { floats[row * columns + index] = Float(Double(vector[index]) * factor) }
      }
    }
  }
}
