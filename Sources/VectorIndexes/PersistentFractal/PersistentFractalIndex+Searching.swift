import VectorCore

extension PersistentFractalIndex {
  public func makeScratch() -> SearchScratch {
    ProductScratch(dimension: dimension, metric: metric, shape: file.configuration.coding.shape)
  }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    switch try content.get() {
    case .memory(let index):
      try index.search(query, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
    case .mapped(let stored):
      answer.reset(k: 0)
      try check(query, k: k, parameters, filter)
      answer.reset(k: min(k, count))
      try search(stored, parameters, filter, scratch).find(query, into: &answer)
    }
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    switch try content.get() {
    case .memory(let index):
      try index.searchBatch(queries, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answers)
    case .mapped(let stored):
      try check(queries, k: k, parameters, filter)
      try search(stored, parameters, filter, scratch).find(queries, k: min(k, count), into: &answers)
    }
  }

  private func search(
    _ stored: StoredFractal, _ parameters: SearchParameters, _ filter: Filter?, _ scratch: SearchScratch
  ) -> ProductSearch<StoredFractal> {
    ProductSearch(
      source: stored, tree: stored.tree, coder: stored.trained.coder, coding: file.configuration.coding,
      parameters: parameters, filter: filter, scratch: .of(scratch, for: self, shape: file.configuration.coding.shape))
  }
}
