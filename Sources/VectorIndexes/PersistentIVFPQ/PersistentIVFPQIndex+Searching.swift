import OrderedStore
import VectorCore

extension PersistentIVFPQIndex {
  public func makeScratch() -> SearchScratch {
    ProductScratch(dimension: dimension, metric: metric, shape: configuration.shape)
  }

  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: 0)
    let model = try requireModel()
    try check(query, k: k, parameters, filter)
    answer.reset(k: min(k, count))
    try search(model, parameters, filter, scratch).find(query, into: &answer)
  }

  public func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?,
    scratch: SearchScratch, into answers: inout NeighborBatch
  ) throws(IndexError) {
    let model = try requireModel()
    try check(queries, k: k, parameters, filter)
    try search(model, parameters, filter, scratch).find(queries, k: min(k, count), into: &answers)
  }

  /// Lists that a search looks at whose `nprobe` is auto; 10 until changed.
  public var defaultNProbe: Int { contents.defaultNProbe }

  /// Changes the default `nprobe`, in the transaction as any change.
  ///
  /// - Throws: `IndexError.invalidParameter` for less than 1; `.storage`.
  public func setDefaultNProbe(_ nprobe: Int) throws(IndexError) {
    guard nprobe >= 1 else {
      throw .invalidParameter(name: "nprobe", value: String(nprobe), expected: "an integer, at least 1")
    }
    try change { (_, contents) throws(StoreError) in contents.defaultNProbe = nprobe }
  }

  private func search(
    _ model: ProductModel, _ parameters: SearchParameters, _ filter: Filter?, _ scratch: SearchScratch
  ) throws(IndexError) -> ProductSearch<StoredLists> {
    try ProductSearch(
      source: currentLists(), quantizer: model.quantizer, coder: model.coder, configuration: configuration,
      parameters: parameters, filter: filter, scratch: .of(scratch, for: self, shape: configuration.shape))
  }
}
