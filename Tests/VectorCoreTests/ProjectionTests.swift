import TestSupport
import Testing

@testable import VectorCore

@Suite struct ProjectionTests {
  /// n × d vectors of mean 0 that vary in `rank` dimensions, by shares that fall to a half from one to the next.
  private func vectors(_ count: Int, dimension: Int, rank: Int, seed: UInt64) -> Matrix {
    let few = RandomVectors.uniform.matrix(count, dimension: rank, seed: seed)
    let scaled = Matrix(
      (0..<count).map { row in
        few.array(row).enumerated().map { $1 / Float(1 << $0) } + [Float](repeating: 0, count: dimension - rank)
      })
    return Rotation.random(dimension: dimension, seed: 5, threads: 1).apply(scaled, threads: 1).centered
  }

  private func squaredNorm(_ vector: [Float]) -> Double { vector.reduce(0) { $0 + Double($1) * Double($1) } }

  @Test(arguments: [1, 2])
  func findsTheDimensionsOfMostVariance(threads: Int) throws {
    let vectors = vectors(600, dimension: 40, rank: 9, seed: 1)
    let basis = vectors.principalRows(20, seed: 3, threads: threads)
    try #require(basis.rows >= 9)
    for first in 0..<basis.rows {
      for second in 0..<basis.rows {
        let product = zip(basis.array(first), basis.array(second)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        #expect(abs(product - (first == second ? 1 : 0)) < 1e-5)
      }
    }
    let total = (0..<600).reduce(0.0) { $0 + squaredNorm(vectors.array($1)) }
    let shares = (1...9).map { count in
      let projected = vectors.timesTransposed(basis[rows: 0..<count], threads: 1)
      return (0..<600).reduce(0.0) { $0 + squaredNorm(projected.array($1)) } / total
    }
    // The variances are about 1, 1/4, 1/16, …
    for (count, share) in shares.enumerated() {
      let best = (1 - 1 / Double(1 << (2 * (count + 1)))) / (1 - 1 / Double(1 << 18))
      #expect(abs(share - best) < 0.02, "\(count + 1) rows")
    }
  }

  @Test func findsNothingWhereNothingVaries() {
    #expect(
      Matrix(rows: 30, columns: 40) { $0.initialize(repeating: 0) }.principalRows(8, seed: 1, threads: 1).rows == 0)
    let huge = Matrix(rows: 30, columns: 40) { $0.initialize(repeating: 3e38) }
    #expect(huge.principalRows(8, seed: 1, threads: 1).rows <= 1)
  }

  @Test func bringsNoTwoVectorsFartherApart() {
    let vectors = RandomVectors.clustered.matrix(200, dimension: 50, seed: 2)
    let origin = vectors.mean
    let basis = vectors.relative(to: origin).principalRows(24, seed: 4, threads: 1)
    let projection = Projection(origin: origin, basis: basis, seed: 6, threads: 1)
    let projected = projection.apply(vectors)
    for (first, second) in [(0, 1), (5, 9), (17, 150), (88, 199)] {
      let apart = squaredNorm(zip(vectors.array(first), vectors.array(second)).map { $0 - $1 })
      let left = squaredNorm(zip(projected.array(first), projected.array(second)).map { $0 - $1 })
      #expect(left <= apart * (1 + 1e-5) && left >= apart / 100)
    }
    // In Float64: the greatest factor by which the matrix itself makes a vector longer, by repeated multiplication.
    let rows = (0..<24).map { projection.matrix.array($0).map(Double.init) }
    var vector = rows[0]
    var factor = 0.0
    for _ in 0..<500 {
      let products = rows.map { row in zip(row, vector).reduce(0.0) { $0 + $1.0 * $1.1 } }
      let back = (0..<50).map { column in (0..<24).reduce(0.0) { $0 + products[$1] * rows[$1][column] } }
      let length = back.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
      factor = length / vector.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
      vector = back.map { $0 / length }
    }
    #expect(factor <= 1 && factor > 0.9999, "the square of the greatest singular value")
    // Vectors within the subspace keep their lengths, and no length grows, but for rounding.
    for row in 0..<basis.rows {
      var column = [Float](repeating: 0, count: 74)
      let square = zip(basis.array(row), origin).map { $0 + $1 }.withUnsafeBufferPointer { vector in
        projection.apply(vector.baseAddress!, into: &column)
      }
      let length = squaredNorm(Array(column.prefix(24)))
      #expect(abs(length - 1) < 1e-4 && abs(square - 1) < 1e-4)
    }
  }

  @Test func projectsTogetherAsOneByOne() {
    let vectors = RandomVectors.uniform.matrix(300, dimension: 33, seed: 8)
    let projection = Projection(
      origin: vectors.mean, basis: vectors.principalRows(16, seed: 4, threads: 1), seed: 6, threads: 1)
    let together = projection.apply(vectors)
    for row in [0, 127, 128, 299] {
      var single = [Float](repeating: 0, count: 16 + 33)
      projection.apply(vectors.baseAddress + row * 33, into: &single)
      for column in 0..<16 { #expect(abs(single[column] - together.array(row)[column]) < 1e-4) }
    }
  }
}

extension Matrix {
  fileprivate var centered: Matrix { relative(to: mean) }
}
