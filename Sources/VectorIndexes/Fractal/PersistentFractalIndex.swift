import OrderedStore
import VectorCore

/// A fractal index in a file: `fractal` with `storage` lmdb.
///
/// It is a `FractalIndex` with transactions: the first change begins one, which `commit` makes durable and visible to others
/// and `abort` undoes. How it is written and read is said at `FileFractal`.
public final class PersistentFractalIndex: FractalIndex, StoredIndex, @unchecked Sendable {
  public static let application = StoreApplication(name: "recallbench fractal", version: 2)

  let stored: FileFractal

  /// Makes an empty index in a `MemoryStore`, without a file; it is lost when the index is released.
  ///
  /// - Throws: as `FractalIndex`, whatever the value of `storage`.
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
    let settings = try FractalSettings(configuration, dimension: dimension, metric: metric)
    let asked = StoredConfiguration(dimension: dimension, metric: metric, seed: seed, settings.configuration)
    let file = FractalFile(
      store: store, place: StorePlace(path: path), dimension: dimension, metric: metric, seed: seed,
      settings: settings)
    try asked.checkOrMake(in: store, file.place) { transaction throws(StoreError) in
      let empty = FractalCore(settings, dimension: dimension, metric: metric, seed: seed)
      _ = try file.write(empty, since: nil, metadata: [], to: transaction)
    }
    self.init(try FileFractal(writing: file))
  }

  public convenience init(readOnly store: any OrderedStore, at path: String) throws(IndexError) {
    self.init(try FileFractal(reading: FractalFile(in: store, at: path)))
  }

  private init(_ stored: FileFractal) {
    self.stored = stored
    let file = stored.file
    super.init(file.settings, dimension: file.dimension, metric: file.metric, storage: stored)
  }

  public var store: any OrderedStore { stored.file.store }

  public var seed: UInt64 { stored.file.seed }

  public var nextSequence: UInt64 { stored.nextSequence }

  public var isReadOnly: Bool { stored.isReadOnly }

  public func commit() throws(IndexError) { try stored.commit() }

  public func abort() { stored.abort() }

  public func snapshot() throws(IndexError) -> PersistentFractalIndex {
    PersistentFractalIndex(try FileFractal(reading: stored.file))
  }
}
