import VectorCore

extension ProductSearch where Probe == NearestLists {
  /// A search of the lists nearest to the query, as its settings ask for it.
  ///
  /// - Parameter defaultNProbe: lists to look at where the settings leave that to the index.
  init(
    source: Source, model: ProductModel, settings: IVFPQSettings, defaultNProbe: Int,
    _ search: IVFPQIndex.SearchSettings, filter: Filter?, scratch: ProductScratch
  ) {
    self.init(
      source: source, coder: model.coder, shape: settings.shape,
      probe: NearestLists(search.nprobe ?? defaultNProbe, diversity: search.diversity, of: model.quantizer),
      filter: filter, refinement: search.refinement.limited(toKeptVectors: settings.keepsVectors), scratch: scratch)
  }
}

extension ProductScratch {
  /// The working memory of searches in an index of these settings.
  convenience init(_ settings: IVFPQSettings, dimension: Int, metric: Metric) {
    self.init(ScanScratch(nearestLists: dimension, metric: metric), shape: settings.shape)
  }
}
