import Testing

@testable import VectorCore

/// Clusters of `spread` around centres in [0, 10)ᵈ.
private func blobs(count: Int, dimension: Int, centers: Int, spread: Float, seed: UInt64) -> Matrix {
  var generator = SeededGenerator(seed: seed)
  let middles = (0..<centers).map { _ in (0..<dimension).map { _ in Float(generator.nextUnit() * 10) } }
  return Matrix(
    (0..<count).map { row in
      middles[row % centers].map { $0 + spread * Float(generator.nextUnit() - 0.5) }
    })
}

/// The nearest centroid by Float64 distances, ties to the lower one.
private func nearest(_ row: Span<Float>, in centroids: Matrix) -> (index: Int, squared: Double) {
  var best = (index: 0, squared: Double.infinity)
  for candidate in 0..<centroids.rows {
    let centroid = centroids[row: candidate]
    var squared = 0.0
    for column in row.indices {
      squared += (Double(row[column]) - Double(centroid[column])) * (Double(row[column]) - Double(centroid[column]))
    }
    if squared < best.squared { best = (candidate, squared) }
  }
  return best
}

/// The summed squared distance of the vectors to their nearest centroids.
private func inertia(of vectors: Matrix, _ result: KMeans) -> Double {
  NearestCentroid(result.centroids).inertia(of: vectors, threads: 2)
}

