import TestSupport
import Testing
import VectorIndexes

/// What the articles show of using the indexes in an app: they print these lines.
@Suite struct UsageTests {
  private let vectors = RandomVectors.clustered.matrix(400, dimension: 8, seed: 1)
  private let ids = (0..<400).map(UInt64.init)
  private let metadata: [Metadata] = (0..<400).map { ["language": .text($0 % 2 == 0 ? "en" : "de")] }

  @Test func anIndexInMemory() throws {
    var found: [(UInt64, Float)] = []
    let query = vectors.array(4)

    let configuration = IVFPQIndex.Configuration(nlist: 16, codes: ProductCodeOptions(refineStore: .f16))
    let index = try IVFPQIndex(dimension: vectors.columns, metric: .euclidean, configuration: configuration, seed: 42)
    try index.train(vectors, threads: 2)
    try index.insertBatch(ids: ids, vectors: vectors, metadata: metadata, onConflict: .fail, threads: 2)
    try index.remove(id: 7)

    let search = try IVFPQIndex.SearchSettings(nprobe: 8).parameters()
    let scratch = index.makeScratch()
    var answer = TopK(k: 10)
    try index.search(
      query.span, k: 10, parameters: search, filter: .equal("language", .text("en")), scratch: scratch, into: &answer)
    for rank in 0..<answer.count { found.append((answer[rank].id, answer[rank].distance)) }

    let vector = try index.vector(of: 4)
    let fields = try index.metadata(of: 4)
    for hit in try index.hits(query, k: 10, parameters: search) {
      found.append((hit.neighbor.id, hit.neighbor.distance))
    }

    #expect(vector?.count == 8 && fields == ["language": .text("en")])
    #expect(found.removeLast().1 >= 0 && found.count == 19)
    found.removeLast(9)
    #expect(found.count == 10)
    #expect(found.first?.0 == 4)
    #expect(found.allSatisfy { $0.0.isMultiple(of: 2) })
    try writeAndSearch(over: index, search, query, into: &answer)
    #expect(answer[0].id == 4)
  }

  private func writeAndSearch(
    over index: IVFPQIndex, _ search: SearchParameters, _ query: [Float], into answer: inout TopK
  ) throws {
    var writer = try MemTableWriter(over: index)
    let shared = writer.shared
    try writer.insert(ids: ids, vectors: vectors, metadata: metadata)
    try shared.search(
      query.span, k: 10, parameters: search, scratch: shared.makeScratch(), into: &answer)
    #expect(shared.count == 400)
  }

  @Test func anIndexInAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/index.lmdb"
    let configuration = IVFPQIndex.Configuration(nlist: 16)

    let stored = try PersistentIVFPQIndex.open(
      at: path, dimension: vectors.columns, metric: .euclidean, configuration: configuration, seed: 42)
    try stored.train(vectors, threads: 2)
    try stored.insertBatch(ids: ids, vectors: vectors, metadata: [], onConflict: .fail, threads: 2)
    try stored.commit()

    let reader = try PersistentIVFPQIndex.open(readOnly: path)
    let snapshot = try stored.snapshot()

    try stored.remove(id: 7)
    #expect(stored.count == 399)
    #expect(reader.count == 400)
    #expect(snapshot.count == 400)
  }
}
