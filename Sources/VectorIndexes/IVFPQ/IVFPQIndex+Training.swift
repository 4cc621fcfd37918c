import VectorCore

extension IVFPQIndex {
  public var isTrained: Bool { storage.model != nil }

  /// Trains centroids and codebooks; `nlist` centroids, or as many as there are vectors if these are fewer.
  public func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    guard !isTrained else { throw .alreadyTrained(kind: Self.declaration.kind) }
    try reset(trainingOn: vectors, threads: threads)
  }

  /// Removes all vectors and trains on others, in one change: `nlist` centroids, or as many as there are vectors.
  ///
  /// - Throws: as `train`; but an index that is already trained is accepted.
  public func reset(trainingOn vectors: Matrix, threads: Int) throws(IndexError) {
    try vectors.check(dimension: dimension, threads: threads)
    try storage.clear(for: makeModel(on: metric.prepare(vectors, threads: threads), threads: threads))
  }

  /// Learns again from the stored vectors in order of insertion; keeps every vector, id, sequence and metadata.
  ///
  /// If no vectors are stored (`refine_store` none), the vectors decoded from the codes are used instead. An empty
  /// index is left as it is.
  ///
  /// - Throws: `IndexError` when untrained. After a failure the index is unchanged.
  public func retrain(threads: Int) throws(IndexError) {
    let old = try requireModel()
    guard count > 0 else { return }
    switch try storage.lists() {
    case .memory(let lists): try retrain(on: lists, codedBy: old.coder, threads: threads)
    case .stored(let lists):
      try lists.loadAll()
      try retrain(on: lists, codedBy: old.coder, threads: threads)
    }
  }

  private func retrain(on lists: some ReadableSource, codedBy coder: ProductCoder, threads: Int) throws(IndexError) {
    let order = lists.placesBySequence()
    let vectors = lists.vectors(at: order, codedBy: coder, threads: threads)
    let model = try makeModel(on: vectors, threads: threads)
    let coded = model.code(vectors, spills: settings.spills, threads: threads)
    try storage.regroup(order, coded, by: model, threads: threads)
  }

  private func makeModel(on prepared: Matrix, threads: Int) throws(IndexError) -> ProductModel {
    try ProductModel(training: prepared, settings: settings, metric: metric, seed: seed, threads: threads)
  }
}
