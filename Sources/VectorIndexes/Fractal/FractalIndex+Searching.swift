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
    let content = try storage.content
    let probe = probe(of: content, parameters, k: k)
    switch content {
    case .memory(let core):
      if let trained = core.trained {
        try search(core.store, trained.coder, probe, parameters, filter, scratch).find(query, into: &answer)
      } else {
        search(core, probe, filter, scratch).find(query, into: &answer)
      }
    case .mapped(let stored):
      try search(stored, stored.trained.coder, probe, parameters, filter, scratch).find(query, into: &answer)
    }
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    try check(queries, k: k, parameters, filter)
    let k = min(k, count)
    let scratch = ProductScratch.of(scratch, for: self, shape: settings.coding.shape)
    let content = try storage.content
    let probe = probe(of: content, parameters, k: k)
    switch content {
    case .memory(let core):
      if let trained = core.trained {
        try search(core.store, trained.coder, probe, parameters, filter, scratch)
          .find(queries, k: k, into: &answers)
      } else {
        search(core, probe, filter, scratch).find(queries, k: k, into: &answers)
      }
    case .mapped(let stored):
      try search(stored, stored.trained.coder, probe, parameters, filter, scratch)
        .find(queries, k: k, into: &answers)
    }
  }

  /// The leaves that a search for `k` neighbours probes.
  private func probe(of content: FractalContent, _ parameters: SearchParameters, k: Int) -> NearestLeaves {
    let search = SearchSettings(parameters.values)
    let (tree, margins) = (content.tree, content.margins)
    // An index that has grown since its margins were measured has nearer neighbours, but also smaller leaves, so rank k is
    // taken as at the measurement.
    return NearestLeaves(
      extent: ProbeExtent(
        nprobe: search.nprobe ?? Self.standardNProbe, recall: search.recall, k: k, rows: margins.sampled,
        margins: margins, lists: tree.leafCount),
      tree: tree)
  }

  /// Searches these leaves, with codes.
  private func search<Source>(
    _ source: Source, _ coder: ProductCoder, _ probe: NearestLeaves, _ parameters: SearchParameters, _ filter: Filter?,
    _ scratch: ProductScratch
  ) -> ProductSearch<Source, NearestLeaves> {
    ProductSearch(
      source: source, coder: coder, shape: settings.coding.shape, probe: probe, filter: filter,
      refinement: SearchSettings(parameters.values).refinement.limited(toKeptVectors: settings.coding.keepsVectors),
      scratch: scratch)
  }

  /// Searches these leaves before training, when all vectors are in buffers.
  private func search(
    _ core: FractalCore, _ probe: NearestLeaves, _ filter: Filter?, _ scratch: ProductScratch
  ) -> ListSearch<NearestLeaves> {
    ListSearch(store: core.store, probe: probe, filter: filter, scratch: scratch.scan)
  }
}

extension ProductScratch {
  /// Makes the working memory of searches in an index with these settings.
  convenience init(_ settings: FractalSettings, dimension: Int, metric: Metric) {
    self.init(
      ScanScratch(dimension: dimension, metric: metric, probing: BeamScratch()), shape: settings.coding.shape)
  }
}
