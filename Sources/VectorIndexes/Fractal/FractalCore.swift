import VectorCore

/// A fractal index in memory: the tree, the lists, the codebooks, and what keeps them in shape.
///
/// Unchecked because the contract of `VectorIndex` keeps changes and searches apart; searches only read.
final class FractalCore: @unchecked Sendable {
  /// What training makes; replaced as one.
  struct Trained {
    let coder: ProductCoder
    /// Codes buffers, so that searches can rule most of their vectors out; `nil` under a metric that codes can't bound.
    let bounds: ScalarQuantizer?
  }

  let dimension: Int
  let metric: Metric
  let settings: FractalSettings
  let seed: UInt64
  let store: VectorStore
  let tree: ClusterTree
  /// `nil` before training.
  private(set) var trained: Trained?
  /// How often codebooks have been trained.
  private(set) var trainings: Int
  let upkeep = Upkeep()
  /// `nil` before training.
  var codingError: CodingError?
  /// Which vectors are outliers, and how it was found.
  var outliers: FittedOutliers

  /// Takes a tree whose vectors are yet to be put into its lists.
  init(
    settings: FractalSettings, seed: UInt64, tree: ClusterTree, trained: Trained? = nil,
    codingError: CodingError? = nil, trainings: Int = 0, outliers: FittedOutliers? = nil
  ) {
    dimension = tree.dimension
    metric = tree.metric
    self.settings = settings
    self.seed = seed
    self.tree = tree
    self.trained = trained
    self.outliers = outliers ?? FittedOutliers(dimension: tree.dimension)
    self.codingError = codingError
    self.trainings = trainings
    store = VectorStore(growing: tree.dimension, metric: tree.metric)
    makeLists()
  }

  /// Begins with one empty cluster.
  convenience init(
    _ settings: FractalSettings, dimension: Int, metric: Metric, seed: UInt64, firstClusterID: UInt64 = 0
  ) {
    self.init(
      settings: settings, seed: seed,
      tree: ClusterTree(
        dimension: dimension, metric: metric, limits: settings.limits, seed: seed, firstID: firstClusterID))
  }

  /// Goes on with other codebooks, whose errors are counted from now on.
  func setTrained(_ new: Trained) {
    trained = new
    trainings += 1
    codingError = CodingError(trained: new.coder.reconstructionError)
  }

  var count: Int { store.count }

  var memoryBytes: Int { store.memoryBytes + tree.memoryBytes + (trained?.coder.memoryBytes ?? 0) }

  /// The figures of `IndexStatistics`.
  var figures: [String: Double] {
    var figures = upkeep.figures.merging(tree.figures) { own, _ in own }
    figures["outliers"] = Double(store.lists[Cluster.outliers].count)
    figures["buffered"] = Double(tree.leaves.reduce(0) { $0 + store.lists[$1.buffer].count })
    if let codingError { figures.merge(codingError.figures) { own, _ in own } }
    return figures
  }
}

// MARK: - Changing

extension FractalCore {
  /// Stores one vector per id, all or nothing; any vectors, trained or not.
  ///
  /// - Throws: `IndexError.clusterIDsExhausted` too, where the batch could need more clusters than there are ids left.
  @discardableResult
  func insertBatch(
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
      if trained == nil, count >= settings.trainSize {
        trainOnStored(threads: threads)
      } else {
        if let leaf { relieve(leaf, threads: threads) }
        refitIfDrifted(threads: threads)
      }
      outliers.countInsertion()
      refitOutliersIfDue(threads: threads)
    }
    // What comes in numbers need not wait for more: searches pay for each buffer that they meet.
    if trained != nil, batch.rows.count >= settings.maxBuffer {
      for leaf in tree.leaves where store.lists[leaf.buffer].count > 0 { cascade(leaf, threads: threads) }
    }
    return batch.newIDs
  }

  @discardableResult
  func remove(id: UInt64) -> Bool {
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
    } else if leaf.population < settings.minLeaf {
      mergeIntoSibling(leaf)
    }
  }

  /// Refuses a change in which, whatever the vectors, cluster ids could run out.
  func checkClusterIDs(adding rows: Int) throws(IndexError) {
    // A leaf is split no more often than it has vectors, and every split may split the clusters above it.
    let clusters = (count + 2 * rows) * (2 * settings.limits.maxDepth + 3)
    guard UInt64.max - tree.nextID >= UInt64(clusters) else { throw .clusterIDsExhausted(next: tree.nextID) }
  }
}
