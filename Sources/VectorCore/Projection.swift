import CKernels

/// An orthogonal projection of vectors to fewer dimensions, after which no two vectors are farther apart.
///
/// So a distance between projected vectors is a lower bound of the distance between the vectors. It is a good bound in the
/// subspace in which a sample varies most, that of its first principal components.
public struct Projection: Sendable {
  /// The point that becomes 0, d floats.
  public let origin: [Float]
  /// The matrix, p × d: component i of a projected vector is the inner product of row i and the vector less the origin.
  ///
  /// Its greatest singular value is at most 1.
  public let matrix: Matrix

  /// The number of dimensions of vectors, d.
  public var dimension: Int { matrix.columns }
  /// The number of dimensions of projected vectors, p.
  public var projectedDimension: Int { matrix.rows }
  public var memoryBytes: Int { (matrix.rows + 1) * matrix.columns * MemoryLayout<Float>.stride }

  /// Makes a projection onto the rows of a matrix.
  ///
  /// - Parameters:
  ///   - basis: p × d, rows that are orthonormal up to rounding; they are mixed by a random rotation, so that the
  ///     components of projected vectors vary about equally, and scaled by a factor just below 1.
  /// - Complexity: O(p²·(p + d)).
  public init(origin: [Float], basis: Matrix, seed: UInt64, threads: Int) {
    self.origin = origin
    let rotation = Rotation.random(dimension: basis.rows, seed: seed, threads: threads)
    let mixed = rotation.matrix.timesTransposed(basis.transposed(threads: threads), threads: threads)
    // The reserve is more than rounding the entries can add: a share of √p·2⁻²⁴ of the norm, p ≤ 2¹⁰.
    let scale = Float(1 / (mixed.squaredNormBound * (1 + 0x1p-17)).squareRoot())
    matrix = Matrix(rows: mixed.rows, columns: mixed.columns) { floats in
      for index in floats.indices { floats.initializeElement(at: index, to: mixed.baseAddress[index] * scale) }
    }
  }

  /// Projects one vector of d floats, such as a query. - Complexity: O(p·d), limited by reading the matrix.
  ///
  /// - Parameter projected: room for p + d floats; the first p are the projected vector.
  /// - Returns: the squared distance of the vector from the origin.
  @discardableResult
  public func apply(_ vector: UnsafePointer<Float>, into projected: UnsafeMutablePointer<Float>) -> Float {
    let moved = projected + projectedDimension
    subtractOrigin(from: vector, into: moved)
    Kernels.active.dot_f32(moved, matrix.baseAddress, projectedDimension, dimension, projected)
    return squaredNorm(moved, dimension)
  }

  /// Projects `count` contiguous vectors of d floats. - Complexity: O(count·p·d), at the speed of a matrix product.
  ///
  /// - Parameters:
  ///   - projected: room for count × p floats.
  ///   - squares: room for count floats: the squared distances of the vectors from the origin.
  public func apply(
    _ vectors: UnsafePointer<Float>, count: Int, into projected: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>
  ) {
    let chunk = 128
    withUnsafeTemporaryAllocation(of: Float.self, capacity: min(chunk, count) * dimension) { moved in
      guard let moved = moved.baseAddress else { return }
      for start in stride(from: 0, to: count, by: chunk) {
        let rows = min(chunk, count - start)
        for row in 0..<rows {
          let target = moved + row * dimension
          subtractOrigin(from: vectors + (start + row) * dimension, into: target)
          squares[start + row] = squaredNorm(target, dimension)
        }
        Kernels.active.dot_block_f32(
          moved, rows, matrix.baseAddress, projectedDimension, dimension, projected + start * projectedDimension,
          projectedDimension)
      }
    }
  }

  /// Projects each row of `vectors`, n × d: n × p.
  public func apply(_ vectors: Matrix) -> Matrix {
    precondition(vectors.columns == dimension, "vectors of \(vectors.columns) dimensions, not \(dimension)")
    return Matrix(rows: vectors.rows, columns: projectedDimension) { floats in
      guard let projected = floats.baseAddress else { return }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: vectors.rows) { squares in
        apply(vectors.baseAddress, count: vectors.rows, into: projected, squares: squares.baseAddress!)
      }
    }
  }

  private func subtractOrigin(from vector: UnsafePointer<Float>, into moved: UnsafeMutablePointer<Float>) {
    origin.withUnsafeBufferPointer { origin in
      for column in 0..<dimension { moved[column] = vector[column] - origin[column] }
    }
  }
}

