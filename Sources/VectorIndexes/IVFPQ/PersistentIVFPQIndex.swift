import OrderedStore
import VectorCore

/// An inverted file of product codes in a file: `ivf-pq` with `storage` lmdb.
///
/// It is an `IVFPQIndex` with transactions: the first change begins one, which `commit` makes durable and visible to others
/// and `abort` undoes. What a file holds is said at `FilePostings`.
public final class PersistentIVFPQIndex: IVFPQIndex, StoredIndex, @unchecked Sendable {
  public static let application = StoreApplication(name: "recallbench ivf-pq", version: 4)

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

  public convenience init(
    openOrMake store: any OrderedStore, at path: String, dimension: Int, metric: Metric, configuration: Configuration,
    seed: UInt64
  ) throws(IndexError) {
    try Self.declaration.check(dimension: dimension, metric: metric)
    let settings = try IVFPQSettings(configuration, dimension: dimension, metric: metric)
    let asked = StoredConfiguration(dimension: dimension, metric: metric, seed: seed, settings.configuration)
    let place = StorePlace(path: path)
    try asked.checkOrMake(in: store, place) { transaction throws(StoreError) in
      try FilePostings.Contents().write(to: transaction)
    }
    try self.init(store, at: place, is: asked, settings, isReadOnly: false)
  }

  public convenience init(readOnly store: any OrderedStore, at path: String) throws(IndexError) {
    let place = StorePlace(path: path)
    let stored = try StoredConfiguration<Configuration>.read(in: store, place)
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

  public var store: any OrderedStore { file.store }

  public var nextSequence: UInt64 { file.nextSequence }

  public var isReadOnly: Bool { file.isReadOnly }

  public func commit() throws(IndexError) { try file.commit() }

  public func abort() { file.abort() }

  public func snapshot() throws(IndexError) -> PersistentIVFPQIndex {
    PersistentIVFPQIndex(
      settings, dimension: dimension, metric: metric, seed: seed, file: try file.snapshot())
  }
}
