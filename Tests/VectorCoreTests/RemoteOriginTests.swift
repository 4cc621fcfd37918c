import Testing

@testable import VectorCore

/// Trap: inner products in Float32 can't tell vectors apart that are near each other and far from zero.
@Suite struct RemoteOriginTests {
  private func places(_ count: Int, seed: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return Matrix(
      (0..<count).map { _ in [51.5 + Float(generator.nextUnit()) * 0.05, -100.1 + Float(generator.nextUnit()) * 0.05] })
  }

  private func distance(_ a: Span<Float>, _ b: Span<Float>) -> Double {
    a.indices.reduce(0) { $0 + (Double(a[$1]) - Double(b[$1])) * (Double(a[$1]) - Double(b[$1])) }
  }

  @Test func assignsRemoteVectorsToTheNearest() {
    let (vectors, centroids) = (places(500, seed: 1), places(40, seed: 2))
    let nearest = NearestCentroid(centroids)
    #expect(nearest.origin != nil)
    for (row, label) in nearest.assign(vectors, threads: 2).enumerated() {
      let distances = (0..<40).map { distance(vectors[row: row], centroids[row: $0]) }
      #expect(distances[Int(label)] <= distances.min()! * 1.001)
    }
    let first = nearest.assign(vectors, threads: 1)
    let seconds = nearest.assignSecond(vectors, labels: first, threads: 1)
    for (row, (first, second)) in zip(first, seconds).enumerated() {
      let distances = (0..<40).map { distance(vectors[row: row], centroids[row: $0]) }
      #expect(first != second && distances.count { $0 < distances[Int(second)] } < 20, "one that is near")
    }
  }

  @Test func clustersRemoteVectorsAsThoseAroundZero() {
    let vectors = places(4000, seed: 3)
    let clusters = KMeans.train(vectors, k: 32, seed: 4, threads: 2)
    let inertia = NearestCentroid(clusters.centroids).inertia(of: vectors, threads: 1)
    let moved = vectors.relative(to: [51.525, -100.075])
    let expected = KMeans.train(moved, k: 32, seed: 4, threads: 2)
    let expectedInertia = NearestCentroid(expected.centroids).inertia(of: moved, threads: 1)
    #expect(abs(inertia / expectedInertia - 1) < 0.05)
  }

  @Test func leavesOtherVectorsWhereTheyAre() {
    var generator = SeededGenerator(seed: 5)
    let around = Matrix((0..<100).map { _ in (0..<8).map { _ in Float(generator.nextUnit() - 0.5) } })
    let positive = Matrix((0..<100).map { _ in (0..<8).map { _ in Float(generator.nextUnit()) } })
    let equal = Matrix((0..<100).map { _ in (0..<8).map { _ in 7 } })
    for matrix in [around, positive, equal, around[rows: 0..<1], around[rows: 0..<0]] {
      #expect(matrix.remoteOrigin == nil)
    }
  }
}
