import VectorCore

/// The exact index: every search compares the query with every vector that the filter accepts.
///
/// `@unchecked Sendable`: `VectorIndex` forbids changes during searches, and searches only read.
public final class FlatIndex: DeclaredIndex, MutableVectorIndex, ReadableVectorIndex, @unchecked Sendable {
  public static let declaration = IndexDeclaration(
    kind: "flat", summary: "exact: compares the query with every vector", metrics: Metric.allCases,
    build: [], search: [])

  public let dimension: Int
  public let metric: Metric
  private let store: VectorStore

  /// Makes an empty index, which has no build parameters and uses no randomness.
  public convenience init(dimension: Int, metric: Metric) throws(IndexError) {
    try self.init(
      dimension: dimension, metric: metric,
      parameters: Parameters(declared: Self.declaration.build, kind: Self.declaration.kind), seed: 0)
  }

  public init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    self.dimension = dimension
    self.metric = metric
    store = VectorStore(flat: dimension, metric: metric, projects: true)
  }

  public var count: Int { store.count }

  public var statistics: IndexStatistics {
    IndexStatistics(kind: Self.declaration.kind, count: count, memoryBytes: store.memoryBytes)
  }

  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    let batch = try store.plan(ids: ids, vectors: vectors, metadata: metadata, onConflict: onConflict, threads: threads)
    store.insert(batch, vectors: metric.prepare(vectors, threads: threads), threads: threads) { _ in 0 }
    return batch.newIDs
  }

  @discardableResult
  public func remove(id: UInt64) -> Bool { store.remove(id: id) }

  public func vector(of id: UInt64) -> [Float]? { store.vector(of: id) }

  public func metadata(of id: UInt64) -> Metadata? { store.metadata(of: id) }

  public func makeScratch() -> SearchScratch { ScanScratch(dimension: dimension, metric: metric) }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    try check(query, k: k, parameters, filter)
    answer.reset(k: min(k, count))
    search(filter, scratch).find(query, into: &answer)
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    try check(queries, k: k, parameters, filter)
    search(filter, scratch).find(queries, k: min(k, count), into: &answers)
  }

  private func search(_ filter: Filter?, _ scratch: SearchScratch) -> ListSearch<AllLists> {
    ListSearch(store: store, probe: AllLists(), filter: filter, scratch: .of(scratch, for: self))
  }
}
