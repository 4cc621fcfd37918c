import CKernels

extension Matrix {
  /// The n × k matrix of all inner products of the rows of this matrix, n × d, with those of another one, k × d.
  public func timesTransposed(_ other: Matrix, threads: Int) -> Matrix {
    precondition(columns == other.columns, "rows of \(columns) and \(other.columns) components")
    let tile = 480
    return Matrix(rows: rows, columns: other.rows) { floats in
      let floats = Disjoint(floats)
      parallelChunks(of: rows, chunk: 128, threads: threads) { _, rows in
        for from in stride(from: 0, to: other.rows, by: tile) {
          Kernels.active.dot_block_f32(
            baseAddress + rows.lowerBound * columns, rows.count, other.baseAddress + from * columns,
            min(tile, other.rows - from), columns, floats.address(rows.lowerBound * other.rows + from), other.rows)
        }
      }
    }
  }

  /// The transposed matrix, d × n.
  func transposed(threads: Int) -> Matrix {
    Matrix(rows: columns, columns: rows) { floats in
      let floats = Disjoint(floats)
      // 16 floats are a cache line, so a chunk of rows fills whole lines of the result.
      parallelChunks(of: rows, chunk: 16, threads: threads) { _, chunk in
        for column in 0..<columns {
          let target = floats.address(column * rows)
          for row in chunk { target[row] = baseAddress[row * columns + column] }
        }
      }
    }
  }

  /// The orthogonal matrix nearest to this square matrix, its polar factor; `nil` if the matrix is singular or not
  /// finite.
  ///
  /// Written here, with the iteration of Newton and Schulz X ← (3X − X·Xᵀ·X)/2, because it needs matrix products alone
  /// and no linear algebra library; it corrects its own rounding errors. Source: Higham, "Functions of Matrices", SIAM
  /// 2008, section 8.3. - Complexity: O(d³) per iteration, about 20 iterations.
  func orthogonalFactor(threads: Int) -> Matrix? {
    precondition(rows == columns, "a polar factor of \(rows) × \(columns)")
    let dimension = rows
    let norm = UnsafeBufferPointer(start: baseAddress, count: rows * columns)
      .reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard norm > 0, norm.isFinite else { return nil }
    // All singular values start in (0, 1], and increase by up to a half in each iteration until they are near 1.
    var factor = combining(scale: Float(1 / norm), nil, scale: 0)
    let mostIterations = 80
    for _ in 0..<mostIterations {
      let gram = factor.timesTransposed(factor, threads: threads)
      var error: Float = 0
      for i in 0..<dimension {
        for j in 0..<dimension {
          error = max(error, abs(gram.baseAddress[i * dimension + j] - (i == j ? 1 : 0)))
        }
      }
      let product = gram.timesTransposed(factor.transposed(threads: threads), threads: threads)
      factor = factor.combining(scale: 1.5, product, scale: -0.5)
      // The next error is about the square of this one, which is below rounding.
      if error < 1e-4 { return factor }
    }
    return nil
  }

  /// a·self + b·other; `nil` for the zero matrix.
  private func combining(scale a: Float, _ other: Matrix?, scale b: Float) -> Matrix {
    Matrix(rows: rows, columns: columns) { floats in
      for index in floats.indices {
        floats.initializeElement(at: index, to: a * baseAddress[index] + b * (other?.baseAddress[index] ?? 0))
      }
    }
  }
}
