import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

// parity: S3.14
@Suite struct ReadableVectorIndexTests {
  typealias Readable = MutableVectorIndex & ReadableVectorIndex

  /// Every index, filled with 300 vectors of which id 7 is replaced and id 9 removed, those with metadata that are even.
  private func filled(_ index: some Readable, _ vectors: Matrix) throws {
    try (index as? any TrainableIndex)?.train(vectors, threads: 1)
    try index.insertBatch(
      ids: (0..<300).map(UInt64.init), vectors: vectors,
      metadata: (0..<300).map { $0 % 2 == 0 ? ["number": .integer(Int64($0))] : [:] }, onConflict: .fail, threads: 1)
    try index.insert(id: 7, vector: vectors.array(0), metadata: ["new": .boolean(true)], onConflict: .replace)
    try index.remove(id: 9)
  }

  private func check(_ index: some Readable, _ vectors: Matrix, within tolerance: Float = 0) throws {
    for id in [0, 7, 128, 299] as [UInt64] {
      let expected = vectors.array(id == 7 ? 0 : Int(id))
      let found = try #require(try index.vector(of: id))
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }, "id \(id)")
      #expect(found.count == expected.count)
    }
    #expect(try index.vector(of: 9) == nil && index.vector(of: 300) == nil)
    #expect(try index.metadata(of: 9) == nil && index.metadata(of: 300) == nil)
    #expect(try index.metadata(of: 128) == ["number": .integer(128)])
    #expect(try index.metadata(of: 299) == [:] && index.metadata(of: 7) == ["new": .boolean(true)])
  }

  private let vectors = RandomVectors.clustered.matrix(300, dimension: 8, seed: 3)

  @Test func vectorsAndMetadataAreReadBack() throws {
    let flat = try FlatIndex(dimension: 8, metric: .euclidean)
    #expect(flat.vector(of: 1) == nil)
    try filled(flat, vectors)
    try check(flat, vectors)
    let ivfFlat = try IVFFlatIndex(dimension: 8, metric: .dot, configuration: .init(nlist: 4), seed: 1)
    #expect(ivfFlat.vector(of: 1) == nil && ivfFlat.metadata(of: 1) == nil)
    try filled(ivfFlat, vectors)
    try check(ivfFlat, vectors)
  }

  /// Codes are near the vectors, to half of what these differ by.
  @Test(arguments: [(.f32, 0), (.f16, 0.01), (.sq8, 0.02), (.none, 1)] as [(ProductCodeOptions.RefineStore, Float)])
  func indexesOfCodesGiveWhatTheyKeep(store: ProductCodeOptions.RefineStore, tolerance: Float) throws {
    let folder = try TemporaryFolder()
    let codes = ProductCodeOptions(m: 8, refineStore: store)
    let base = IVFPQIndex.Configuration(nlist: 4, codes: codes)
    let tree = FractalIndex.Configuration(maxLeaf: 80, minLeaf: 10, maxBuffer: 16, codes: codes)
    let memory = try IVFPQIndex(dimension: 8, metric: .euclidean, configuration: base, seed: 1)
    #expect(try memory.vector(of: 1) == nil && memory.metadata(of: 1) == nil)
    let file = try PersistentIVFPQIndex.open(
      at: folder.path + "/1", dimension: 8, metric: .euclidean, configuration: base, seed: 1)
    let fractal = try FractalIndex(dimension: 8, metric: .euclidean, configuration: tree, seed: 1)
    let stored = try PersistentFractalIndex.open(
      at: folder.path + "/2", dimension: 8, metric: .euclidean, configuration: tree, seed: 1)
    let memtable = try MemTableIndex(
      dimension: 8, metric: .euclidean,
      configuration: .init(
        base: base, memtables: .init(overflow: .skipList, capacityFactor: 1, maxRows: 64, mostFrozen: 1)),
      seed: 1)
    for index in [memory, file, fractal, stored, memtable] as [any Readable] {
      try filled(index, vectors)
      try check(index, vectors, within: tolerance)
    }
    try file.commit()
    try check(file.snapshot(), vectors, within: tolerance)
    try stored.commit()
    try check(stored.snapshot(), vectors, within: tolerance)
    try memtable.retrain(threads: 1)
    try check(memtable, vectors, within: tolerance)
  }

  @Test func hitsCarryMetadata() throws {
    let index = try FlatIndex(dimension: 8, metric: .euclidean)
    try filled(index, vectors)
    let parameters = SearchParameters(try Parameters(declared: [], kind: "flat"))
    let hits = try index.hits(vectors.array(128), k: 3, parameters: parameters)
    #expect(hits.count == 3 && hits[0].neighbor.id == 128 && hits[0].metadata == ["number": .integer(128)])
    let found = try index.find(vectors.array(128), k: 3, parameters: parameters)
    #expect(hits.map(\.neighbor) == found)
    let odd = try index.hits(
      vectors.array(128), k: 2, parameters: parameters, filter: .not(.greaterOrEqual("number", .integer(0))))
    #expect(odd.allSatisfy { $0.neighbor.id % 2 == 1 })
  }

  /// Under angular a vector is kept at unit length.
  @Test func underAngularTheDirectionIsKept() throws {
    let index = try FlatIndex(dimension: 2, metric: .angular)
    try index.insert(id: 1, vector: [3, 4])
    #expect(index.vector(of: 1) == [0.6, 0.8])
  }
}