@Suite struct KMeansTests {
  @Test func findsSeparatedClusters() {
    let vectors = blobs(count: 3000, dimension: 17, centers: 12, spread: 0.01, seed: 3)
    let result = KMeans.train(vectors, k: 12, seed: 5, threads: 2)
    let labels = NearestCentroid(result.centroids).assign(vectors, threads: 1)
    for row in 0..<vectors.rows { #expect(labels[row] == labels[row % 12]) }
    #expect(Set(labels).count == 12)
  }

  @Test(arguments: [(600, 8, 16), (1200, 33, 24)])
  func equalsPlainLloyd(count: Int, dimension: Int, k: Int) {
    let vectors = blobs(count: count, dimension: dimension, centers: 30, spread: 4, seed: 11)
    // One more iteration of plain Lloyd from the result must change next to nothing: the bounds have skipped no move.
    for iterations in [2, 5, 25] {
      let result = KMeans.train(vectors, k: k, maxIterations: iterations, seed: 9, threads: 2)
      var expected = 0.0
      for row in 0..<vectors.rows { expected += nearest(vectors[row: row], in: result.centroids).squared }
      #expect(abs(expected - inertia(of: vectors, result)) <= 1e-4 * expected)
      let further = KMeans.train(vectors, k: k, maxIterations: iterations + 1, seed: 9, threads: 2)
      var sums = [[Double]](repeating: Array(repeating: 0, count: dimension), count: k)
      var sizes = [Int](repeating: 0, count: k)
      for row in 0..<vectors.rows {
        let label = nearest(vectors[row: row], in: result.centroids).index
        sizes[label] += 1
        let vector = vectors[row: row]
        for column in 0..<dimension { sums[label][column] += Double(vector[column]) }
      }
      guard further.iterations == iterations + 1 else { continue }
      for cluster in 0..<k where sizes[cluster] > 0 {
        let centroid = further.centroids[row: cluster]
        for column in 0..<dimension {
          #expect(abs(sums[cluster][column] / Double(sizes[cluster]) - Double(centroid[column])) < 1e-4)
        }
      }
    }
  }

  /// Twenty vectors a cluster are clustered as a whole, two hundred in growing parts.
  @Test(arguments: [740, 7400]) func doesNotDependOnThreads(count: Int) {
    let vectors = blobs(count: count, dimension: 24, centers: 50, spread: 5, seed: 2)
    let one = KMeans.train(vectors, k: 37, seed: 1, threads: 1)
    let two = KMeans.train(vectors, k: 37, seed: 1, threads: 2)
    for row in 0..<37 {
      for column in 0..<24 {
        #expect(one.centroids[row: row][column].bitPattern == two.centroids[row: row][column].bitPattern)
      }
    }
    let other = KMeans.train(vectors, k: 37, seed: 2, threads: 1)
    #expect(inertia(of: vectors, other) != inertia(of: vectors, one))
  }

  /// Two hundred vectors a cluster: parts come first, but the centroids end as means of all their vectors.
  @Test func growingPartsEndWithAllVectors() {
    let vectors = blobs(count: 6000, dimension: 12, centers: 400, spread: 6, seed: 10)
    let result = KMeans.train(vectors, k: 30, maxIterations: 400, seed: 6, threads: 2)
    #expect(result.iterations < 400, "converged")
    let members = ClusterMembers(labels: NearestCentroid(result.centroids).assign(vectors, threads: 1), clusters: 30)
    for cluster in 0..<30 {
      let rows = members.rows(of: cluster)
      for column in 0..<12 {
        let mean = rows.reduce(0.0) { $0 + Double(vectors[row: Int($1)][column]) } / Double(rows.count)
        #expect(abs(Double(result.centroids[row: cluster][column]) - mean) < 1e-2)
      }
    }
  }

  @Test func inertiaFallsWithIterations() {
    let vectors = blobs(count: 4000, dimension: 20, centers: 100, spread: 8, seed: 4)
    var last = Double.infinity
    for iterations in [1, 2, 4, 8, 16] {
      let result = KMeans.train(vectors, k: 25, maxIterations: iterations, seed: 3, threads: 2)
      #expect(result.iterations <= iterations)
      let inertia = inertia(of: vectors, result)
      #expect(inertia <= last * (1 + 1e-6))
      last = inertia
    }
  }

  /// k-means++: a vector is chosen with a probability proportional to its squared distance from those chosen before.
  // parity: S3.13
  @Test func seedsByTheSquaredDistance() {
    let positions: [Float] = [0, 1, 3, 7]
    let vectors = Matrix(positions.map { [$0] })
    let runs = 20_000
    var counts = [[Int]](repeating: [0, 0, 0, 0], count: 4)
    var generator = SeededGenerator(seed: 21)
    for _ in 0..<runs {
      let seeds = KMeans.seeds(of: vectors, k: 2, using: &generator, threads: 1)
      let chosen = (0..<2).map { positions.firstIndex(of: seeds[row: $0][0])! }
      counts[chosen[0]][chosen[1]] += 1
    }
    for first in 0..<4 {
      let squares = positions.map { Double(($0 - positions[first]) * ($0 - positions[first])) }
      let total = squares.reduce(0, +)
      for second in 0..<4 {
        // The first of each pair is any vector. Five standard deviations are 0.016 at the most.
        let expected = squares[second] / total / 4
        #expect(abs(Double(counts[first][second]) / Double(runs) - expected) < 0.016, "\(first), then \(second)")
      }
    }
  }

  /// Three groups far apart, one of them with almost all vectors: each gets a seed, which one iteration could not mend.
  // parity: S3.13
  @Test(arguments: 0..<20 as Range<UInt64>) func seedsEveryGroup(seed: UInt64) {
    let rows = (0..<45).map { row -> [Float] in
      let noise = Float(row % 7) / 100
      return row < 3 ? [noise, 500] : row < 6 ? [500, noise] : [noise, noise]
    }
    let result = KMeans.train(Matrix(rows), k: 3, maxIterations: 1, seed: seed, threads: 1)
    #expect(inertia(of: Matrix(rows), result) < 1)
  }

  // parity: S3.13
  @Test func stopsAfterTwentyFiveIterationsOrAtATenThousandth() {
    // Few vectors a cluster: they are clustered as a whole.
    let many = blobs(count: 4000, dimension: 20, centers: 100, spread: 8, seed: 4)
    #expect(KMeans.train(many, k: 180, tolerance: 0, seed: 3, threads: 2).iterations == 25)
    // Two groups far apart: all moves within them are small shares of the centroids' lengths.
    let places = blobs(count: 3000, dimension: 2, centers: 3000, spread: 1, seed: 5)
    let vectors = Matrix((0..<3000).map { [places[row: $0][0], places[row: $0][1], $0 % 2 == 0 ? 200 : -200] })
    func iterations(_ tolerance: Double) -> Int {
      KMeans.train(vectors, k: 130, maxIterations: 500, tolerance: tolerance, seed: 3, threads: 2).iterations
    }
    let standard = KMeans.train(vectors, k: 130, maxIterations: 500, seed: 3, threads: 2).iterations
    #expect(standard == iterations(1e-4))
    #expect(iterations(1e-3) < standard)
    // The shift of the last iteration is the first below the tolerance.
    func shifts() -> [Double] {
      var generator = SeededGenerator(seed: 3)
      var run = LloydRun(
        vectors: vectors, centroids: KMeans.seeds(of: vectors, k: 130, using: &generator, threads: 1), threads: 1)
      return (0..<standard).map { _ in
        run.assign(threads: 1)
        return run.moveCentroids(threads: 1)
      }
    }
    for tolerance in [1e-2, 1e-3, 1e-4] {
      #expect(shifts().firstIndex { $0 < tolerance }.map { $0 + 1 } == iterations(tolerance))
    }
  }

  @Test func emptyClustersTakeTheFarthestVectors() {
    // Ninety-five equal vectors and five far ones: every far one must end as a cluster of its own.
    var rows = [[Float]](repeating: [1, 1, 1], count: 95)
    for index in 1...5 { rows.append([Float(index) * 100, 0, 0]) }
    let result = KMeans.train(Matrix(rows), k: 6, seed: 8, threads: 1)
    #expect(inertia(of: Matrix(rows), result) == 0)
  }

  @Test func identicalVectorsAreNoTrap() {
    let vectors = Matrix([[Float]](repeating: [2, -1], count: 50))
    let result = KMeans.train(vectors, k: 4, seed: 8, threads: 2)
    #expect(inertia(of: vectors, result) == 0)
    #expect(NearestCentroid(result.centroids).assign(vectors, threads: 1).allSatisfy { $0 == 0 })
  }

  @Test func asManyClustersAsVectors() {
    let vectors = blobs(count: 20, dimension: 3, centers: 20, spread: 1, seed: 6)
    #expect(inertia(of: vectors, KMeans.train(vectors, k: 20, seed: 1, threads: 1)) == 0)
  }

  @Test func hugeValuesGiveNoNaN() {
    let vectors = Matrix((0..<40).map { [Float($0 % 2 == 0 ? 3e38 : -3e38), Float($0)] })
    let result = KMeans.train(vectors, k: 3, seed: 1, threads: 1)
    for row in 0..<3 { for column in 0..<2 { #expect(result.centroids[row: row][column].isFinite) } }
  }
}

@Suite struct NearestCentroidTests {
  @Test(arguments: [1, 2, 3, 47, 96, 97, 500])
  func agreesWithFloat64(count: Int) {
    let vectors = blobs(count: count, dimension: 19, centers: 40, spread: 3, seed: 5)
    let centroids = blobs(count: 33, dimension: 19, centers: 33, spread: 1, seed: 7)
    let labels = NearestCentroid(centroids).assign(vectors, threads: 2)
    for row in 0..<count { #expect(Int(labels[row]) == nearest(vectors[row: row], in: centroids).index) }
  }

  @Test func tiesGoToTheLowerCentroid() {
    let centroids = Matrix([[5, 5], [1, 0], [1, 0], [-1, 0]])
    #expect(NearestCentroid(centroids).assign(Matrix([[1, 0], [0, 0]]), threads: 1) == [1, 1])
  }

  /// More centroids than go through at once: the later turns go on from the earlier ones' results.
  @Test(arguments: [1024, 1025, 2500])
  func manyCentroidsGoThroughInTurns(k: Int) {
    let centroids = blobs(count: k, dimension: 5, centers: k, spread: 0, seed: 13)
    let vectors = blobs(count: 203, dimension: 5, centers: 203, spread: 0, seed: 14)
    let labels = NearestCentroid(centroids).assign(vectors, threads: 2)
    for row in 0..<203 { #expect(Int(labels[row]) == nearest(vectors[row: row], in: centroids).index) }
    #expect(NearestCentroid(centroids).assign(centroids, threads: 1) == Array(0..<Int32(k)))
  }

  @Test func tiesAcrossTurnsGoToTheLowerCentroid() {
    let centroids = Matrix((0..<2600).map { [Float($0 % 1300), 1] })
    let labels = NearestCentroid(centroids).assign(centroids, threads: 1)
    #expect(labels == (0..<2600).map { Int32($0 % 1300) })
  }
}
