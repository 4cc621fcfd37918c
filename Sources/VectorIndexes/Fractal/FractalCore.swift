import VectorCore

/// A fractal index in memory: the tree, the lists, the codebooks, and the maintenance of all three.
///
/// `@unchecked Sendable`: `VectorIndex` forbids changes during searches, and searches only read.
final class FractalCore: @unchecked Sendable {
  /// The results of training, which are replaced together.
  struct Trained {
    let coder: ProductCoder
    /// Encodes buffers, so that searches can exclude most of their vectors by a bound on the distance; `nil` under a
    /// metric for which codes give no bound.
    let bounds: ScalarQuantizer?
  }

  let dimension: Int
  let metric: Metric
  let settings: FractalSettings
  let seed: UInt64
  let store: VectorStore
  let tree: ClusterTree
  /// The codebooks; `nil` before training.
  private(set) var trained: Trained?
  /// How often the codebooks have been trained.
  private(set) var trainings: Int
  let upkeep = Upkeep()
  /// The coding error of the codebooks; `nil` before training.
  var codingError: CodingError?
  /// The limit of outliers, and what is needed to recompute it.
  var outliers: FittedOutliers
  /// What searches for a recall go by.
  var margins: FittedMargins

  /// Makes an index with this tree; the caller fills the lists with its vectors afterwards.
  init(
    settings: FractalSettings, seed: UInt64, tree: ClusterTree, trained: Trained? = nil,
    codingError: CodingError? = nil, trainings: Int = 0, outliers: FittedOutliers? = nil,
    margins: FittedMargins = .unmeasured
  ) {
    dimension = tree.dimension
    metric = tree.metric
    self.settings = settings
    self.seed = seed
    self.tree = tree
    self.trained = trained
    self.outliers = outliers ?? FittedOutliers(dimension: tree.dimension)
    self.margins = margins
    self.codingError = codingError
    self.trainings = trainings
    store = VectorStore(growing: tree.dimension, metric: tree.metric)
    makeLists()
  }

  /// Makes an index with one empty cluster.
  convenience init(
    _ settings: FractalSettings, dimension: Int, metric: Metric, seed: UInt64, firstClusterID: UInt64 = 0
  ) {
    self.init(
      settings: settings, seed: seed,
      tree: ClusterTree(
        dimension: dimension, metric: metric, limits: settings.limits, seed: seed, firstID: firstClusterID))
  }

  /// Replaces the codebooks; coding errors are averaged from then on.
  func setTrained(_ new: Trained) {
    trained = new
    trainings += 1
    codingError = CodingError(trained: new.coder.reconstructionError)
  }

  var count: Int { store.count }

  var memoryBytes: Int { store.memoryBytes + tree.memoryBytes + (trained?.coder.memoryBytes ?? 0) }

  /// Figures for `IndexStatistics.figures`.
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
  /// Stores one vector per id, either all or none; the index need not be trained.
  ///
  /// - Throws: `IndexError`; `.clusterIDsExhausted` if the batch could need more cluster ids than are left.
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
      if !batch.replacingRows.isEmpty { take(id: ids[row]) }
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
      margins.countChange()
    }
    // A large batch is encoded at once. Otherwise every search would pay for each full buffer that it visits.
    if trained != nil, batch.rows.count >= settings.maxBuffer {
      for leaf in tree.leaves where store.lists[leaf.buffer].count > 0 { cascade(leaf, threads: threads) }
    }
    store.useHugePagesIfGrown(threads: threads)
    measureMarginsIfDue(threads: threads)
    return batch.newIDs
  }

  @discardableResult
  func remove(id: UInt64) -> Bool {
    let isRemoved = take(id: id)
    measureMarginsIfDue(threads: 1)
    return isRemoved
  }

  /// Removes a vector, without measuring margins.
  @discardableResult
  private func take(id: UInt64) -> Bool {
    guard let place = store.places[id] else { return false }
    margins.countChange()
    guard place.list != UInt32(Cluster.outliers) else { return store.remove(id: id) }
    let leaf = tree[Cluster.slot(ofList: Int(place.list))]
    let vector = keptVectors(of: Int(place.list), rows: [Int(place.offset)])
    store.remove(id: id)
    tree.remove(vector.baseAddress, from: leaf) { members(of: leaf) }
    shrink(leaf)
    return true
  }

  /// Merges a leaf that has lost vectors into a sibling if it has become too small, and lowers its split limit.
  func shrink(_ leaf: Cluster) {
    lowerRaisedLimit(of: leaf)
    if leaf.population == 0 {
      tree.removeLeaf(leaf)
    } else if leaf.population < settings.minLeaf {
      mergeIntoSibling(leaf)
    }
  }

  /// Refuses a change that could, for some vectors, need more cluster ids than are left.
  func checkClusterIDs(adding rows: Int) throws(IndexError) {
    // A leaf is split at most once per vector, and every split may split the clusters above.
    let clusters = (count + 2 * rows) * (2 * settings.limits.maxDepth + 3)
    guard UInt64.max - tree.nextID >= UInt64(clusters) else { throw .clusterIDsExhausted(next: tree.nextID) }
  }
}
