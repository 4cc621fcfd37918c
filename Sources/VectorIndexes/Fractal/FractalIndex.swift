import VectorCore

/// A hierarchical k-means tree that maintains itself while vectors are inserted and removed.
///
/// It starts as one cluster. It splits and merges clusters, encodes vectors, and trains again when the data drift.
///
/// The article `VectorIndexes.docc/Fractal.md` explains structure, maintenance, training, invariants and costs.
///
/// An instance of this class is in memory. A `PersistentFractalIndex` is in a file and adds transactions. Both run the
/// same code over another `FractalStore`: the same history gives the same neighbours.
///
/// `@unchecked Sendable`: `VectorIndex` forbids changes during searches, and searches only read.
public class FractalIndex: MutableVectorIndex, ReadableVectorIndex, ClusteredIndex, SelfTrainingIndex, StorableIndex,
  InspectableIndex, @unchecked Sendable
{
  public static let declaration = IndexDeclaration(
    kind: "fractal", summary: "hierarchical k-means tree that maintains itself as vectors come and go",
    metrics: [.euclidean, .angular, .dot, .manhattan],
    build: Configuration.declarations + [StorageChoice.declaration], search: SearchSettings.declarations)

  public let dimension: Int
  public let metric: Metric
  let settings: FractalSettings
  let storage: any FractalStore

  /// Makes an empty index with one cluster in memory.
  ///
  /// - Parameter seed: the seed of all randomness of the index.
  /// - Throws: `IndexError.invalidParameter` as `Configuration.validate`, and `.unsupportedMetric`.
  public convenience init(
    dimension: Int, metric: Metric, configuration: Configuration = Configuration(), seed: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let settings = try FractalSettings(configuration, dimension: dimension, metric: metric)
    self.init(settings, FractalCore(settings, dimension: dimension, metric: metric, seed: seed))
  }

  /// Makes an empty index with one cluster in memory; the parameter `storage` must ask for memory.
  public required convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) {
    try self.init(dimension: dimension, metric: metric, configuration: Configuration(parameters), seed: seed)
    try StorageChoice.checkIsMemory(parameters)
  }

  /// Makes an index from contents in memory.
  convenience init(_ settings: FractalSettings, _ core: FractalCore) {
    self.init(settings, dimension: core.dimension, metric: core.metric, storage: core)
  }

  init(_ settings: FractalSettings, dimension: Int, metric: Metric, storage: any FractalStore) {
    self.settings = settings
    self.dimension = dimension
    self.metric = metric
    self.storage = storage
  }

  /// The configuration of the index, with the values that the index chose itself.
  public var configuration: Configuration { settings.configuration }

  public static func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)? {
    StorageChoice.isFile(parameters) ? PersistentFractalIndex.self : nil
  }

  public static func inspect(file path: String) throws(IndexError) -> IndexInspection? {
    try PersistentFractalIndex.inspect(store: path)
  }

  public static func compact(file path: String) throws(IndexError) -> Bool {
    try PersistentFractalIndex.compact(store: path)
  }

  public var count: Int { storage.count }

  /// Whether there are codebooks. Without them the index stores and finds vectors too, without codes.
  public var isTrained: Bool {
    switch try? storage.content {
    case .memory(let core): core.trained != nil
    case .mapped: true
    case nil: false
    }
  }

  /// Vectors in each leaf; one leaf of none in an empty index. Empty where the file of the index can't be read.
  public var clusterSizes: [Int] { (try? readClusterSizes()) ?? [] }

  /// Vectors in each leaf, or what keeps the file of the index from being read.
  public func readClusterSizes() throws(IndexError) -> [Int] { try storage.content.tree.leaves.map(\.population) }

  /// With figures of the tree: `depth`, `clusters`, `leaves`, `fan_out` (the mean number of children of the other
  /// clusters), `leaf_fill` (the leaves' mean share of `max_leaf`), `imbalance` (`ClusterStatistics.imbalance` of the
  /// leaves), `buffered` vectors, `outliers`;
  /// and of its upkeep so far: `cascades`, `coded_vectors`, `splits`, `merges`, `moved_vectors`, `reassigned_vectors`,
  /// `refits`, `refitted_vectors`, `measurements` of margins, `measured_vectors`, and the seconds that each of them took.
  ///
  /// Once trained: `reconstruction_error` as in `ivf-pq`, and `coding_error`, its running mean for the vectors encoded
  /// since.
  ///
  /// For an index in a file, maintenance counts from the opening for writing. An index opened for reading has no
  /// figures `buffered` and `outliers`.
  public var statistics: IndexStatistics {
    let content = try? storage.content
    return IndexStatistics(
      kind: Self.declaration.kind, count: count, memoryBytes: content?.memoryBytes ?? 0, diskBytes: storage.diskBytes,
      figures: content?.figures ?? [:])
  }
}

// MARK: - Changing

extension FractalIndex {
  /// Stores one vector per id, either all or none; the index need not be trained.
  ///
  /// - Throws: `IndexError`; `.clusterIDsExhausted` if the batch could need more cluster ids than are left.
  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    try storage.change(ids) { core throws(IndexError) in
      try core.insertBatch(
        ids: ids, vectors: vectors, metadata: metadata, onConflict: onConflict, threads: threads)
    }
  }

  @discardableResult
  public func remove(id: UInt64) throws(IndexError) -> Bool {
    try storage.change([id]) { core in core.remove(id: id) }
  }

  /// Trains the codebooks before the first insertion, or earlier than the index would train itself.
  ///
  /// - Throws: `IndexError` when already trained; for vectors that are fewer than the codewords, of another dimension
  ///   or not finite; or when cluster ids could run out. The index is then unchanged.
  public func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    try storage.change([]) { core throws(IndexError) in try core.train(vectors, threads: threads) }
  }

  /// Trains the codebooks on the stored vectors in order of insertion, and encodes all postings again, leaf by leaf.
  ///
  /// The tree stays unchanged. If no vectors are stored (`refine_store` none), the vectors decoded from the codes are
  /// used instead. An untrained index becomes trained. An empty index is left as it is.
  ///
  /// - Throws: `IndexError` if there are fewer vectors than codewords, or if cluster ids could run out. The index is
  ///   then unchanged.
  public func retrain(threads: Int) throws(IndexError) {
    try storage.change([]) { core throws(IndexError) in try core.retrain(threads: threads) }
  }
}

// MARK: - Reading back

extension FractalIndex {
  /// The vector of an id as it is stored (`codes.refineStore`), or decoded from its code; exact while it is in a
  /// buffer.
  ///
  /// - Complexity: O(d). For an index in a file opened for reading O(n), because it has no table of ids.
  public func vector(of id: UInt64) throws(IndexError) -> [Float]? {
    switch try storage.content {
    case .memory(let core): core.vector(of: id)
    case .mapped(let stored): try stored.vector(of: id)
    }
  }

  /// - Complexity: as `vector(of:)`.
  public func metadata(of id: UInt64) throws(IndexError) -> Metadata? {
    switch try storage.content {
    case .memory(let core): core.store.metadata(of: id)
    case .mapped(let stored): try stored.metadata(of: id)
    }
  }
}
