import OrderedStore
import VectorCore

/// The fractal index that lives in a file: `fractal` with `storage` lmdb.
///
/// It is a `FractalIndex` with transactions: the first change begins one, which `commit` makes durable and visible to others
/// and `abort` undoes. How it is written and read is said at `FileFractal`.
public final class PersistentFractalIndex: FractalIndex, PersistentIndex, @unchecked Sendable {
  /// What the file is for; the version goes up with each change of what the tables hold.
  private static let application = StoreApplication(name: "recallbench fractal", version: 2)

  let stored: FileFractal

  /// Makes an empty index without a file: in a `MemoryStore`, gone with the index.
  ///
  /// - Throws: as `FractalIndex`, whatever `storage` is.
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
    let settings = try FractalSettings(configuration, dimension: dimension, metric: metric)
    let asked = StoredConfiguration(dimension: dimension, metric: metric, seed: seed, settings.configuration)
    let file = FractalFile(
      store: store, place: StorePlace(path: path), dimension: dimension, metric: metric, seed: seed,
      settings: settings)
    if let stored = try file.stored() {
      try stored.check(asked: asked, path: path)
    } else {
      let empty = FractalCore(settings, dimension: dimension, metric: metric, seed: seed)
      try storing { () throws(StoreError) in
        try store.write { transaction throws(StoreError) in
          try asked.write(to: transaction)
          _ = try file.write(empty, since: nil, metadata: [], to: transaction)
        }
      }
    }
    self.init(try FileFractal(writing: file))
  }

  /// Opens the index that is in a store for reading.
  convenience init(readOnly store: any OrderedStore, at path: String) throws(IndexError) {
    self.init(try FileFractal(reading: FractalFile(in: store, at: path)))
  }

  private init(_ stored: FileFractal) {
    self.stored = stored
    let file = stored.file
    super.init(file.settings, dimension: file.dimension, metric: file.metric, storage: stored)
  }

  public static func open(
    at path: String, dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) -> PersistentFractalIndex {
    try open(
      at: path, dimension: dimension, metric: metric, configuration: Configuration(parameters), seed: seed)
  }

  /// Opens the index in the file `path` for reading and writing; makes it where there is none.
  ///
  /// - Throws: `IndexError.storage` for a file that can't be used, `.storedOtherwise` for the first thing in which the
  ///   index there is not what is asked for; the file is then as it was.
  public static func open(
    at path: String, dimension: Int, metric: Metric, configuration: Configuration = Configuration(), seed: UInt64
  ) throws(IndexError) -> PersistentFractalIndex {
    // What can't be made leaves no file.
    try configuration.validate(dimension: dimension, metric: metric)
    let store = try storing { () throws(StoreError) in try LMDBStore.open(path, for: application) }
    return try PersistentFractalIndex(
      openOrMake: store, at: path, dimension: dimension, metric: metric, configuration: configuration, seed: seed)
  }

  public static func open(readOnly path: String) throws(IndexError) -> PersistentFractalIndex {
    let store = try storing { () throws(StoreError) in try LMDBStore.open(readOnly: path, for: application) }
    return try PersistentFractalIndex(readOnly: store, at: path)
  }

  public var isReadOnly: Bool { stored.isReadOnly }

  public func commit() throws(IndexError) { try stored.commit() }

  public func abort() { stored.abort() }

  public func snapshot() throws(IndexError) -> PersistentFractalIndex {
    PersistentFractalIndex(try FileFractal(reading: stored.file))
  }
}
