import OrderedStore
import VectorCore

extension PersistentFractalIndex {
  /// What the file is for; the version goes up with each change of what the tables hold.
  private static let application = StoreApplication(name: "recallbench fractal", version: 2)

  public static func open(
    at path: String, dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64
  ) throws(IndexError) -> PersistentFractalIndex {
    // What can't be made leaves no file.
    try declaration.check(dimension: dimension, metric: metric)
    _ = try FractalConfiguration(parameters, dimension: dimension, metric: metric)
    let store = try storing { () throws(StoreError) in try LMDBStore.open(path, for: application) }
    return try PersistentFractalIndex(
      openOrMake: store, at: path, dimension: dimension, metric: metric, parameters: parameters, seed: seed)
  }

  public static func open(readOnly path: String) throws(IndexError) -> PersistentFractalIndex {
    let store = try storing { () throws(StoreError) in try LMDBStore.open(readOnly: path, for: application) }
    return try PersistentFractalIndex(readOnly: store, at: path)
  }
}

extension FractalFile {
  /// The index that is in a store.
  ///
  /// - Throws: `IndexError.storage`, also where there is none.
  init(in store: any OrderedStore, at path: String) throws(IndexError) {
    let place = StorePlace(path: path)
    guard let stored = try Self.stored(in: store, place) else {
      throw .storage(place.corrupted(StoredTable.meta, "no configuration"))
    }
    let declaration = FractalIndex.declaration
    let parameters = try Parameters(stored.parameters, declared: declaration.build, kind: declaration.kind)
    self.init(
      store: store, place: place, dimension: stored.dimension, metric: stored.metric, seed: stored.seed,
      configuration: try FractalConfiguration(parameters, dimension: stored.dimension, metric: stored.metric))
  }

  /// What is stored; nil in a store without an index.
  func stored() throws(IndexError) -> StoredConfiguration? { try Self.stored(in: store, place) }

  private static func stored(
    in store: any OrderedStore, _ place: StorePlace
  ) throws(IndexError) -> StoredConfiguration? {
    try storing { () throws(StoreError) in
      try StoredConfiguration(
        StoredMeta(store.snapshot(), place: place), declared: FractalIndex.declaration.build)
    }
  }
}
