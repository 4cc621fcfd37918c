import TestSupport
import Testing

@testable import VectorCore

@Suite struct SpillTests {
  /// The second centroid of every row by the definition, in Float64.
  @Test(arguments: [2, 3, 40])
  func secondCentroidsMinimiseTheLoss(k: Int) {
    let dimension = 12
    let vectors = RandomVectors.clustered.matrix(300, dimension: dimension, seed: 4)
    let centroids = RandomVectors.clustered.matrix(k, dimension: dimension, seed: 5)
    let nearest = NearestCentroid(centroids)
    let labels = nearest.assign(vectors, threads: 1)
    let seconds = nearest.assignSecond(vectors, labels: labels, threads: 1)
    #expect(nearest.assignSecond(vectors, labels: labels, threads: 2) == seconds)
    for row in 0..<300 {
      let x = vectors.array(row).map(Double.init)
      func residual(_ c: Int) -> [Double] { zip(x, centroids.array(c)).map { $0 - Double($1) } }
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let own = residual(Int(labels[row]))
      func loss(_ c: Int) -> Double {
        let r = residual(c)
        return dot(r, r) + dot(r, own) * dot(r, own) / dot(own, own)
      }
      let least = (0..<k).filter { $0 != labels[row] }.map(loss).min()!
      #expect(seconds[row] != labels[row])
      #expect(loss(Int(seconds[row])) <= least * (1 + 1e-5))
    }
  }

  /// A vector that is its centroid has no direction to avoid: the second nearest.
  @Test func aCentroidItselfSpillsToTheNextNearest() {
    let centroids = NearestCentroid(Matrix([[0, 0], [3, 0], [0, 2], [9, 9]]))
    #expect(centroids.assignSecond(Matrix([[0, 0], [9, 9]]), labels: [0, 3], threads: 1) == [2, 1])
  }
}
