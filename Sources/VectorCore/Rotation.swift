import CKernels
import Foundation

/// An orthogonal d × d matrix, which preserves lengths, inner products and Euclidean distances of vectors.
///
/// It does not preserve Manhattan distances.
public struct Rotation: Sendable {
  /// The matrix, d × d, row-major: component i of a rotated vector is the inner product with row i.
  public let matrix: Matrix

  /// The number of dimensions, d.
  public var dimension: Int { matrix.columns }

  /// - Precondition: `matrix` is square. The caller guarantees that its rows are orthonormal.
  public init(matrix: Matrix) {
    precondition(matrix.rows == matrix.columns, "a rotation of \(matrix.rows) × \(matrix.columns)")
    self.matrix = matrix
  }

  /// The identity.
  public static func identity(dimension: Int) -> Rotation {
    Rotation(
      matrix: Matrix(rows: dimension, columns: dimension) { floats in
        floats.initialize(repeating: 0)
        for i in 0..<dimension { floats[i * dimension + i] = 1 }
      })
  }

  /// A uniformly distributed random rotation: the orthogonal factor of a matrix of Gaussian numbers.
  ///
  /// - Complexity: O(d³).
  public static func random(dimension: Int, seed: UInt64, threads: Int) -> Rotation {
    var generator = SeededGenerator(seed: seed)
    while true {
      let gaussian = Matrix(rows: dimension, columns: dimension) { floats in
        for index in floats.indices { floats.initializeElement(at: index, to: generator.nextGaussian()) }
      }
      // A draw that is nearly singular, so that it has no factor in Float32, is repeated.
      if let factor = gaussian.orthogonalFactor(threads: threads) { return Rotation(matrix: factor) }
    }
  }

  /// The inverse rotation.
  public var inverse: Rotation { Rotation(matrix: matrix.transposed(threads: 1)) }

  /// Rotates each row of `vectors`, n × d. - Complexity: O(n·d²), at the speed of a matrix product.
  public func apply(_ vectors: Matrix, threads: Int) -> Matrix {
    precondition(vectors.columns == dimension, "vectors of \(vectors.columns) dimensions, not \(dimension)")
    return vectors.timesTransposed(matrix, threads: threads)
  }

  /// Rotates one vector of d floats, such as a query. - Complexity: O(d²), limited by reading the matrix.
  public func apply(_ vector: UnsafePointer<Float>, into turned: UnsafeMutablePointer<Float>) {
    Kernels.active.dot_f32(vector, matrix.baseAddress, dimension, dimension, turned)
  }
}

extension SeededGenerator {
  /// A normally distributed number, by the transform of Box and Muller.
  mutating func nextGaussian() -> Float {
    let radius = (-2 * log(1 - nextUnit())).squareRoot()
    return Float(radius * cos(2 * .pi * nextUnit()))
  }
}
