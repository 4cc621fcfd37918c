import VectorCore

extension ProductSearch where Probe == NearestLists {
  /// A search of the lists nearest to the query, as its parameters ask for it.
  ///
  /// - Parameter defaultNProbe: lists to look at where the parameters leave that to the index.
  init(
    source: Source, model: ProductModel, configuration: IVFPQConfiguration, defaultNProbe: Int,
    parameters: SearchParameters, filter: Filter?, scratch: ProductScratch
  ) {
    let values = parameters.values
    self.init(
      source: source, coder: model.coder, shape: configuration.shape,
      probe: NearestLists(
        values.optionalInteger("nprobe") ?? defaultNProbe, diversity: values.real("diversity"), of: model.quantizer),
      filter: filter, refinement: Refinement(values, keepsVectors: configuration.keepsVectors), scratch: scratch)
  }
}

extension ProductScratch {
  /// The working memory of searches in an index of this configuration.
  convenience init(_ configuration: IVFPQConfiguration, dimension: Int, metric: Metric) {
    self.init(ScanScratch(nearestLists: dimension, metric: metric), shape: configuration.shape)
  }
}
