import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

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

  /// Also where the nearest region is read first; and a query without an angle has no neighbours.
  @Test func countsEachVectorOnceWithRegions() throws {
    let setup = IndexSetup(FlatIndex.self, metric: .angular, dimension: 64)
    let few = RandomVectors.clustered.matrix(3000, dimension: 4, seed: 1)
    let vectors = Matrix((0..<3000).map { row in (0..<64).map { few.array(row)[$0 % 4] + 1 } })
    let store = VectorStore(flat: 64, metric: .angular, projects: true)
    store.insert(
      InsertPlan(ids: Array(0..<3000), metadata: [], rows: Array(0..<3000), replacingRows: []),
      vectors: Metric.angular.prepare(vectors, threads: 1), threads: 1
    ) { _ in 0 }
    try #require(store.regions != nil)
    let index = try setup.makeFilled(with: vectors)
    let queries = Matrix([try #require(index.vector(of: 5)), [Float](repeating: 0, count: 64)])
    for batch in [true, false] {
      var answers = NeighborBatch(k: 3, reserving: 2)
      if batch {
        try index.searchBatch(
          queries, k: 3, parameters: setup.searchParameters(), filter: nil, scratch: index.makeScratch(), into: &answers
        )
      } else {
        for row in 0..<2 {
          var answer = TopK(k: 3)
          try index.search(
            queries[row: row], k: 3, parameters: setup.searchParameters(), filter: nil, scratch: index.makeScratch(),
            into: &answer)
          answers.append(answer)
        }
      }
      #expect(answers.counts == [3, 0])
      #expect(answers.distanceComputations == 3000)
    }
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
