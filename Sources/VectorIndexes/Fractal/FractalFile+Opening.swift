import OrderedStore

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
