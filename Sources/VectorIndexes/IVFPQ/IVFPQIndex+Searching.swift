import VectorCore

extension IVFPQIndex {
  public func makeScratch() -> SearchScratch {
    ProductScratch(settings, dimension: dimension, metric: metric)
  }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    let model = try requireModel()
    try check(query, k: k, parameters, filter)
    answer.reset(k: min(k, count))
    switch try storage.lists() {
    case .memory(let lists): try search(lists, model, parameters, k, filter, scratch).find(query, into: &answer)
    case .stored(let lists): try search(lists, model, parameters, k, filter, scratch).find(query, into: &answer)
    }
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    let model = try requireModel()
    try check(queries, k: k, parameters, filter)
    let k = min(k, count)
    switch try storage.lists() {
    case .memory(let lists):
      try search(lists, model, parameters, k, filter, scratch).find(queries, k: k, into: &answers)
    case .stored(let lists):
      try search(lists, model, parameters, k, filter, scratch).find(queries, k: k, into: &answers)
    }
  }

  private func search<Source>(
    _ lists: Source, _ model: ProductModel, _ parameters: SearchParameters, _ k: Int, _ filter: Filter?,
    _ scratch: SearchScratch
  ) -> ProductSearch<Source, NearestLists> {
    ProductSearch(
      source: lists, model: model, settings: settings, defaultNProbe: defaultNProbe, SearchSettings(parameters.values),
      k: k, filter: filter, scratch: .of(scratch, for: self, shape: settings.shape))
  }
}
