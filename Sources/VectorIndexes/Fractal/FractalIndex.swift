import VectorCore

/// A hierarchical k-means tree that maintains itself: it starts as one cluster, and splits, merges and codes as vectors
/// come, go and drift.
///
/// Structure, upkeep, training, invariants and costs are explained in `VectorIndexes.docc/Fractal.md`.
///
/// Unchecked because the contract of `VectorIndex` keeps changes and searches apart; searches only read.
public final class FractalIndex: MutableVectorIndex, ClusteredIndex, SelfTrainingIndex, StorableIndex,
  @unchecked Sendable
{
  public static let declaration = IndexDeclaration(
    kind: "fractal", summary: "hierarchical k-means tree that maintains itself as vectors come and go",
    metrics: [.euclidean, .angular, .dot, .manhattan], build: FractalConfiguration.declarations,
    search: [
      ParameterDeclaration(
        "nprobe", .integer(1...Int.max), default: .integer(8), "leaves to look at, and clusters a level on the way")
    ] + Refinement.declarations)

  /// What training makes; replaced as one.
  struct Trained {
    let coder: ProductCoder
    /// Codes buffers, so that searches can rule most of their vectors out; nil under a metric that codes can't bound.
    let bounds: ScalarQuantizer?
  }

  public let dimension: Int
  public let metric: Metric
  let configuration: FractalConfiguration
  let seed: UInt64
  let store: VectorStore
  let tree: ClusterTree
  /// Nil until then.
  private(set) var trained: Trained?
  /// How often codebooks have been trained.
  private(set) var trainings: Int
  let upkeep = Upkeep()
  /// Nil until trained.
  var codingError: CodingError?
  /// Which vectors are outliers, and how it was found.
  var outliers: FittedOutliers

  /// Makes an empty index of one cluster.
  ///
  /// - Throws: `IndexError.invalidParameter` for an `m` that does not divide the dimension or is odd with 4 bits, a
  ///   `min_leaf` above half of `max_leaf`, a `train_size` from 1 to below the number of codewords, or a `refit` that
  ///   can't be.
  public convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) {
    try StorageChoice.checkIsMemory(parameters)
    try self.init(dimension: dimension, metric: metric, parameters: parameters, seed: seed, firstClusterID: 0)
  }

  public static func persistentType(for parameters: Parameters) -> (any PersistentIndex.Type)? {
    StorageChoice.isFile(parameters) ? PersistentFractalIndex.self : nil
  }

  convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64, firstClusterID: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let configuration = try FractalConfiguration(parameters, dimension: dimension, metric: metric)
    self.init(
      configuration: configuration, seed: seed,
      tree: ClusterTree(
        dimension: dimension, metric: metric, limits: configuration.limits, seed: seed, firstID: firstClusterID))
  }

  /// Makes an index of a tree whose vectors are yet to be put into its lists.
  init(
    configuration: FractalConfiguration, seed: UInt64, tree: ClusterTree, trained: Trained? = nil,
    codingError: CodingError? = nil, trainings: Int = 0, outliers: FittedOutliers? = nil
  ) {
    dimension = tree.dimension
    metric = tree.metric
    self.configuration = configuration
    self.seed = seed
    self.tree = tree
    self.trained = trained
    self.outliers = outliers ?? FittedOutliers(dimension: tree.dimension)
    self.codingError = codingError
    self.trainings = trainings
    store = VectorStore(growing: tree.dimension, metric: tree.metric)
    makeLists()
  }

  /// Goes on with other codebooks, whose errors are counted from now on.
  func setTrained(_ new: Trained) {
    trained = new
    trainings += 1
    codingError = CodingError(trained: new.coder.reconstructionError)
  }

  public var count: Int { store.count }

  /// Vectors in each leaf; one leaf of none in an empty index.
  public var clusterSizes: [Int] { tree.leaves.map(\.population) }

  /// With figures of the tree: `depth`, `clusters`, `leaves`, `leaf_fill` (their mean share of `max_leaf`), `imbalance`
  /// (1 where all leaves are equal: the mean of their squared sizes ÷ the square of their mean size), `buffered` vectors,
  /// `outliers`;
  /// and of its upkeep so far: `cascades`, `coded_vectors`, `splits`, `merges`, `moved_vectors`, `reassigned_vectors`,
  /// `refits`, `refitted_vectors` and the seconds that each of them took. Once trained, `reconstruction_error` as in
  /// `ivf-pq`, and `coding_error`: the running mean of the same for the vectors that were coded since.
  public var statistics: IndexStatistics {
    var figures = upkeep.figures.merging(tree.figures) { own, _ in own }
    figures["outliers"] = Double(store.lists[Cluster.outliers].count)
    figures["buffered"] = Double(tree.leaves.reduce(0) { $0 + store.lists[$1.buffer].count })
    if let codingError { figures.merge(codingError.figures) { own, _ in own } }
    return IndexStatistics(
      kind: Self.declaration.kind, count: count,
      memoryBytes: store.memoryBytes + tree.memoryBytes + (trained?.coder.memoryBytes ?? 0), figures: figures)
  }
}

// MARK: - Changing

