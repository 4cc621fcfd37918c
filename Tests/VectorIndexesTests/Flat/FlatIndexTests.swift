import TestSupport
import Testing
import VectorCore
import VectorIndexes

@Suite struct FlatIndexTests {
  @Test(arguments: Metric.allCases)
  func conforms(metric: Metric) throws {
    try checkVectorIndex(IndexSetup(FlatIndex.self, metric: metric))
  }

  @Test(arguments: Metric.allCases)
  func survivesRandomOperations(metric: Metric) throws {
    try checkRandomOperations(IndexSetup(FlatIndex.self, metric: metric, dimension: 6), operations: 2000, seed: 11)
  }

  @Test func countsDistancesToStoredVectors() throws {
    let setup = IndexSetup(FlatIndex.self, metric: .euclidean)
    let index = try setup.makeReady()
    let vectors = setup.vectors(100, seed: 1)
    try index.insertBatch(
      ids: (0..<100).map(UInt64.init), vectors: vectors,
      metadata: (0..<100).map { ["row": .integer($0)] }, onConflict: .fail, threads: 1)
    var answer = TopK(k: 3)
    try index.search(
      vectors[row: 0], k: 3, parameters: setup.searchParameters(), filter: nil, scratch: index.makeScratch(),
      into: &answer)
    #expect(answer.distanceComputations == 100)
    try index.search(
      vectors[row: 0], k: 3, parameters: setup.searchParameters(), filter: .less("row", .integer(10)),
      scratch: index.makeScratch(), into: &answer)
    #expect(answer.distanceComputations == 10, "the filter decides before a distance is computed")
  }

  @Test func noAngleIsBelowZero() throws {
    let setup = IndexSetup(FlatIndex.self, metric: .angular, dimension: 1000)
    let vectors = setup.vectors(100, seed: 3)
    let index = try setup.makeFilled(with: vectors)
    for row in 0..<100 {
      let first = try setup.find(vectors.array(row), k: 1, in: index)[0]
      #expect(first.id == UInt64(row) && first.distance >= 0 && first.distance < 1e-6)
    }
  }

  @Test func scansMoreThanOneBlock() throws {
    let setup = IndexSetup(FlatIndex.self, metric: .manhattan, dimension: 3)
    let index = try setup.makeFilled(with: setup.vectors(2500, .duplicateHeavy, seed: 2))
    let found = try setup.find([0, 0, 0], k: 2500, in: index)
    #expect(Set(found.map(\.id)).count == 2500)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.precedes($1) })
  }
}
