import TestSupport
import Testing
import VectorCore
import VectorIndexes

@Suite struct ClusteredIndexTests {
  /// An index on a line with clusters at 0, 100, 200, …, which hold as many vectors as asked for.
  func index(sizes: [Int]) throws -> IVFFlatIndex {
    let parameters = try Parameters(
      ["nlist": String(sizes.count)], declared: IVFFlatIndex.declaration.build, kind: "ivf-flat")
    let index = try IVFFlatIndex(dimension: 1, metric: .euclidean, parameters: parameters, seed: 3)
    try index.train(Matrix(sizes.indices.map { [Float($0 * 100)] }), threads: 1)
    var id: UInt64 = 0
    for (cluster, size) in sizes.enumerated() {
      for _ in 0..<size {
        try index.insert(id: id, vector: [Float(cluster * 100)])
        id += 1
      }
    }
    return index
  }

  // parity: S3.10
  @Test(arguments: [
    (0.0, 1), (0.01, 1), (0.5, 1), (0.51, 2), (0.8, 2), (0.81, 3), (0.95, 3), (0.951, 4), (0.99, 4), (1.0, 5),
  ])
  func suggestsTheSmallestPrefixOfTheLargestClusters(coverage: Double, nprobe: Int) throws {
    let index = try index(sizes: [5, 50, 0, 30, 15])
    #expect(try index.suggestNProbe(coverage: coverage) == nprobe)
  }

  // parity: S3.10
  @Test func suggestsOneWhereThereIsNothing() throws {
    let empty = try index(sizes: [0, 0, 0])
    let untrained = try IVFFlatIndex(
      dimension: 1, metric: .dot, parameters: Parameters(declared: IVFFlatIndex.declaration.build, kind: "ivf-flat"),
      seed: 1)
    for coverage in [0, 0.5, 1] {
      #expect(try empty.suggestNProbe(coverage: coverage) == 1)
      #expect(try untrained.suggestNProbe(coverage: coverage) == 1)
    }
    #expect(untrained.clusterStatistics == ClusterStatistics(sizes: []))
  }

  // parity: S3.10
  @Test(arguments: [-0.001, 1.001, .infinity, -.infinity, .nan])
  func refusesAShareOutsideZeroToOne(coverage: Double) throws {
    let index = try index(sizes: [1])
    #expect(throws: IndexError.self) { try index.suggestNProbe(coverage: coverage) }
  }

  // parity: S3.11
  @Test func statesSizesMeanAndPopulationVariance() throws {
    let index = try index(sizes: [2, 4, 6])
    let statistics = index.clusterStatistics
    #expect(statistics.sizes.sorted() == [2, 4, 6])
    #expect(statistics.mean == 4)
    #expect(abs(statistics.variance - 8.0 / 3) < 1e-12)
    #expect(ClusterStatistics(sizes: []).mean == 0)
    #expect(ClusterStatistics(sizes: []).variance == 0)
  }
}
