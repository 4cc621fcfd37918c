import VectorCore

extension PersistentFractalIndex {
  @discardableResult
  public func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    // What is replaced loses the metadata that it had.
    let hasMetadata = !metadata.isEmpty || holdsMetadata
    return try change(metadata: hasMetadata ? ids : []) { index throws(IndexError) in
      try index.insertBatch(
        ids: ids, vectors: vectors, metadata: metadata, onConflict: onConflict, threads: threads)
    }
  }

  @discardableResult
  public func remove(id: UInt64) throws(IndexError) -> Bool {
    try change(metadata: holdsMetadata ? [id] : []) { index in index.remove(id: id) }
  }

  /// Trains the codebooks ahead of the first vectors, or earlier than the index would by itself: as `FractalIndex`.
  public func train(_ vectors: Matrix, threads: Int) throws(IndexError) {
    try change(metadata: []) { index throws(IndexError) in try index.train(vectors, threads: threads) }
  }

  /// Trains the codebooks on the stored vectors and codes all postings anew: as `FractalIndex`.
  public func retrain(threads: Int) throws(IndexError) {
    try change(metadata: []) { index throws(IndexError) in try index.retrain(threads: threads) }
  }

  private var holdsMetadata: Bool {
    guard case .success(.memory(let index)) = content else { return false }
    return !index.store.metadata.isEmpty
  }
}
