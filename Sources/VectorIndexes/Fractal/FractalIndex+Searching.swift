import VectorCore

extension FractalIndex {
  public func makeScratch() -> SearchScratch {
    ProductScratch(settings, dimension: dimension, metric: metric)
  }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    try check(query, k: k, parameters, filter)
    answer.reset(k: min(k, count))
    let scratch = ProductScratch.of(scratch, for: self, shape: settings.coding.shape)
    switch try storage.content {
    case .memory(let core):
      if let trained = core.trained {
        try search(core.store, core.tree, trained.coder, parameters, filter, scratch).find(query, into: &answer)
      } else {
        search(core, parameters, filter, scratch).find(query, into: &answer)
      }
    case .mapped(let stored):
      try search(stored, stored.tree, stored.trained.coder, parameters, filter, scratch).find(query, into: &answer)
    }
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    try check(queries, k: k, parameters, filter)
    let k = min(k, count)
    let scratch = ProductScratch.of(scratch, for: self, shape: settings.coding.shape)
    switch try storage.content {
    case .memory(let core):
      if let trained = core.trained {
        try search(core.store, core.tree, trained.coder, parameters, filter, scratch)
          .find(queries, k: k, into: &answers)
      } else {
        search(core, parameters, filter, scratch).find(queries, k: k, into: &answers)
      }
    case .mapped(let stored):
      try search(stored, stored.tree, stored.trained.coder, parameters, filter, scratch)
        .find(queries, k: k, into: &answers)
    }
  }

  /// Searches the leaves nearest to the query, with codes.
  private func search<Source>(
    _ source: Source, _ tree: ClusterTree, _ coder: ProductCoder, _ parameters: SearchParameters, _ filter: Filter?,
    _ scratch: ProductScratch
  ) -> ProductSearch<Source, NearestLeaves> {
    let search = SearchSettings(parameters.values)
    return ProductSearch(
      source: source, coder: coder, shape: settings.coding.shape,
      probe: NearestLeaves(nprobe: search.nprobe, tree: tree), filter: filter,
      refinement: search.refinement.limited(toKeptVectors: settings.coding.keepsVectors), scratch: scratch)
  }

  /// Searches the leaves nearest to the query before training, when all vectors are in buffers.
  private func search(
    _ core: FractalCore, _ parameters: SearchParameters, _ filter: Filter?, _ scratch: ProductScratch
  ) -> ListSearch<NearestLeaves> {
    ListSearch(
      store: core.store,
      probe: NearestLeaves(nprobe: SearchSettings(parameters.values).nprobe, tree: core.tree), filter: filter,
      scratch: scratch.scan)
  }
}

extension ProductScratch {
  /// Makes the working memory of searches in an index with these settings.
  convenience init(_ settings: FractalSettings, dimension: Int, metric: Metric) {
    self.init(
      ScanScratch(dimension: dimension, metric: metric, probing: BeamScratch()), shape: settings.coding.shape)
  }
}
