import Testing

@testable import VectorCore

@Suite struct LloydRunTests {
  // parity: S3.13
  @Test func reportsTheLargestRelativeShift() {
    // Means at 10.5 and 3: the first centroid moves by a twentieth of its length, the second by half.
    var run = LloydRun(
      vectors: Matrix([[10, 0], [11, 0], [0, 2.5], [0, 3.5]]), centroids: Matrix([[10, 0], [0, 2]]), threads: 1)
    run.assign(threads: 1)
    #expect(run.moveCentroids(threads: 1) == 0.5)
    #expect(run.centroids[row: 0][0] == 10.5 && run.centroids[row: 1][1] == 3)
    run.assign(threads: 1)
    #expect(run.moveCentroids(threads: 1) == 0)
  }

  // parity: S3.13
  @Test func tiesGoToTheLowerCentroid() {
    var run = LloydRun(vectors: Matrix([[0], [-2], [2]]), centroids: Matrix([[-1], [1]]), threads: 1)
    run.assign(threads: 1)
    _ = run.moveCentroids(threads: 1)
    #expect(run.centroids[row: 0][0] == -1 && run.centroids[row: 1][0] == 2)
  }

  // parity: S3.13
  @Test func meansAreTakenInFloat64() {
    // 2²³ + 1 is a Float32; a sum of such numbers in Float32 loses the 1 of all but the first.
    let value = Float(1 << 23 + 1)
    var run = LloydRun(
      vectors: Matrix([[Float]](repeating: [value], count: 4096)), centroids: Matrix([[1]]), threads: 1)
    run.assign(threads: 1)
    _ = run.moveCentroids(threads: 1)
    #expect(run.centroids[row: 0][0] == value)
  }

  // parity: S3.13
  @Test func anEmptyClusterTakesTheFarthestVector() {
    var run = LloydRun(
      vectors: Matrix([[0, 0], [1, 0], [0, 9], [0, 7]]), centroids: Matrix([[0, 0], [500, 500]]), threads: 1)
    run.assign(threads: 1)
    _ = run.moveCentroids(threads: 1)
    #expect(run.centroids[row: 1][0] == 0 && run.centroids[row: 1][1] == 9)
  }
}
