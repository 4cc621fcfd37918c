import TestSupport
import Testing

@testable import VectorCore

/// The largest deviation of R·Rᵀ from the identity, in Float64.
private func deviation(_ rotation: Rotation) -> Double {
  var worst = 0.0
  for i in 0..<rotation.dimension {
    for j in 0...i {
      let product = zip(rotation.matrix.array(i), rotation.matrix.array(j))
        .reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      worst = max(worst, abs(product - (i == j ? 1 : 0)))
    }
  }
  return worst
}

private func norm(_ vector: [Float]) -> Double {
  vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
}

/// Vectors of which `rank` hidden numbers decide nearly everything, mixed over all dimensions.
private func correlated(_ count: Int, dimension: Int, rank: Int, seed: UInt64) -> Matrix {
  var generator = SeededGenerator(seed: seed)
  let mixing = (0..<rank).map { _ in (0..<dimension).map { _ in generator.nextGaussian() } }
  return Matrix(
    (0..<count).map { _ in
      var row = (0..<dimension).map { _ in 0.05 * generator.nextGaussian() }
      for direction in mixing {
        let share = generator.nextGaussian()
        for j in 0..<dimension { row[j] += share * direction[j] }
      }
      return row
    })
}

private func error(_ vectors: Matrix, m: Int, nbits: Int) -> Double {
  let quantizer = ProductQuantizer.train(vectors, m: m, nbits: nbits, seed: 5, threads: 2)
  return quantizer.meanSquaredError(of: vectors, codes: quantizer.encode(vectors, threads: 2), threads: 2)
}

@Suite struct RotationTests {
  @Test(arguments: [1, 2, 7, 33, 100])
  func randomOnesAreOrthogonalAndKeepLengths(dimension: Int) {
    let rotation = Rotation.random(dimension: dimension, seed: 4, threads: 2)
    #expect(deviation(rotation) < 2e-6)
    let vectors = RandomVectors.clustered.matrix(60, dimension: dimension, seed: 8)
    let turned = rotation.apply(vectors, threads: 2)
    for row in 0..<vectors.rows {
      let length = norm(vectors.array(row))
      #expect(abs(norm(turned.array(row)) - length) <= 1e-5 * length)
    }
  }

  @Test func randomOnesMixDimensionsAndFollowTheSeed() {
    let rotation = Rotation.random(dimension: 64, seed: 1, threads: 1)
    let again = Rotation.random(dimension: 64, seed: 1, threads: 3)
    let other = Rotation.random(dimension: 64, seed: 2, threads: 1)
    for row in 0..<64 {
      #expect(rotation.matrix.array(row) == again.matrix.array(row))
      #expect(rotation.matrix.array(row) != other.matrix.array(row))
      #expect(rotation.matrix.array(row).allSatisfy { abs($0) < 0.7 })
    }
  }

  @Test func oneVectorTurnsLikeAMatrixOfThem() {
    let rotation = Rotation.random(dimension: 37, seed: 3, threads: 1)
    let vectors = RandomVectors.uniform.matrix(300, dimension: 37, seed: 8)
    let turned = rotation.apply(vectors, threads: 2)
    var one = [Float](repeating: 0, count: 37)
    for row in 0..<vectors.rows {
      rotation.apply(vectors.baseAddress + row * 37, into: &one)
      for (a, b) in zip(one, turned.array(row)) { #expect(abs(a - b) < 1e-5) }
    }
  }

  @Test func theInverseTurnsBack() {
    let rotation = Rotation.random(dimension: 24, seed: 3, threads: 1)
    let vectors = RandomVectors.uniform.matrix(20, dimension: 24, seed: 8)
    let back = rotation.inverse.apply(rotation.apply(vectors, threads: 1), threads: 1)
    for row in 0..<20 {
      for (a, b) in zip(back.array(row), vectors.array(row)) { #expect(abs(a - b) < 1e-5) }
    }
  }

  @Test func findsTheNearestOrthogonalMatrix() throws {
    // diag(3, 0.01) turned by R on the left: the nearest orthogonal matrix is R.
    let (c, s): (Float, Float) = (0.8, 0.6)
    let factor = try #require(Matrix([[3 * c, -0.01 * s], [3 * s, 0.01 * c]]).orthogonalFactor(threads: 1))
    for (a, b) in zip(factor.array(0) + factor.array(1), [c, -s, s, c]) { #expect(abs(a - b) < 1e-4) }
    #expect(Matrix([[0, 0], [0, 0]]).orthogonalFactor(threads: 1) == nil)
    #expect(Matrix([[.infinity, 0], [0, 1]]).orthogonalFactor(threads: 1) == nil)
  }

  @Test(arguments: [4, 8])
  func opqLowersTheErrorOfCorrelatedVectors(nbits: Int) {
    let vectors = correlated(600, dimension: 12, rank: 4, seed: 2)
    let rotation = Rotation.opq(vectors, m: 4, nbits: nbits, iterations: 12, seed: 1, threads: 2)
    #expect(deviation(rotation) < 2e-6)
    #expect(error(rotation.apply(vectors, threads: 2), m: 4, nbits: nbits) < 0.9 * error(vectors, m: 4, nbits: nbits))
  }

  @Test func opqDoesNotDependOnThreads() {
    let vectors = correlated(400, dimension: 10, rank: 3, seed: 2)
    let one = Rotation.opq(vectors, m: 2, nbits: 4, iterations: 5, seed: 1, threads: 1)
    let three = Rotation.opq(vectors, m: 2, nbits: 4, iterations: 5, seed: 1, threads: 3)
    for row in 0..<10 { #expect(one.matrix.array(row) == three.matrix.array(row)) }
  }

  @Test func opqBearsVectorsThatDoNotSpanTheSpace() {
    // Constant, duplicated and zero dimensions; all vectors equal; values whose squares overflow.
    let noise = RandomVectors.uniform.matrix(200, dimension: 2, seed: 1)
    let flat = Matrix((0..<200).map { row in noise.array(row) + noise.array(row) + [0, 0, 5, 0] })
    let equal = Matrix([[Float]](repeating: [1, 2, 3, 4, 5, 6, 7, 8], count: 100))
    let zero = Matrix([[Float]](repeating: [Float](repeating: 0, count: 8), count: 100))
    let huge = Matrix((0..<100).map { row in (0..<8).map { (row + $0) % 3 == 0 ? 3e38 : -3e38 } })
    for vectors in [flat, equal, zero, huge] {
      #expect(deviation(.opq(vectors, m: 4, nbits: 4, iterations: 6, seed: 1, threads: 2)) < 2e-6)
    }
  }
}
