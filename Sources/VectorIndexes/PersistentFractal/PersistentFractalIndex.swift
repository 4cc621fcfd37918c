import Foundation
import OrderedStore
import VectorCore

/// The fractal index that lives in an ordered store: `fractal` with `storage` lmdb.
///
/// Tree, codes and answers are those of `FractalIndex`: the same history gives the same neighbours. An index that was
/// opened for writing is one in memory, read when it is opened; a commit writes what has changed since the last one: the
/// clusters on the paths of the changes, the rows of lists that have moved, whole buffers, metadata, and the codebooks
/// after a training. All of it gets into the file together or not at all, and readers see nothing before: a split moves
/// vectors in the writer's memory and takes no reader's time.
///
/// An index that was opened for reading, and a snapshot, has the tree in memory and reads postings and vectors where the
/// store has mapped them; the first search that looks at a leaf checks all its bytes. (Without codebooks, when all
/// vectors are in buffers, it has them all in memory.)
///
/// Opening for writing, and `abort`, take O(n·d); opening for reading O(clusters·d).
public final class PersistentFractalIndex: PersistentIndex, ClusteredIndex, SelfTrainingIndex, @unchecked Sendable {
  public static let declaration = FractalIndex.declaration

  /// What answers searches.
  enum Content {
    case memory(FractalIndex)
    case mapped(StoredFractal)
  }

  public let isReadOnly: Bool
  let file: FractalFile
  /// Fails only when an abort could not read the file.
  private(set) var content: Result<Content, IndexError>
  /// What was last committed; nil in one for reading.
  private var committed: FractalContents?
  private(set) var isChanged = false
  /// The ids whose metadata may have changed since.
  private var changedMetadata: Set<UInt64> = []

  public var dimension: Int { file.dimension }
  public var metric: Metric { file.metric }

  /// Makes an empty index without a file: in a `MemoryStore`, gone with the index.
  ///
  /// - Throws: as `FractalIndex`.
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
    let configuration = try FractalConfiguration(parameters, dimension: dimension, metric: metric)
    let asked = StoredConfiguration(
      dimension: dimension, metric: metric, seed: seed, parameters: parameters, declared: Self.declaration.build,
      resolved: ["m": String(configuration.coding.shape.m), "train_size": String(configuration.trainSize)])
    let file = FractalFile(
      store: store, place: StorePlace(path: path), dimension: dimension, metric: metric, seed: seed,
      configuration: configuration)
    if let stored = try file.stored() {
      try stored.check(asked: asked, path: path)
    } else {
      let empty = FractalIndex(
        configuration: configuration, seed: seed,
        tree: ClusterTree(dimension: dimension, metric: metric, limits: configuration.limits, seed: seed))
      try storing { () throws(StoreError) in
        try store.write { transaction throws(StoreError) in
          try asked.write(to: transaction)
          _ = try file.write(empty, since: nil, metadata: [], to: transaction)
        }
      }
    }
    try self.init(writing: file)
  }

  /// Opens the index that is in a store for reading.
  convenience init(readOnly store: any OrderedStore, at path: String) throws(IndexError) {
    try self.init(reading: try FractalFile(in: store, at: path))
  }

  private init(writing file: FractalFile) throws(IndexError) {
    self.file = file
    isReadOnly = false
    let (index, contents) = try storing { () throws(StoreError) in try file.read(file.store.snapshot()) }
    content = .success(.memory(index))
    committed = contents
  }

  private init(reading file: FractalFile) throws(IndexError) {
    self.file = file
    isReadOnly = true
    content = .success(
      try storing { () throws(StoreError) in
        let snapshot = try file.store.snapshot()
        let contents = try FractalContents(snapshot, place: file.place)
        guard let trained = try file.readTrained(snapshot, contents) else {
          return .memory(try file.read(snapshot).index)
        }
        return .mapped(try StoredFractal(file, snapshot, contents, trained))
      })
  }

  public func snapshot() throws(IndexError) -> PersistentFractalIndex { try PersistentFractalIndex(reading: file) }

  // MARK: Transactions

  /// Makes a change of the index in memory, which the next commit writes.
  ///
  /// - Parameter ids: of vectors whose metadata may change.
  func change<Change>(
    metadata ids: some Sequence<UInt64>, _ body: (FractalIndex) throws(IndexError) -> Change
  ) throws(IndexError) -> Change {
    guard !isReadOnly, case .memory(let index) = try content.get() else { throw .storage(file.place.readOnly) }
    let change = try body(index)
    changedMetadata.formUnion(ids)
    isChanged = true
    return change
  }

  public func commit() throws(IndexError) {
    guard isChanged, case .memory(let index) = try content.get() else { return }
    do throws(StoreError) {
      committed = try file.store.write { transaction throws(StoreError) in
        try file.write(index, since: committed, metadata: changedMetadata, to: transaction)
      }
    } catch {
      abort()
      throw .storage(error)
    }
    index.settle()
    isChanged = false
    changedMetadata = []
  }

  public func abort() {
    guard isChanged else { return }
    isChanged = false
    changedMetadata = []
    do throws(IndexError) {
      let (index, contents) = try storing { () throws(StoreError) in try file.read(file.store.snapshot()) }
      content = .success(.memory(index))
      committed = contents
    } catch {
      content = .failure(error)
    }
  }
}

extension FractalIndex {
  /// Notes that all of this is written down.
  fileprivate func settle() {
    for list in store.lists { list.settle() }
    for case let cluster? in tree.clusters { cluster.isChanged = false }
  }
}

// MARK: - What it holds

extension PersistentFractalIndex {
  public var count: Int {
    switch content {
    case .success(.memory(let index)): index.count
    case .success(.mapped(let stored)): stored.count
    case .failure: committed?.count ?? 0
    }
  }

  public var isTrained: Bool {
    switch content {
    case .success(.memory(let index)): index.isTrained
    case .success(.mapped): true
    case .failure: false
    }
  }

  public var clusterSizes: [Int] {
    switch content {
    case .success(.memory(let index)): index.clusterSizes
    case .success(.mapped(let stored)): stored.tree.leaves.map(\.population)
    case .failure: []
    }
  }

  /// With the figures of `FractalIndex`; of its upkeep, what has been since the file was opened for writing, and without
  /// `buffered` in an index for reading.
  public var statistics: IndexStatistics {
    var (memoryBytes, figures) = (0, [String: Double]())
    switch content {
    case .success(.memory(let index)): (memoryBytes, figures) = (index.statistics.memoryBytes, index.statistics.figures)
    case .success(.mapped(let stored)):
      memoryBytes = stored.memoryBytes
      figures = stored.tree.figures.merging(stored.contents.codingError(of: stored.trained.coder).figures) { $1 }
    case .failure: break
    }
    return IndexStatistics(
      kind: Self.declaration.kind, count: count, memoryBytes: memoryBytes, diskBytes: (try? file.store.sizeOnDisk) ?? 0,
      figures: figures)
  }
}
