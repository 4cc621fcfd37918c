import OrderedStore

extension FractalFile {
  /// Opens the index in a store.
  ///
  /// - Throws: `IndexError.storage`, also if the store has no index.
  init(in store: any OrderedStore, at path: String) throws(IndexError) {
    let place = StorePlace(path: path)
    let stored = try StoredConfiguration<FractalIndex.Configuration>.read(in: store, place)
    self.init(
      store: store, place: place, dimension: stored.dimension, metric: stored.metric, seed: stored.seed,
      settings: try FractalSettings(
        stored.configuration(kind: FractalIndex.declaration.kind), dimension: stored.dimension, metric: stored.metric))
  }
}
