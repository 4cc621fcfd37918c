import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct OutlierLimitTests {
  private func sample(_ count: Int) -> Matrix { RandomVectors.uniform.matrix(count, dimension: 8, seed: 4) }

  /// The rows with every `step`-th multiplied, or a component of it replaced.
  private func spoiled(_ vectors: Matrix, every step: Int, by magnitude: Float, wholeRow: Bool) -> Matrix {
    Matrix(
      (0..<vectors.rows).map { row in
        var vector = vectors.array(row)
        guard row % step == 0 else { return vector }
        if wholeRow { vector = vector.map { $0 * magnitude } } else { vector[3] = magnitude }
        return vector
      })
  }

  @Test(arguments: [100, 400, 4400], [1e3 as Float, 1e20, .greatestFiniteMagnitude])
  func findsOneInAHundredAndNoOther(count: Int, magnitude: Float) {
    for wholeRow in [false, true] {
      let vectors = spoiled(sample(count), every: 100, by: magnitude, wholeRow: wholeRow)
      let limit = OutlierLimit(of: vectors)
      #expect(limit.isOutlier(vectors) == (0..<count).map { $0 % 100 == 0 })
      #expect(limit.center.allSatisfy { abs($0) < 0.3 }, "the centre is where most vectors are")
      #expect(limit.ordinary(vectors, threads: 2).rows == count - count / 100)
      #expect(limit.isOutlier(vectors.baseAddress) && !limit.isOutlier(vectors.baseAddress + 8), "one by one")
    }
  }

  /// Vectors of one distribution, of clusters, or of which many are equal, are no outliers.
  @Test(arguments: RandomVectors.allCases, [1, 2, 3, 30, 300, 1200])
  func ordinaryVectorsAreNoOutliers(kind: RandomVectors, count: Int) {
    let vectors = kind.matrix(count, dimension: 8, seed: 5)
    let limit = OutlierLimit(of: vectors)
    #expect(!limit.isOutlier(vectors).contains(true))
    #expect(!limit.isOutlier(kind.matrix(500, dimension: 8, seed: 6)).contains(true) || count < 30)
    #expect(limit.ordinary(vectors, threads: 1).baseAddress == vectors.baseAddress, "the sample itself")
  }

  @Test func thereIsNoLimitWhereTooFewVectorsWouldBeLeft() {
    let vectors = spoiled(sample(200), every: 100, by: 1e9, wholeRow: true)
    #expect(OutlierLimit(of: vectors, leaving: 198).squaredRadius < .infinity)
    #expect(OutlierLimit(of: vectors, leaving: 199).squaredRadius == .infinity)
    #expect(OutlierLimit(of: Matrix(Array(repeating: [1, 2], count: 50))).squaredRadius == .infinity)
  }
}