extension FractalIndex {
  /// Stores one vector per id, all or nothing; any vectors, trained or not.
  ///
  /// - Throws: `IndexError.clusterIDsExhausted` too, where the batch could need more clusters than there are ids left.
  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    let batch = try store.plan(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: onConflict, threads: threads)
    try checkClusterIDs(adding: batch.rows.count)
    let prepared = metric.prepare(vectors, threads: threads)
    let first = store.takeSequences(ids.count)
    for row in batch.rows {
      if !batch.replacingRows.isEmpty { remove(id: ids[row]) }
      let vector = prepared.baseAddress + row * dimension
      let leaf = outliers.limit.isOutlier(vector) ? nil : tree.nearestLeaf(to: vector)
      if let leaf { tree.add(vector, to: leaf) }
      store.insert(
        row, of: batch, vector: vector, sequencesFrom: first, list: leaf?.buffer ?? Cluster.outliers)
      if trained == nil, count >= configuration.trainSize {
        trainOnStored(threads: threads)
      } else {
        if let leaf { relieve(leaf, threads: threads) }
        refitIfDrifted(threads: threads)
      }
      outliers.countInsertion()
      refitOutliersIfDue(threads: threads)
    }
    // What comes in numbers need not wait for more: searches pay for each buffer that they meet.
    if trained != nil, batch.rows.count >= configuration.maxBuffer {
      for leaf in tree.leaves where store.lists[leaf.buffer].count > 0 { cascade(leaf, threads: threads) }
    }
    return batch.newIDs
  }

  @discardableResult
  public func remove(id: UInt64) -> Bool {
    guard let place = store.places[id] else { return false }
    guard place.list != UInt32(Cluster.outliers) else { return store.remove(id: id) }
    let leaf = tree[Cluster.slot(ofList: Int(place.list))]
    let vector = keptVectors(of: Int(place.list), rows: [Int(place.offset)])
    store.remove(id: id)
    tree.remove(vector.baseAddress, from: leaf) { members(of: leaf) }
    shrink(leaf)
    return true
  }

  /// Looks after a leaf that has lost vectors.
  func shrink(_ leaf: Cluster) {
    lowerSplitLimit(of: leaf)
    if leaf.population == 0 {
      tree.removeLeaf(leaf)
    } else if leaf.population < configuration.minLeaf {
      mergeIntoSibling(leaf)
    }
  }

  /// Refuses a change in which, whatever the vectors, cluster ids could run out.
  func checkClusterIDs(adding rows: Int) throws(IndexError) {
    // A leaf is split no more often than it has vectors, and every split may split the clusters above it.
    let clusters = (count + 2 * rows) * (2 * configuration.limits.maxDepth + 3)
    guard UInt64.max - tree.nextID >= UInt64(clusters) else { throw .clusterIDsExhausted(next: tree.nextID) }
  }
}

// MARK: - Searching

extension FractalIndex {
  public func makeScratch() -> SearchScratch {
    ProductScratch(dimension: dimension, metric: metric, shape: configuration.coding.shape)
  }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    try check(query, k: k, parameters, filter)
    answer.reset(k: min(k, count))
    let scratch = ProductScratch.of(scratch, for: self, shape: configuration.coding.shape)
    if let trained {
      try search(trained.coder, parameters, filter, scratch).find(query, into: &answer)
    } else {
      search(parameters, filter, scratch).find(query, into: &answer)
    }
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    try check(queries, k: k, parameters, filter)
    let scratch = ProductScratch.of(scratch, for: self, shape: configuration.coding.shape)
    if let trained {
      try search(trained.coder, parameters, filter, scratch).find(queries, k: min(k, count), into: &answers)
    } else {
      search(parameters, filter, scratch).find(queries, k: min(k, count), into: &answers)
    }
  }

  private func search(
    _ coder: ProductCoder, _ parameters: SearchParameters, _ filter: Filter?, _ scratch: ProductScratch
  ) -> ProductSearch<VectorStore> {
    ProductSearch(
      source: store, tree: tree, coder: coder, coding: configuration.coding, parameters: parameters, filter: filter,
      scratch: scratch)
  }

  /// Before there are codes: all vectors are in buffers.
  private func search(_ parameters: SearchParameters, _ filter: Filter?, _ scratch: ProductScratch) -> ListSearch {
    ListSearch(store: store, probe: .beam(of: parameters, in: tree), filter: filter, scratch: scratch.scan)
  }
}

extension ProductSearch {
  /// A search of the leaves nearest to the query, as its parameters ask for it.
  init(
    source: Source, tree: ClusterTree, coder: ProductCoder, coding: ProductCoding, parameters: SearchParameters,
    filter: Filter?, scratch: ProductScratch
  ) {
    self.init(
      source: source, coder: coder, shape: coding.shape, probe: .beam(of: parameters, in: tree), filter: filter,
      refinement: Refinement(parameters.values, keepsVectors: coding.keepsVectors), scratch: scratch)
  }
}

extension ListSearch.Probe {
  fileprivate static func beam(of parameters: SearchParameters, in tree: ClusterTree) -> Self {
    .beam(parameters.values.integer("nprobe"), in: tree)
  }
}
