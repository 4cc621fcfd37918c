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

    let parameters = try Parameters(
      ["nlist": "16", "refine_store": "f16"], declared: IVFPQIndex.declaration.build, kind: IVFPQIndex.declaration.kind)
    let index = try IVFPQIndex(dimension: vectors.columns, metric: .euclidean, parameters: parameters, seed: 42)
    try index.train(vectors, threads: 2)
    try index.insertBatch(ids: ids, vectors: vectors, metadata: metadata, onConflict: .fail, threads: 2)
    try index.remove(id: 7)

    let search = SearchParameters(
      try Parameters(["nprobe": "8"], declared: IVFPQIndex.declaration.search, kind: IVFPQIndex.declaration.kind))
    let scratch = index.makeScratch()
    var answer = TopK(k: 10)
    try index.search(
      query.span, k: 10, parameters: search, filter: .equal("language", .text("en")), scratch: scratch, into: &answer)
    for rank in 0..<answer.count { found.append((answer[rank].id, answer[rank].distance)) }

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
    let parameters = try Parameters(
      ["nlist": "16", "storage": "lmdb"], declared: IVFPQIndex.declaration.build, kind: IVFPQIndex.declaration.kind)

    let stored = try PersistentIVFPQIndex.open(
      at: path, dimension: vectors.columns, metric: .euclidean, parameters: parameters, seed: 42)
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
