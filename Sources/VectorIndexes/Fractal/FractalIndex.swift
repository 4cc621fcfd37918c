import VectorCore

/// A hierarchical k-means tree that maintains itself: it starts as one cluster, and splits, merges and codes as vectors
/// come, go and drift.
///
/// **Structure.** The tree's leaves hold the vectors. Of each leaf, the newest vectors stand in a buffer as they came, the
/// others in postings: product codes about the mean of the training vectors, one coding for all leaves, so that vectors
/// move from leaf to leaf with the codes they have. (Codes of residuals from the leaves' centroids would have to be made
/// anew at each move; `ivf-pq` with `by_residual` on and off gains 0.0003 in recall by them among 58 k × 384 embeddings,
/// 0.011 among 1 M SIFT descriptors; only vectors in clusters that are far apart need a `refine` several times as large
/// for it.) Inner clusters hold their children's centroids side by side.
///
/// **Insertion.** A vector goes down, by a beam of two clusters a level, to the leaf with the nearest centroid (squared
/// L2, under every metric), is counted into the sums of all clusters above it, and joins the leaf's buffer. A buffer of
/// `max_buffer` vectors is coded and joins the postings (a *cascade*); so do all buffers at the end of a batch of as many.
/// A leaf of more than `max_leaf` vectors is *split* in two by 2-means, each part with an eighth of the vectors and twice
/// `min_leaf` at the least; then the vectors of the 32 leaves around it are *reassigned* to the nearest of these, which
/// keeps the leaves as good as k-means makes them. (1 M SIFT descriptors, recall@10 of 0.95: searches look at 30 000
/// vectors, without reassignment at 38 000, and with a beam of one besides at 42 000.) A cluster of more than
/// `max_children` children is split as a leaf is, and a root that is split gets a new root above it. In a tree of
/// `max_depth` levels whose clusters are full a leaf grows beyond `max_leaf` instead. So does a leaf whose vectors are all
/// equal; it is looked at again each time it has doubled, or half of it has been replaced.
///
/// **Removal.** An empty leaf goes away. A leaf of fewer than `min_leaf` vectors *merges* into the nearest of its sibling
/// leaves if the two together fit `max_leaf`. An inner cluster goes away whose children fill its parent to three quarters at
/// most, or of which one child is left.
///
/// **Search.** Level by level the `nprobe` clusters nearest to the query (by the metric's own distance) are kept, leaves
/// among them, until all are leaves. Their postings are scanned by estimates and the best measured exactly, as in
/// `ivf-pq`; buffers are measured exactly and compete on the same scale.
///
/// **Training.** The codebooks are trained on the first `train_size` vectors, which stay in buffers until then; or before
/// that by `train`. `retrain` fits them to what is stored by then and codes all postings anew, leaf by leaf; the tree stays.
/// With `refit` the index does so by itself when the mean error of the codes of new vectors has drifted that far from that
/// of the training vectors, a quarter of all vectors has been coded since, and there are `train_size`.
/// (photo-sift-1m in drifting order, recall@10 at nprobe 64 of 800 k: 0.96 with it, 0.27 without.)
///
/// **Invariants**, which `checkInvariants` checks. Each id is in one place, the postings or the buffer of one leaf.
/// Populations and sums add up along the tree, and a centroid is sum ÷ population: adding a vector and removing it leaves
/// no trace that a Float32 shows. Every inner cluster has 2 to `max_children` children, every leaf but the root has
/// vectors. Cluster ids grow and are never used again.
///
/// **Costs**, for n vectors, f = `max_children`, leaves of l vectors: an insertion descends in O(d·f·log_f(n/l)), coding
/// costs O(d·ksub) once a vector, and a split with its reassignment, O(32²·l·d), comes at most once in l/8 insertions:
/// amortised O(d·f·log n) in all. Removal: O(d·log n), and amortised O(d) for merges: after a split they need as many
/// removals as `min_leaf` or a sixteenth of `max_leaf`, unless `min_leaf` is more than a quarter of it. Memory: that of
/// `ivf-pq`, and d Float64 and d Float32 a cluster.
///
/// The same seed and history give the same tree, codes and answers, whatever the thread count. A batch gives the tree that
/// its rows give one by one where vectors are kept as they come (`refine_store` f32), only with more of them coded.
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
        "nprobe", .integer(1...Int.max), default: .integer(8), "leaves to look at, and clusters a level on the way"),
      ParameterDeclaration(
        "refine", .integer(0...1 << 20), default: .integer(10),
        "candidates a neighbour to measure exactly; 0, or without stored vectors: the order of the codes"),
    ])

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
    codingError: CodingError? = nil, trainings: Int = 0
  ) {
    dimension = tree.dimension
    metric = tree.metric
    self.configuration = configuration
    self.seed = seed
    self.tree = tree
    self.trained = trained
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
  /// (1 where all leaves are equal: the mean of their squared sizes ÷ the square of their mean size), `buffered` vectors;
  /// and of its upkeep so far: `cascades`, `coded_vectors`, `splits`, `merges`, `moved_vectors`, `reassigned_vectors`,
  /// `refits`, `refitted_vectors` and the seconds that each of them took. Once trained, `reconstruction_error` as in
  /// `ivf-pq`, and `coding_error`: the running mean of the same for the vectors that were coded since.
  public var statistics: IndexStatistics {
    var figures = upkeep.figures.merging(tree.figures) { own, _ in own }
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
      let leaf = tree.nearestLeaf(to: vector)
      tree.add(vector, to: leaf)
      store.insert(row, of: batch, vector: vector, sequencesFrom: first, list: leaf.buffer)
      if trained == nil, count >= configuration.trainSize {
        trainOnStored(threads: threads)
      } else {
        relieve(leaf, threads: threads)
        refitIfDrifted(threads: threads)
      }
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
    let leaf = tree[Cluster.slot(ofList: Int(place.list))]
    let vector = keptVectors(of: Int(place.list), rows: [Int(place.offset)])
    store.remove(id: id)
    tree.remove(vector.baseAddress, from: leaf) { members(of: leaf) }
    lowerSplitLimit(of: leaf)
    if leaf.population == 0 {
      tree.removeLeaf(leaf)
    } else if leaf.population < configuration.minLeaf {
      mergeIntoSibling(leaf)
    }
    return true
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
    answer.reset(k: k)
    try check(query, parameters, filter)
    let scratch = ProductScratch.of(scratch, for: self)
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
    try check(queries, parameters, filter)
    let scratch = ProductScratch.of(scratch, for: self)
    if let trained {
      try search(trained.coder, parameters, filter, scratch).find(queries, k: k, into: &answers)
    } else {
      search(parameters, filter, scratch).find(queries, k: k, into: &answers)
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
      refine: coding.keepsVectors ? parameters.values.integer("refine") : 0, scratch: scratch)
  }
}

extension ListSearch.Probe {
  fileprivate static func beam(of parameters: SearchParameters, in tree: ClusterTree) -> Self {
    .beam(parameters.values.integer("nprobe"), in: tree)
  }
}
