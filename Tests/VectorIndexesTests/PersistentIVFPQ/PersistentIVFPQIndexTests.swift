import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

private let metrics = PersistentIVFPQIndex.declaration.metrics

@Suite struct PersistentIVFPQIndexTests {
  let fixtures = try! PersistentFixtures()

  // parity: S1.4, S1.5, S1.6, S1.7, S1.8
  @Test(arguments: metrics, [["m": "4"], ["nbits": "8", "m": "1"], ["m": "2", "refine_store": "none"]])
  func conformsInMemory(metric: Metric, build: [String: String]) throws {
    try checkVectorIndex(fixtures.setup(metric, build))
  }

  @Test(arguments: [Metric.angular, .manhattan])
  func conformsInFiles(metric: Metric) throws {
    try checkVectorIndex(fixtures.setup(metric, ["m": "4", "refine_store": "f32"], inFiles: true))
  }

  @Test(arguments: [false, true])
  func survivesRandomOperations(inFiles: Bool) throws {
    try checkRandomOperations(
      fixtures.setup(.euclidean, dimension: 6, inFiles: inFiles), operations: 1000, seed: 12)
  }
}
