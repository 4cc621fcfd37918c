import VectorCore

extension Matrix {
  /// The first component, in row order, that is NaN or infinite. - Complexity: O(n·d).
  func firstNotFinite() -> (row: Int, column: Int)? {
    // The exponent bits are all set in those alone. Rows are folded without branches, which vectorises.
    let exponent: UInt32 = 0x7F80_0000
    for row in 0..<rows {
      let components = baseAddress + row * columns
      var largest: UInt32 = 0
      for column in 0..<columns { largest = max(largest, components[column].bitPattern & exponent) }
      if largest == exponent {
        return (row, (0..<columns).first { !components[$0].isFinite }!)
      }
    }
    return nil
  }

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
