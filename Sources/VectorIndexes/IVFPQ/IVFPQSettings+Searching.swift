import VectorCore

extension ProductSearch where Probe == NearestLists {
  /// Makes a search of the lists nearest to the query from its settings.
  ///
  /// - Parameters:
  ///   - defaultNProbe: the number of lists to search if the settings leave it to the index.
  ///   - k: the number of neighbours that the search looks for.
  init(
    source: Source, model: ProductModel, settings: IVFPQSettings, defaultNProbe: Int,
    _ search: IVFPQIndex.SearchSettings, k: Int, filter: Filter?, scratch: ProductScratch
  ) {
    self.init(
      source: source, coder: model.coder, shape: settings.shape,
      probe: NearestLists(
        ProbeExtent(
          nprobe: search.nprobe ?? defaultNProbe, recall: search.recall, k: k, rows: source.count,
          margins: model.quantizer.margins, lists: model.quantizer.nlist),
        diversity: search.diversity, of: model.quantizer),
      filter: filter, refinement: search.refinement.limited(toKeptVectors: settings.keepsVectors), scratch: scratch)
  }
}

extension ProductScratch {
  /// Makes the working memory of searches in an index with these settings.
  convenience init(_ settings: IVFPQSettings, dimension: Int, metric: Metric) {
    self.init(ScanScratch(nearestLists: dimension, metric: metric), shape: settings.shape)
  }
}
