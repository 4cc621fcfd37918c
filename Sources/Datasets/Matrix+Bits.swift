import VectorCore

extension Matrix {
  /// Rows of 0 and 1 from rows of bytes, eight components each, the highest bit first as numpy packs them.
  ///
  /// - Complexity: O(n·d).
  func unpackingBits(dimension: Int) -> Matrix {
    Matrix(rows: rows, columns: dimension) { floats in
      for row in 0..<rows {
        let bytes = baseAddress + row * columns
        let target = floats.baseAddress! + row * dimension
        for column in 0..<dimension {
          target[column] = Float(Int(bytes[column >> 3]) >> (7 - column & 7) & 1)
        }
      }
    }
  }
}
