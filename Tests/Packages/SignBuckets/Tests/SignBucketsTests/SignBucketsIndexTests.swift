import IndexConformance
import SignBuckets
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
  func conformsWithFewBucketsAndMany(build: [String: String]) {
    let setup = IndexSetup(SignBucketsIndex.self, metric: .euclidean, build: build, exhaustive: ["nprobe": "65536"])
    let report = setup.checkConformance(seed: 17)
    #expect(report.passed, "\(report)")
  }

  @Test func looksAtNoMoreBucketsThanAskedFor() throws {
    let index = try make(["bits": "2"])
    let rows: [[Float]] = [[1, 1], [-1, 1], [-1, -1], [1, -1]]
    for (id, row) in rows.enumerated() { try index.insert(id: UInt64(id), vector: row) }
    func found(nprobe: String) throws -> [UInt64] {
      var answer = TopK(k: 0)
      let query = rows[0]
      let values = try Parameters(
        ["nprobe": nprobe], declared: SignBucketsIndex.declaration.search, kind: "sign-buckets")
      try index.search(
        query.span, k: 4, parameters: SearchParameters(values), filter: nil, scratch: index.makeScratch(),
        into: &answer)
      return (0..<answer.count).map { answer[$0].id }
    }
    #expect(try found(nprobe: "1") == [0])
    #expect(try found(nprobe: "2") == [0, 1])
    #expect(try found(nprobe: "4") == [0, 1, 3, 2])
  }

  @Test func hasAnErrorOfItsOwn() throws {
    let index = try make(["capacity": "2"])
    for id in 0..<2 { try index.insert(id: UInt64(id), vector: [Float(id), 1]) }
    let error = IndexError.own(IndexIsFull(capacity: 2))
    #expect(throws: error) { try index.insert(id: 7, vector: [7, 1]) }
    #expect(error.description == "the index holds 2 vectors already: build it with a larger capacity")
    #expect(try !index.insert(id: 1, vector: [8, 1], onConflict: .replace))
  }

  private func make(_ build: [String: String]) throws -> SignBucketsIndex {
    try SignBucketsIndex(
      dimension: 2, metric: .euclidean,
      parameters: Parameters(build, declared: SignBucketsIndex.declaration.build, kind: "sign-buckets"), seed: 1)
  }
}
