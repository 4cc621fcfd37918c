import VectorCore

extension IVFPQIndex {
  public var isTrained: Bool { trained != nil }

  /// Learns centroids and codebooks, `nlist` of the former or as many as there are vectors.
  public func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    guard trained == nil else { throw .alreadyTrained(kind: Self.declaration.kind) }
    try vectors.check(dimension: dimension, threads: threads)
    trained = try makeTrained(on: metric.prepare(vectors, threads: threads), threads: threads)
  }

  /// Learns again from the stored vectors in order of insertion; keeps every vector, id, sequence and metadata.
  ///
  /// Without stored vectors (`refine_store` none) it learns from, and codes anew, what the codes stand for.
  ///
  /// - Throws: `IndexError` when untrained; a failure leaves the index as it was. An empty index: nothing happens.
  public func retrain(threads: Int) throws(IndexError) {
    let old = try requireTrained()
    guard old.store.count > 0 else { return }
    let order = old.store.placesBySequence()
    let vectors =
      configuration.keepsVectors ? old.store.vectors(at: order) : old.decodedVectors(at: order, threads: threads)
    let new = try makeTrained(on: vectors, threads: threads)
    let labels = new.quantizer.assign(vectors, threads: threads)
    let codes = new.coder.encode(vectors, labels: labels, threads: threads)
    new.store.adopt(
      old.store, order: order, labels: labels, productCodes: codes,
      spill: configuration.spill(of: vectors, labels: labels, in: new.quantizer, by: new.coder, threads: threads),
      threads: threads)
    trained = new
  }

  /// Trains centroids and codebooks on one and the same sample, and makes an empty store for them.
  private func makeTrained(on prepared: Matrix, threads: Int) throws(IndexError) -> Trained {
    let model = try ProductModel(
      training: prepared, configuration: configuration, metric: metric, seed: seed, threads: threads)
    return Trained(
      quantizer: model.quantizer, coder: model.coder,
      store: VectorStore(
        dimension: dimension, metric: metric, lists: model.quantizer.listCount, productCodes: configuration.shape,
        format: configuration.rowFormat(dimension: dimension), hasEchoes: configuration.spills))
  }
}

extension IVFPQIndex.Trained {
  /// The vectors that the codes at these places stand for, n × d.
  func decodedVectors(at places: [VectorStore.Place], threads: Int) -> Matrix {
    let bytes = coder.quantizer.bytesPerCode
    let codes = [UInt8](unsafeUninitializedCapacity: places.count * bytes) { codes, count in
      count = places.count * bytes
      guard let base = codes.baseAddress else { return }
      for (number, place) in places.enumerated() {
        store.lists[Int(place.list)].readProductCode(Int(place.offset), into: base + number * bytes)
      }
    }
    let corrections = places.map { store.lists[Int($0.list)].correction(of: Int($0.offset)) }
    return coder.decode(
      ProductCodes(bytes: codes, corrections: corrections), lists: places.map(\.list), threads: threads)
  }
}
