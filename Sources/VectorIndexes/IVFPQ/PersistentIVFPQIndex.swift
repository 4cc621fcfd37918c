import OrderedStore
import VectorCore

/// An inverted file of product codes in a file: `ivf-pq` with `storage` lmdb.
///
/// An `IVFPQIndex` with transactions: the first change begins a transaction, which `commit` makes durable and visible
/// to others, and which `abort` undoes. `FilePostings` describes the contents of the file.
public final class PersistentIVFPQIndex: IVFPQIndex, PersistentIndex, @unchecked Sendable {
  /// The application named in the file. Its version increases with each change of the tables' format.
  private static let application = StoreApplication(name: "recallbench ivf-pq", version: 4)

  let file: FilePostings

  /// Makes an empty, untrained index in a `MemoryStore`, without a file; it is lost when the index is released.
  ///
  /// - Throws: as `IVFPQIndex`, whatever the value of `storage`.
  public required convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) {
    try self.init(
      openOrMake: MemoryStore(), at: "store in memory", dimension: dimension, metric: metric,
      configuration: Configuration(parameters), seed: seed)
  }

  /// Opens the index in a store, and makes it if it does not exist.
  convenience init(
    openOrMake store: any OrderedStore, at path: String, dimension: Int, metric: Metric, configuration: Configuration,
    seed: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let settings = try IVFPQSettings(configuration, dimension: dimension, metric: metric)
    let asked = StoredConfiguration(dimension: dimension, metric: metric, seed: seed, settings.configuration)
    let place = StorePlace(path: path)
    let stored = try storing { () throws(StoreError) in
      try StoredConfiguration<Configuration>(StoredMeta(store.snapshot(), place: place))
    }
    if let stored {
      try stored.check(asked: asked, path: path)
    } else {
      try storing { () throws(StoreError) in
        try store.write { transaction throws(StoreError) in
          try asked.write(to: transaction)
          try FilePostings.Contents().write(to: transaction)
        }
      }
    }
    try self.init(store, at: place, is: asked, settings, isReadOnly: false)
  }

  /// Opens the index in a store for reading.
  convenience init(readOnly store: any OrderedStore, at path: String) throws(IndexError) {
    let place = StorePlace(path: path)
    let stored = try storing { () throws(StoreError) in
      let meta = try StoredMeta(store.snapshot(), place: place)
      guard let stored = try StoredConfiguration<Configuration>(meta) else {
        throw place.corrupted(StoredTable.meta, "no configuration")
      }
      return stored
    }
    let settings = try IVFPQSettings(
      stored.configuration(kind: Self.declaration.kind), dimension: stored.dimension, metric: stored.metric)
    try self.init(store, at: place, is: stored, settings, isReadOnly: true)
  }

  private convenience init(
    _ store: any OrderedStore, at place: StorePlace, is stored: StoredConfiguration<Configuration>,
    _ settings: IVFPQSettings, isReadOnly: Bool
  ) throws(IndexError) {
    self.init(
      settings, dimension: stored.dimension, metric: stored.metric, seed: stored.seed,
      file: try FilePostings(
        store, at: place, settings, dimension: stored.dimension, metric: stored.metric, isReadOnly: isReadOnly))
  }

  private init(
    _ settings: IVFPQSettings, dimension: Int, metric: Metric, seed: UInt64, file: FilePostings
  ) {
    self.file = file
    super.init(settings, dimension: dimension, metric: metric, seed: seed, storage: file)
  }

  public static func open(
    at path: String, dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) -> PersistentIVFPQIndex {
    try open(
      at: path, dimension: dimension, metric: metric, configuration: Configuration(parameters), seed: seed)
  }

  /// Opens the index in the file `path` for reading and writing, and makes it if it does not exist.
  ///
  /// - Throws: `IndexError.storage` for a file that cannot be used; `.storedOtherwise` if the stored index differs from
  ///   the one asked for. The file is then unchanged.
  public static func open(
    at path: String, dimension: Int, metric: Metric, configuration: Configuration = Configuration(), seed: UInt64
  ) throws(IndexError) -> PersistentIVFPQIndex {
    // An invalid configuration must not leave a new file.
    try configuration.validate(dimension: dimension, metric: metric)
    let store = try storing { () throws(StoreError) in try LMDBStore.open(path, for: application) }
    return try PersistentIVFPQIndex(
      openOrMake: store, at: path, dimension: dimension, metric: metric, configuration: configuration, seed: seed)
  }

  public static func open(readOnly path: String) throws(IndexError) -> PersistentIVFPQIndex {
    let store = try storing { () throws(StoreError) in try LMDBStore.open(readOnly: path, for: application) }
    return try PersistentIVFPQIndex(readOnly: store, at: path)
  }

  public var isReadOnly: Bool { file.isReadOnly }

  public func commit() throws(IndexError) { try file.commit() }

  public func abort() { file.abort() }

  public func snapshot() throws(IndexError) -> PersistentIVFPQIndex {
    PersistentIVFPQIndex(
      settings, dimension: dimension, metric: metric, seed: seed, file: try file.snapshot())
  }

  /// Writes the index, as of its last commit, into a new file without unused space.
  ///
  /// Lists have no holes, so compacting does not make searches faster. But a file never shrinks by itself: the space of
  /// removed vectors is only used again for new ones.
  ///
  /// - Throws: `IndexError.storage`, also if there is already an index at `path`.
  /// - Complexity: O(bytes).
  public func compact(into path: String) throws(IndexError) {
    try storing { () throws(StoreError) in
      let snapshot = try file.store.snapshot()
      let target = try LMDBStore.open(path, for: Self.application)
      try target.write { transaction throws(StoreError) in
        guard transaction.tables.isEmpty else {
          throw StoreError(
            operation: "compact the index", table: nil, path: path,
            reason: .notAccessible("there is an index already; choose another path"))
        }
        for table in snapshot.tables {
          let cursor = try snapshot.cursor(in: table)
          while let entry = try cursor.next() {
            try transaction.put(
              byteCount: entry.value.count, for: Array(entry.key), in: table, appending: true
            ) { $0.copyMemory(from: entry.value) }
          }
        }
      }
    }
  }
}
