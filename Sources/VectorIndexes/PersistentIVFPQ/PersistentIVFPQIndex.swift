import Foundation
import OrderedStore
import VectorCore

/// The inverted file of product codes that lives in an ordered store: `ivf-pq` with `storage` lmdb.
///
/// Model, searches and answers are those of `IVFPQIndex`: the same history gives the same neighbours. Codes and vectors
/// are read where the store has mapped them; the first search that looks at a list checks all its bytes, later ones
/// pay for nothing that an index in memory does not. In memory are centroids, codebooks and the addresses of the lists,
/// and after the first search with a filter the metadata.
///
/// Configuration, counts, centroids, codebooks, lists, vectors and metadata change together or not at all. Training is
/// a change like any other.
public final class PersistentIVFPQIndex: PersistentIndex, ClusteredIndex, @unchecked Sendable {
  public static let declaration = IVFPQIndex.declaration

  /// What is stored beside the lists.
  struct Contents {
    var count = 0
    var nextSequence: UInt64 = 0
    /// Lists that a search looks at which says nothing about it.
    var defaultNProbe = IVFPQIndex.standardNProbe
    /// Goes up with each training.
    var generation = 0
    var model: ProductModel?
  }

  public let dimension: Int
  public let metric: Metric
  public let isReadOnly: Bool
  let seed: UInt64
  let configuration: IVFPQConfiguration
  let layout: PostingLayout
  let store: any OrderedStore
  let place: StorePlace
  private let committedModel: CommittedModel
  /// The changes since the last commit, if there are any.
  private(set) var transaction: (any StoreTransaction)?
  /// The state that was last committed; nil after a commit until it is read.
  private var committedState: (any StoreSnapshot)?
  private var committed: Contents
  /// With the changes.
  private(set) var contents: Contents
  /// What searches read; nil after a change, until the next search.
  private var lists: StoredLists?
  /// Held by searches that make `lists`.
  private let lock = NSLock()

  /// The model that was last committed, which snapshots share.
  private final class CommittedModel: @unchecked Sendable {
    private let lock = NSLock()
    private var generation = 0
    private var model: ProductModel?

    subscript(generation: Int) -> ProductModel? {
      get { lock.withLock { generation == self.generation ? model : nil } }
      set { lock.withLock { (self.generation, model) = (generation, newValue) } }
    }
  }