extension Matrix {
  /// A bound on the square of the greatest singular value: the greatest sum of magnitudes in a row of M·Mᵀ, in Float64.
  fileprivate var squaredNormBound: Double {
    var sums = [Double](repeating: 0, count: rows)
    for first in 0..<rows {
      for second in 0...first {
        var product = 0.0
        for column in 0..<columns {
          product += Double(baseAddress[first * columns + column]) * Double(baseAddress[second * columns + column])
        }
        sums[first] += abs(product)
        if second < first { sums[second] += abs(product) }
      }
    }
    return sums.max() ?? 1
  }

  /// Orthonormal rows that span about the first `most` principal components of these rows, in about their order; fewer,
  /// down to none, if these rows span fewer dimensions or their products are not finite.
  ///
  /// The rows of this matrix, n × d, have mean 0. Random vectors are multiplied by the covariance matrix and made
  /// orthonormal, four times. Their order then follows the variance well enough to cut the list anywhere: what counts is
  /// the variance that the first ones have together. Written here because it needs matrix products alone and no linear
  /// algebra library. Source: Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 2011,
  /// doi:10.1137/090771806, algorithm 4.4.
  ///
  /// - Complexity: O(n·d² + most·d·(d + most)).
  public func principalRows(_ most: Int, seed: UInt64, threads: Int) -> Matrix {
    let length = UnsafeBufferPointer(start: baseAddress, count: rows * columns)
      .reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length > 0, length.isFinite, Float(1 / length).isNormal else {
      return Matrix(rows: 0, columns: columns) { _ in }
    }
    let columnwise = transposed(threads: threads).scaled(by: Float(1 / length))
    let covariance = columnwise.timesTransposed(columnwise, threads: threads)
    var generator = SeededGenerator(seed: seed)
    var basis = Matrix(rows: min(most, columns), columns: columns) { floats in
      for index in floats.indices { floats.initializeElement(at: index, to: generator.nextGaussian()) }
    }
    for _ in 0..<4 { basis = basis.timesTransposed(covariance, threads: threads).orthonormalized() }
    return basis
  }

  private func scaled(by factor: Float) -> Matrix {
    Matrix(rows: rows, columns: columns) { floats in
      for index in floats.indices { floats.initializeElement(at: index, to: baseAddress[index] * factor) }
    }
  }

  /// The rows made orthonormal one after the other, by the method of Gram and Schmidt, each twice; rows that depend on
  /// earlier ones are left out.
  private func orthonormalized() -> Matrix {
    var found = 0
    let all = Matrix(rows: rows, columns: columns) { floats in
      floats.initialize(repeating: 0)
      guard let basis = floats.baseAddress else { return }
      withUnsafeTemporaryAllocation(of: Float.self, capacity: rows) { products in
        for row in 0..<rows {
          let vector = basis + found * columns
          vector.update(from: baseAddress + row * columns, count: columns)
          let before = squaredNorm(vector, columns).squareRoot()
          for _ in 0..<2 {
            Kernels.active.dot_f32(vector, basis, found, columns, products.baseAddress!)
            for earlier in 0..<found {
              let (product, direction) = (products[earlier], basis + earlier * columns)
              for column in 0..<columns { vector[column] -= product * direction[column] }
            }
          }
          let after = squaredNorm(vector, columns).squareRoot()
          guard after > 1e-6 * before, after.isFinite else { continue }
          for column in 0..<columns { vector[column] /= after }
          found += 1
        }
      }
    }
    return found == rows ? all : all[rows: 0..<found]
  }
}

/// The inner product of a vector of `dimension` floats with itself.
private func squaredNorm(_ vector: UnsafePointer<Float>, _ dimension: Int) -> Float {
  var square: Float = 0
  Kernels.active.dot_f32(vector, vector, 1, dimension, &square)
  return square
}
