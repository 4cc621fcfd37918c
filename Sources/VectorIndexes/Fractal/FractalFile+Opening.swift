import OrderedStore

extension FractalFile {
  /// Opens the index in a store.
  ///
  /// - Throws: `IndexError.storage`, also if the store has no index.
  init(in store: any OrderedStore, at path: String) throws(IndexError) {
    let place = StorePlace(path: path)
    guard let stored = try Self.stored(in: store, place) else {
      throw .storage(place.corrupted(StoredTable.meta, "no configuration"))
    }
    self.init(
      store: store, place: place, dimension: stored.dimension, metric: stored.metric, seed: stored.seed,
      settings: try FractalSettings(
        stored.configuration(kind: FractalIndex.declaration.kind), dimension: stored.dimension, metric: stored.metric))
  }

  /// The stored configuration; `nil` for a store without an index.
  func stored() throws(IndexError) -> StoredConfiguration<FractalIndex.Configuration>? {
    try Self.stored(in: store, place)
  }

  private static func stored(
    in store: any OrderedStore, _ place: StorePlace
  ) throws(IndexError) -> StoredConfiguration<FractalIndex.Configuration>? {
    try storing { () throws(StoreError) in try StoredConfiguration(StoredMeta(store.snapshot(), place: place)) }
  }
}
