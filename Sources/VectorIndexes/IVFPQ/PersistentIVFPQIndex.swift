import OrderedStore
import VectorCore

/// The inverted file of product codes that lives in a file: `ivf-pq` with `storage` lmdb.
///
/// It is an `IVFPQIndex` with transactions: the first change begins one, which `commit` makes durable and visible to others
/// and `abort` undoes. What a file holds is said at `FilePostings`.
public final class PersistentIVFPQIndex: IVFPQIndex, PersistentIndex, @unchecked Sendable {
  /// What the file is for; the version goes up with each change of what the tables hold.
  private static let application = StoreApplication(name: "recallbench ivf-pq", version: 4)

  let file: FilePostings

  /// Makes an empty, untrained index without a file: in a `MemoryStore`, gone with the index.
  ///
  /// - Throws: as `IVFPQIndex`, whatever `storage` is.
  public required convenience init(
    dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) {
    try self.init(
      openOrMake: MemoryStore(), at: "store in memory", dimension: dimension, metric: metric,
      configuration: Configuration(parameters), seed: seed)
  }

  /// Opens the index in a store, or makes it where there is none.
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

  /// Opens the index that is in a store for reading.
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

  /// Opens the index in the file `path` for reading and writing; makes it where there is none.
  ///
  /// - Throws: `IndexError.storage` for a file that can't be used, `.storedOtherwise` for the first thing in which the
  ///   index there is not what is asked for; the file is then as it was.
  public static func open(
    at path: String, dimension: Int, metric: Metric, configuration: Configuration = Configuration(), seed: UInt64
  ) throws(IndexError) -> PersistentIVFPQIndex {
    // What can't be made leaves no file.
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

  /// Writes the index, as it was last committed, into a new file, without the room that removals have left.
  ///
  /// A list never has a hole to scan past; but a file keeps its size, and what is removed is room for what comes.
  ///
  /// - Throws: `IndexError.storage`, also where there is a file with an index already.
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
