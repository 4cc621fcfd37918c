import IndexConformance
import TestSupport
import Testing
import VectorSearch

/// The index that the article WritingAnIndex prints: it is written with `VectorSearch` alone and keeps every promise.
@Suite struct SignBucketsIndexTests {
  @Test func conforms() {
    let setup = IndexSetup(SignBucketsIndex.self, metric: .euclidean, exhaustive: ["nprobe": "65536"])
    let report = setup.checkConformance(seed: 7)
    #expect(report.passed, "\(report)")
  }

  @Test(arguments: [["bits": "1"], ["bits": "6"]])
  func conformsWithFewBucketsAndMany(build: [String: String]) throws {
    try checkVectorIndex(
      IndexSetup(
        SignBucketsIndex.self, metric: .euclidean, build: build, exhaustive: ["nprobe": "65536"]))
  }

  @Test func looksAtNoMoreBucketsThanAskedFor() throws {
    let setup = IndexSetup(SignBucketsIndex.self, metric: .euclidean, build: ["bits": "2"])
    let rows = [[1, 1], [-1, 1], [-1, -1], [1, -1]].map { $0 + [Float](repeating: 0, count: 18) }
    let index = try setup.makeFilled(with: Matrix(rows))
    func found(nprobe: Int) throws -> [UInt64] {
      try index.find(rows[0], k: 4, parameters: setup.searchParameters(["nprobe": "\(nprobe)"])).map(\.id)
    }
    #expect(try found(nprobe: 1) == [0])
    #expect(try found(nprobe: 2) == [0, 1])
    #expect(try found(nprobe: 4) == [0, 1, 3, 2])
  }

  @Test func hasAnErrorOfItsOwn() throws {
    let setup = IndexSetup(SignBucketsIndex.self, metric: .euclidean, build: ["capacity": "2"])
    let index = try setup.makeFilled(with: setup.vectors(2, seed: 1))
    let error = IndexError.own(IndexIsFull(capacity: 2))
    #expect(throws: error) { try index.insert(id: 7, vector: setup.vectors(1, seed: 2).array(0)) }
    #expect(error.description == "the index holds 2 vectors already: build it with a larger capacity")
    #expect(try !index.insert(id: 1, vector: setup.vectors(1, seed: 2).array(0), onConflict: .replace))
  }
}
