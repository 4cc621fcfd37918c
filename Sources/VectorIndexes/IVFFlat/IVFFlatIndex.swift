import VectorCore

/// An inverted file: vectors grouped by their nearest centroid, searched by exact distances in the probed lists.
///
/// Outliers (`OutlierLimit`) are in no cluster: every search computes their distances, whichever lists it probes.
///
/// `@unchecked Sendable`: `VectorIndex` forbids changes during searches, and searches only read.
///
/// Source: Sivic and Zisserman, "Video Google", ICCV 2003, doi:10.1109/ICCV.2003.1238663.
public final class IVFFlatIndex: DeclaredIndex, MutableVectorIndex, ReadableVectorIndex, ClusteredIndex,
  @unchecked Sendable
{
  public static let declaration = IndexDeclaration(
    kind: "ivf-flat", summary: "inverted file: exact distances in the lists nearest to the query",
    metrics: Metric.allCases,
    build: Configuration.declarations, search: SearchSettings.declarations)

  /// The results of training, and the vectors stored under them; replaced together.
  private struct Trained {
    let quantizer: CoarseQuantizer
    let store: VectorStore
  }

  public let dimension: Int
  public let metric: Metric
  /// The configuration of the index, with the values that the index chose itself.
  public let configuration: Configuration
  private let seed: UInt64
  private var trained: Trained?

  /// Makes an empty, untrained index.
  ///
  /// - Parameter seed: the seed of all randomness of the index.
  /// - Throws: `IndexError.invalidParameter` as `Configuration.validate`, and `.unsupportedMetric`.
  public init(
    dimension: Int, metric: Metric, configuration: Configuration = Configuration(), seed: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    self.dimension = dimension
    self.metric = metric
    self.seed = seed
    self.configuration = try configuration.resolved()
  }

  public convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) {
    try self.init(dimension: dimension, metric: metric, configuration: Configuration(parameters), seed: seed)
  }

  /// The greatest number of training vectors.
  var trainSize: Int { configuration.trainSize! }

  public var count: Int { trained?.store.count ?? 0 }

  public var statistics: IndexStatistics {
    let memoryBytes = trained.map { $0.quantizer.memoryBytes + $0.store.memoryBytes } ?? 0
    return IndexStatistics(kind: Self.declaration.kind, count: count, memoryBytes: memoryBytes)
  }

  public var clusterSizes: [Int] { trained?.store.lists.dropLast().map(\.count) ?? [] }

  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    let trained = try requireTrained()
    let batch = try trained.store.plan(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: onConflict, threads: threads)
    let prepared = metric.prepare(vectors, threads: threads)
    let labels = trained.quantizer.assign(prepared, threads: threads)
    trained.store.insert(batch, vectors: prepared, threads: threads) { Int(labels[$0]) }
    return batch.newIDs
  }

  @discardableResult
  public func remove(id: UInt64) -> Bool { trained?.store.remove(id: id) ?? false }

  public func vector(of id: UInt64) -> [Float]? { trained?.store.vector(of: id) }

  public func metadata(of id: UInt64) -> Metadata? { trained?.store.metadata(of: id) }

  private func requireTrained() throws(IndexError) -> Trained {
    guard let trained else { throw .notTrained(kind: Self.declaration.kind) }
    return trained
  }
}

// MARK: - Training

extension IVFFlatIndex {
  public var isTrained: Bool { trained != nil }

  public func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    guard trained == nil else { throw .alreadyTrained(kind: Self.declaration.kind) }
    try vectors.check(dimension: dimension, threads: threads)
    let quantizer = try trainQuantizer(metric.prepare(vectors, threads: threads), threads: threads)
    trained = Trained(quantizer: quantizer, store: quantizer.makeStore(metric: metric))
  }

  public func retrain(threads: Int) throws(IndexError) {
    let store = try requireTrained().store
    guard store.count > 0 else { return }
    let order = store.placesBySequence()
    let vectors = store.vectors(at: order)
    let quantizer = try trainQuantizer(vectors, threads: threads)
    let labels = quantizer.assign(vectors, threads: threads)
    let regrouped = quantizer.makeStore(metric: metric)
    regrouped.adopt(store, order: order, labels: labels, threads: threads)
    trained = Trained(quantizer: quantizer, store: regrouped)
  }

  private func trainQuantizer(_ prepared: Matrix, threads: Int) throws(IndexError) -> CoarseQuantizer {
    try CoarseQuantizer.train(
      prepared, nlist: configuration.nlist, sampleSize: trainSize, maxIterations: configuration.niter, metric: metric,
      seed: seed,
      threads: threads)
  }
}

// MARK: - Searching

extension IVFFlatIndex {
  public func makeScratch() -> SearchScratch { ScanScratch(nearestLists: dimension, metric: metric) }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    let trained = try requireTrained()
    try check(query, k: k, parameters, filter)
    answer.reset(k: min(k, count))
    search(trained, parameters, k, filter, scratch).find(query, into: &answer)
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    let trained = try requireTrained()
    try check(queries, k: k, parameters, filter)
    search(trained, parameters, k, filter, scratch).find(queries, k: min(k, count), into: &answers)
  }

  private func search(
    _ trained: Trained, _ parameters: SearchParameters, _ k: Int, _ filter: Filter?, _ scratch: SearchScratch
  ) -> ListSearch<NearestLists> {
    let search = SearchSettings(parameters.values)
    let extent = ProbeExtent(
      nprobe: search.nprobe ?? Self.standardNProbe, recall: search.recall, k: k, rows: trained.store.count,
      margins: trained.quantizer.margins, lists: trained.quantizer.nlist)
    return ListSearch(
      store: trained.store, probe: NearestLists(extent, of: trained.quantizer), filter: filter,
      scratch: .of(scratch, for: self))
  }
}
