import VectorCore
import VectorSearch

/// Checks of training.
extension CheckRun {
  func checkTraining() throws {
    let index = try setup.make(seed: seed)
    guard let trainable = index as? any TrainableIndex else { return }
    situation = "the index is not trained"
    expectEqual(trainable.isTrained, false, "isTrained")
    let untrained = IndexError.notTrained(kind: Index.declaration.kind)
    // Each has a second error, which is checked later.
    let long = [Float](repeating: .nan, count: setup.dimension + 1)
    expectRefused(untrained, "a search for a vector of \(long.count) components NaN") {
      _ = try find(long, k: 1, in: index)
    }
    expectRefused(untrained, "a batch search for a vector of \(long.count) components NaN") {
      var answers = NeighborBatch(k: 1, reserving: 1)
      try index.searchBatch(
        Matrix([long]), k: 1, parameters: setup.searchParameters(), filter: nil, scratch: index.makeScratch(),
        into: &answers)
    }
    expectRefused(untrained, "an insertion") { try index.insert(id: 1, vector: vector(stream: 1)) }
    expectRefused(untrained, "retrain") { try trainable.retrain(threads: 1) }

    let good = vectors(setup.trainingVectors, stream: 2)
    var rows = (0..<good.rows).map(good.array)
    rows[rows.count - 1][0] = .infinity
    expectRefused(
      .notFinite(row: rows.count - 1, component: 0, value: .infinity), "train with infinity in the last vector"
    ) { try trainable.train(Matrix(rows), threads: 2) }
    let wide = RandomVectors.binary.matrix(good.rows, dimension: setup.dimension + 1, seed: seed)
    expectRefused(
      .dimensionMismatch(expected: setup.dimension, got: wide.columns), "train with vectors of another dimension"
    ) { try trainable.train(wide, threads: 2) }
    expectEqual(trainable.isTrained, false, "isTrained after a refused training")

    situation = "the index was trained on \(good.rows) vectors"
    try trainable.train(good, threads: 2)
    expectEqual(trainable.isTrained, true, "isTrained")
    expectEqual(index.count, 0, "count, as training stores nothing")
    expectRefused(.alreadyTrained(kind: Index.declaration.kind), "train again") {
      try trainable.train(good, threads: 2)
    }
    expectEqual(try index.insert(id: 1, vector: vector(stream: 1)), true, "whether the first inserted id was new")
  }

  /// Checks that a new training keeps all stored vectors and nothing else, after any history of changes.
  func checkRetraining() throws {
    situation = "the empty index was trained again"
    let index = try makeReady()
    guard let trainable = index as? any TrainableIndex else { return }
    try trainable.retrain(threads: 1)
    expectEqual(index.count, 0, "count")
    let count = setup.trainingVectors > 0 ? setup.trainingVectors : 200
    let stored = vectors(count, stream: 1)
    try index.insertBatch(
      ids: (0..<UInt64(count)).map { $0 }, vectors: stored, metadata: [], onConflict: .fail, threads: 1)
    func expectStored(_ ids: some Sequence<UInt64>) throws {
      let ids = Array(ids)
      expectEqual(index.count, ids.count, "count")
      expectSet(try find(stored.array(count / 2), k: count + 10, in: index), of: ids, "ids found")
    }
    for removed in [0..<3, 3..<5] as [Range<UInt64>] {
      situation = "\(count) vectors were inserted, the ids \(removed) removed, then the index was trained again"
      for id in removed { expectEqual(try index.remove(id: id), true, "what the removal of id \(id) returns") }
      try retrain(trainable, threads: 2)
      try expectStored(removed.upperBound..<UInt64(count))
    }
    situation = "the index was trained again twice"
    try retrain(trainable, threads: 1)
    try expectStored(5..<UInt64(count))
    situation = "id 9 was replaced, then the index was trained again"
    try index.insert(id: 9, vector: stored.array(0), onConflict: .replace)
    try retrain(trainable, threads: 1)
    try expectStored(5..<UInt64(count))
    situation = "all vectors were removed, then the index was trained again"
    for id in 5..<UInt64(count) {
      expectEqual(try index.remove(id: id), true, "what the removal of id \(id) returns")
    }
    try trainable.retrain(threads: 1)
    try expectStored([])
    situation = "id 2 was inserted after that"
    try index.insert(id: 2, vector: stored.array(2))
    try expectStored([2])
  }

  /// Trains again. Too few vectors may be refused; the stored vectors must then be unchanged.
  func retrain(_ index: any TrainableIndex, threads: Int) throws {
    do { try index.retrain(threads: threads) } catch IndexError.tooFewVectors {}
  }
}
