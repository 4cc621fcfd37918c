import VectorCore

extension PersistentIVFPQIndex {
  public func makeScratch() -> SearchScratch {
    ProductScratch(dimension: dimension, metric: metric, shape: configuration.shape)
  }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: k)
    let model = try requireModel()
    try check(query, parameters, filter)
    try search(model, parameters, filter, scratch).find(query, into: &answer)
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    let model = try requireModel()
    try check(queries, parameters, filter)
    try search(model, parameters, filter, scratch).find(queries, k: k, into: &answers)
  }

  private func search(
    _ model: ProductModel, _ parameters: SearchParameters, _ filter: Filter?, _ scratch: SearchScratch
  ) throws(IndexError) -> ProductSearch<StoredLists> {
    try ProductSearch(
      source: currentLists(), quantizer: model.quantizer, coder: model.coder, configuration: configuration,
      parameters: parameters, filter: filter, scratch: .of(scratch, for: self))
  }
}
