import OrderedStore
import VectorCore

/// A fractal index in a file: `fractal` with `storage` lmdb.
///
/// A `FractalIndex` with transactions: the first change begins a transaction, which `commit` makes durable and visible
/// to others, and which `abort` undoes. `FileFractal` describes how the index is read and written.
public final class PersistentFractalIndex: FractalIndex, PersistentIndex, @unchecked Sendable {
  /// The application named in the file. Its version increases with each change of the tables' format.
  private static let application = StoreApplication(name: "recallbench fractal", version: 2)

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

  /// Opens the index in a store, and makes it if it does not exist.
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

  /// Opens the index in a store for reading.
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

  /// Opens the index in the file `path` for reading and writing, and makes it if it does not exist.
  ///
  /// - Throws: `IndexError.storage` for a file that cannot be used; `.storedOtherwise` if the stored index differs from
  ///   the one asked for. The file is then unchanged.
  public static func open(
    at path: String, dimension: Int, metric: Metric, configuration: Configuration = Configuration(), seed: UInt64
  ) throws(IndexError) -> PersistentFractalIndex {
    // An invalid configuration must not leave a new file.
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