  /// Makes an empty, untrained index without a file: in a `MemoryStore`, gone with the index.
  ///
  /// - Throws: as `IVFPQIndex`.
  public convenience init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError) {
    try self.init(
      openOrMake: MemoryStore(), at: "store in memory", dimension: dimension, metric: metric, parameters: parameters,
      seed: seed)
  }

  /// Opens the index in a store, or makes it where there is none.
  convenience init(
    openOrMake store: any OrderedStore, at path: String, dimension: Int, metric: Metric, parameters: Parameters,
    seed: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let configuration = try IVFPQConfiguration(parameters, dimension: dimension, metric: metric)
    let asked = StoredConfiguration(
      dimension: dimension, metric: metric, seed: seed, parameters: parameters, declared: Self.declaration.build,
      resolved: ["m": String(configuration.shape.m), "train_size": String(configuration.trainSize)])
    let place = StorePlace(path: path)
    let stored = try storing { () throws(StoreError) in
      try StoredConfiguration(StoredMeta(store.snapshot(), place: place), declared: Self.declaration.build)
    }
    if let stored {
      try stored.check(asked: asked, path: path)
    } else {
      try storing { () throws(StoreError) in
        try store.write { transaction throws(StoreError) in
          try asked.write(to: transaction)
          try Contents().write(to: transaction)
        }
      }
    }
    try self.init(store, at: place, is: asked, configuration, isReadOnly: false)
  }

  /// Opens the index that is in a store for reading.
  convenience init(readOnly store: any OrderedStore, at path: String) throws(IndexError) {
    let place = StorePlace(path: path)
    let stored = try storing { () throws(StoreError) in
      let meta = try StoredMeta(store.snapshot(), place: place)
      guard let stored = try StoredConfiguration(meta, declared: Self.declaration.build) else {
        throw place.corrupted(StoredTable.meta, "no configuration")
      }
      return stored
    }
    let parameters = try Parameters(
      stored.parameters, declared: Self.declaration.build, kind: Self.declaration.kind)
    let configuration = try IVFPQConfiguration(parameters, dimension: stored.dimension, metric: stored.metric)
    try self.init(store, at: place, is: stored, configuration, isReadOnly: true)
  }

  private convenience init(
    _ store: any OrderedStore, at place: StorePlace, is stored: StoredConfiguration,
    _ configuration: IVFPQConfiguration, isReadOnly: Bool
  ) throws(IndexError) {
    let snapshot = try storing { () throws(StoreError) in try store.snapshot() }
    let layout = PostingLayout(
      shape: configuration.shape, format: configuration.rowFormat(dimension: stored.dimension))
    try self.init(
      store, at: place, dimension: stored.dimension, metric: stored.metric, seed: stored.seed, configuration, layout,
      snapshot, CommittedModel(), isReadOnly: isReadOnly)
  }

  private init(
    _ store: any OrderedStore, at place: StorePlace, dimension: Int, metric: Metric, seed: UInt64,
    _ configuration: IVFPQConfiguration, _ layout: PostingLayout, _ snapshot: any StoreSnapshot,
    _ committedModel: CommittedModel, isReadOnly: Bool
  ) throws(IndexError) {
    self.store = store
    self.place = place
    self.dimension = dimension
    self.metric = metric
    self.seed = seed
    self.configuration = configuration
    self.layout = layout
    self.committedModel = committedModel
    self.isReadOnly = isReadOnly
    committedState = snapshot
    committed = try storing { () throws(StoreError) in
      var contents = try Contents(StoredMeta(snapshot, place: place))
      guard contents.generation > 0 else { return contents }
      contents.model = committedModel[contents.generation]
      if contents.model == nil {
        contents.model = try StoredModel.read(
          snapshot, place: place, configuration: configuration, dimension: dimension, metric: metric, threads: 1)
        committedModel[contents.generation] = contents.model
      }
      return contents
    }
    contents = committed
  }

  public func snapshot() throws(IndexError) -> PersistentIVFPQIndex {
    let snapshot = try storing { () throws(StoreError) in try store.snapshot() }
    return try PersistentIVFPQIndex(
      store, at: place, dimension: dimension, metric: metric, seed: seed, configuration, layout, snapshot,
      committedModel, isReadOnly: true)
  }

  public var count: Int { contents.count }

  public var isTrained: Bool { contents.model != nil }

  /// With the figures of `IVFPQIndex`; the bytes in memory are without the system's pages.
  public var statistics: IndexStatistics {
    let tables = lock.withLock { lists?.memoryBytes ?? 0 }
    return IndexStatistics(
      kind: Self.declaration.kind, count: count, memoryBytes: (contents.model?.memoryBytes ?? 0) + tables,
      diskBytes: (try? store.sizeOnDisk) ?? 0,
      figures: contents.model?.figures ?? [:])
  }

  /// Empty, too, where the file can't be read.
  public var clusterSizes: [Int] {
    guard let lists = try? currentLists(), (try? lists.loadAll()) != nil else { return [] }
    return (0..<lists.listCount - 1).map { lists.rows(of: UInt32($0)) }
  }

  func requireModel() throws(IndexError) -> ProductModel {
    guard let model = contents.model else { throw .notTrained(kind: Self.declaration.kind) }
    return model
  }

  /// What sees the changes of the open transaction, or the last commit.
  func reader() throws(IndexError) -> any StoreReader {
    if let transaction { return transaction }
    if let committedState { return committedState }
    let snapshot = try storing { () throws(StoreError) in try store.snapshot() }
    committedState = snapshot
    return snapshot
  }

  /// The lists as searches see them.
  func currentLists() throws(IndexError) -> StoredLists {
    let model = try requireModel()
    lock.lock()
    defer { lock.unlock() }
    if let lists { return lists }
    let lists = StoredLists(
      try reader(), place: place, layout: layout, metric: metric, lists: model.quantizer.listCount,
      hasEchoes: configuration.spills && model.quantizer.nlist > 1, count: contents.count,
      defaultNProbe: contents.defaultNProbe)
    self.lists = lists
    return lists
  }

  // MARK: Transactions

  /// Makes a change, in the open transaction or a new one.
  ///
  /// - Parameter body: gets the contents, with which searches go on when it has succeeded.
  /// - Throws: `IndexError.storage`; the whole transaction has then been undone.
  func change(
    _ body: (ListWriter, inout Contents) throws(StoreError) -> Void
  ) throws(IndexError) {
    guard !isReadOnly else { throw .storage(place.readOnly) }
    try storing { () throws(StoreError) in
      let transaction = if let transaction { transaction } else { try store.begin() }
      self.transaction = transaction
      lists = nil
      do throws(StoreError) {
        try body(ListWriter(transaction: transaction, place: place, layout: layout), &contents)
      } catch {
        abort()
        throw error
      }
    }
  }

  public func commit() throws(IndexError) {
    guard let transaction else { return }
    do throws(StoreError) {
      try contents.write(to: transaction)
      try transaction.commit()
      self.transaction = nil
      lists = nil
      committed = contents
      committedState = nil
      committedModel[contents.generation] = contents.model
    } catch {
      abort()
      throw .storage(error)
    }
  }

  public func abort() {
    guard let transaction else { return }
    transaction.abort()
    self.transaction = nil
    lists = nil
    contents = committed
  }
}

extension PersistentIVFPQIndex.Contents {
  private static let countName = "count"
  private static let nextSequenceName = "next_sequence"
  private static let defaultNProbeName = "default_nprobe"
  private static let generationName = "generation"

  /// All but the model.
  init(_ meta: StoredMeta) throws(StoreError) {
    count = try meta.value(Self.countName)
    nextSequence = try meta.value(Self.nextSequenceName)
    defaultNProbe = try meta.value(Self.defaultNProbeName)
    generation = try meta.value(Self.generationName)
  }

  /// All but the model, which is written when it is made.
  func write(to transaction: any StoreTransaction) throws(StoreError) {
    try StoredMeta.put(count, Self.countName, in: transaction)
    try StoredMeta.put(nextSequence, Self.nextSequenceName, in: transaction)
    try StoredMeta.put(defaultNProbe, Self.defaultNProbeName, in: transaction)
    try StoredMeta.put(generation, Self.generationName, in: transaction)
  }
}
