import VectorCore

/// The inverted file of product codes: vectors grouped by centroid and coded, the best candidates re-ranked exactly.
///
/// Outliers (`OutlierLimit`) are in no group: every search measures them, whatever it probes. Without stored vectors, they
/// are as far as their codes, which have a scale of their own, say.
///
/// Unchecked because the contract of `VectorIndex` keeps changes and searches apart; searches only read.
///
/// Source: Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33(1), 2011,
/// doi:10.1109/TPAMI.2010.57.
public final class IVFPQIndex: MutableVectorIndex, ClusteredIndex, StorableIndex, @unchecked Sendable {
  public static let declaration = IndexDeclaration(
    kind: "ivf-pq", summary: "inverted file of product codes, the best candidates re-ranked exactly",
    metrics: [.euclidean, .angular, .dot, .manhattan], build: IVFPQConfiguration.declarations,
    search: [
      ParameterDeclaration(
        "nprobe", .integer(1...Int.max), default: .auto,
        "lists to look at, nearest first; nlist looks at all; auto: \(standardNProbe), or what is stored with the index"
      ),
      Refinement.declarations[0],
      ParameterDeclaration(
        "diversity", .real(0...1), default: .real(0),
        "share of the lists' distance from each other in their choice; 0 takes the nearest"),
      Refinement.declarations[1],
    ])

  /// Lists that a search looks at which leaves it to the index, unless another number is stored with this.
  static let standardNProbe = 10

  /// What training makes, and what fills it; replaced as one.
  struct Trained {
    let quantizer: CoarseQuantizer
    let coder: ProductCoder
    let store: VectorStore
  }

  public let dimension: Int
  public let metric: Metric
  let configuration: IVFPQConfiguration
  let seed: UInt64
  var trained: Trained?

  /// Makes an empty, untrained index.
  ///
  /// - Throws: `IndexError.invalidParameter` for an `m` that does not divide the dimension or is odd with 4 bits, or
  ///   for a `train_size` from 1 to below `nlist` or the number of codewords, or for a `storage` other than memory.
  public init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    self.dimension = dimension
    self.metric = metric
    self.seed = seed
    configuration = try IVFPQConfiguration(parameters, dimension: dimension, metric: metric)
    try StorageChoice.checkIsMemory(parameters)
  }

  public static func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)? {
    StorageChoice.isFile(parameters) ? PersistentIVFPQIndex.self : nil
  }

  public var count: Int { trained?.store.count ?? 0 }

  /// With the figures of `ProductModel`, once trained.
  public var statistics: IndexStatistics {
    let memoryBytes = trained.map { $0.quantizer.memoryBytes + $0.coder.memoryBytes + $0.store.memoryBytes } ?? 0
    return IndexStatistics(
      kind: Self.declaration.kind, count: count, memoryBytes: memoryBytes,
      figures: trained.map { ProductModel(quantizer: $0.quantizer, coder: $0.coder).figures } ?? [:])
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
    let codes = trained.coder.encode(prepared, labels: labels, threads: threads)
    let spill = configuration.spill(
      of: prepared, labels: labels, in: trained.quantizer, by: trained.coder, threads: threads)
    trained.store.insert(batch, vectors: prepared, productCodes: codes, spill: spill, threads: threads) {
      Int(labels[$0])
    }
    return batch.newIDs
  }

  @discardableResult
  public func remove(id: UInt64) -> Bool { trained?.store.remove(id: id) ?? false }

  func requireTrained() throws(IndexError) -> Trained {
    guard let trained else { throw .notTrained(kind: Self.declaration.kind) }
    return trained
  }
}

// MARK: - Searching

extension IVFPQIndex {
  public func makeScratch() -> SearchScratch {
    ProductScratch(dimension: dimension, metric: metric, shape: configuration.shape)
  }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    let trained = try requireTrained()
    try check(query, k: k, parameters, filter)
    answer.reset(k: min(k, count))
    try search(trained, parameters, filter, scratch).find(query, into: &answer)
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    let trained = try requireTrained()
    try check(queries, k: k, parameters, filter)
    try search(trained, parameters, filter, scratch).find(queries, k: min(k, count), into: &answers)
  }

  private func search(
    _ trained: Trained, _ parameters: SearchParameters, _ filter: Filter?, _ scratch: SearchScratch
  ) -> ProductSearch<VectorStore> {
    ProductSearch(
      source: trained.store, quantizer: trained.quantizer, coder: trained.coder, configuration: configuration,
      parameters: parameters, filter: filter, scratch: .of(scratch, for: self, shape: configuration.shape))
  }
}
