import Testing
import VectorCore
import VectorIndexes

/// The one conformance suite: what every index promises, whatever its kind and metric.
///
/// Call it once for each metric and each build worth testing. What fails is recorded as a test issue.
public func checkVectorIndex<Index: MutableVectorIndex>(_ setup: IndexSetup<Index>) throws {
  try setup.checkExactness()
  try setup.checkTies()
  try setup.checkConflictRules()
  try setup.checkRefusedBatches()
  try setup.checkRemoval()
  try setup.checkRetraining()
  try setup.checkEmptyAnswers()
  try setup.checkZeros()
  try setup.checkHugeValues()
  try setup.checkRefusedSearches()
  try setup.checkFilters()
  try setup.checkDeterminism()
  try setup.checkBatchSearch()
  try setup.checkConcurrentSearches()
  try setup.checkStatistics()
}

extension IndexSetup {
  /// An exhaustive search of an exact index equals brute force in Float64, for any k.
  public func checkExactness() throws {
    guard isExact else { return }
    for kind in [RandomVectors.uniform, .clustered, .duplicateHeavy] {
      let stored = vectors(300, kind, seed: 1)
      let index = try makeFilled(with: stored)
      var reference = BruteForce(metric: metric)
      for row in 0..<stored.rows { reference.insert(id: UInt64(row), vector: stored.array(row)) }
      let queries = vectors(5, kind, seed: 2)
      let hasExactDistances = metric != .angular && (kind == .duplicateHeavy || metric == .hamming)
      for row in 0..<queries.rows {
        let ranking = reference.ranking(of: queries.array(row))
        for k in [1, 10, 300, 305] {
          expectNeighbors(
            try find(queries.array(row), k: k, in: index), areFirst: k, of: ranking, ids: hasExactDistances,
            "\(kind), query \(row), k = \(k)")
        }
      }
    }
  }

  /// Equal distances are ordered by insertion, and k cuts them in that order.
  func checkTies() throws {
    let one = vectors(1, seed: 3)
    let index = try makeReady()
    // Ids that descend, so that no order of ids explains the order of insertion.
    for id in (0..<40).reversed() { try index.insert(id: UInt64(id), vector: one.array(0)) }
    let found = try find(one.array(0), k: 12, in: index)
    #expect(found.map(\.id) == (28..<40).reversed().map(UInt64.init))
    #expect(Set(found.map(\.distance)).count == 1)

    // What is inserted again or replaced comes last.
    #expect(try index.remove(id: 39))
    #expect(try index.insert(id: 39, vector: one.array(0)))
    #expect(try !index.insert(id: 38, vector: one.array(0), onConflict: .replace))
    #expect(
      try find(one.array(0), k: 40, in: index).map(\.id) == (0..<38).reversed().map(UInt64.init) + [39, 38])
  }

  /// `.fail` refuses a stored id; `.replace` replaces vector and metadata, and never shows an id twice.
  func checkConflictRules() throws {
    let two = vectors(2, seed: 4)
    let index = try makeReady()
    #expect(try index.insert(id: 9, vector: two.array(0), metadata: ["a": .integer(1)]))
    let before = try contents(of: index)
    expectRefused(.duplicateID(9), "a stored id") { try index.insert(id: 9, vector: two.array(1)) }
    #expect(try contents(of: index) == before)

    #expect(try !index.insert(id: 9, vector: two.array(1), metadata: ["b": .integer(1)], onConflict: .replace))
    #expect(index.count == 1)
    let found = try find(two.array(1), k: 5, in: index)
    #expect(found.map(\.id) == [9])
    #expect(try find(two.array(1), k: 5, in: index, filter: .equal("a", .integer(1))).isEmpty)
    #expect(try find(two.array(1), k: 5, in: index, filter: .equal("b", .integer(1))).map(\.id) == [9])

    // Within a batch the later one replaces, with its vector and its metadata.
    let fresh = try makeReady()
    let newIDs = try fresh.insertBatch(
      ids: [4, 3, 4], vectors: vectors(3, seed: 6), metadata: [["x": .integer(0)], [:], ["x": .integer(2)]],
      onConflict: .replace, threads: 1)
    #expect(newIDs == 2)
    #expect(fresh.count == 2)
    #expect(try find(two.array(0), k: 5, in: fresh, filter: .equal("x", .integer(2))).map(\.id) == [4])
    #expect(try find(two.array(0), k: 5, in: fresh, filter: .equal("x", .integer(0))).isEmpty)
    let single = try makeReady()
    for (row, id) in [4, 3, 4].enumerated() {
      try single.insert(id: UInt64(id), vector: vectors(3, seed: 6).array(row), onConflict: .replace)
    }
    #expect(try contents(of: single) == contents(of: fresh), "a batch equals its rows one by one")
  }

  /// A batch with one fault anywhere changes nothing.
  func checkRefusedBatches() throws {
    let index = try makeFilled(with: vectors(30, seed: 8))
    let before = try contents(of: index)
    let bytes = index.statistics.memoryBytes
    let good = vectors(5, seed: 9)
    func refuse(
      _ error: IndexError, ids: [UInt64] = [100, 101, 102, 103, 104], vectors: Matrix? = nil, metadata: [Metadata] = [],
      rule: ConflictRule = .fail, _ context: String
    ) throws {
      expectRefused(error, context) {
        try index.insertBatch(
          ids: ids, vectors: vectors ?? good, metadata: metadata, onConflict: rule, threads: 2)
      }
      #expect(index.count == 30, "\(context)")
      #expect(index.statistics.memoryBytes == bytes, "\(context)")
      #expect(try contents(of: index) == before, "\(context)")
    }
    for bad in [Float.infinity, -.infinity] {
      var rows = (0..<5).map(good.array)
      rows[2][7] = bad
      for rule in [ConflictRule.fail, .replace] {
        try refuse(.notFinite(row: 2, component: 7, value: bad), vectors: Matrix(rows), rule: rule, "\(bad)")
      }
    }
    let narrow = RandomVectors.binary.matrix(5, dimension: dimension - 1, seed: 1)
    try refuse(.dimensionMismatch(expected: dimension, got: dimension - 1), vectors: narrow, "narrow")
    try refuse(.duplicateID(101), ids: [100, 101, 102, 101, 104], "an id twice in the batch")
    try refuse(.duplicateID(7), ids: [100, 101, 102, 7, 104], "a stored id in the batch")
    try refuse(.countMismatch(what: "ids", expected: 5, got: 4), ids: [100, 101, 102, 103], "an id missing")
    try refuse(
      .countMismatch(what: "metadata", expected: 5, got: 1), metadata: [["a": .integer(1)]], "metadata missing")

    // NaN is equal to nothing, so its error is looked at by hand.
    var rows = (0..<5).map(good.array)
    rows[4][0] = .nan
    let nan = #expect(throws: IndexError.self) {
      try index.insertBatch(
        ids: [1, 101, 102, 103, 104], vectors: Matrix(rows), metadata: [], onConflict: .replace, threads: 1)
    }
    if case .notFinite(row: 4, component: 0, let value) = nan { #expect(value.isNaN) } else { Issue.record("\(nan!)") }
    #expect(try contents(of: index) == before)
    #expect(
      try index.insertBatch(ids: [], vectors: Matrix([]), metadata: [], onConflict: .fail, threads: 1) == 0,
      "an empty batch is fine")
  }

  /// Removing takes the vector out once; the others stay as they were.
  func checkRemoval() throws {
    let stored = vectors(60, seed: 10)
    let index = try makeFilled(with: stored)
    let all = try find(stored.array(0), k: 60, in: index)
    for id in [UInt64(0), 59, 30, 31, 29] {
      #expect(try index.remove(id: id))
      #expect(try !index.remove(id: id), "a second removal of \(id)")
    }
    let gone: Set<UInt64> = [0, 59, 30, 31, 29]
    #expect(index.count == 55)
    #expect(try find(stored.array(0), k: 60, in: index) == all.filter { !gone.contains($0.id) })
    for id in 0..<UInt64(60) where !gone.contains(id) { #expect(try index.remove(id: id)) }
    #expect(index.count == 0)
    #expect(try find(stored.array(0), k: 60, in: index).isEmpty)
  }

  /// Learning again keeps what is stored and nothing else, whatever came before it: not only insertions.
  func checkRetraining() throws {
    let index = try makeReady()
    guard let trainable = index as? any TrainableIndex else { return }
    try trainable.retrain(threads: 1)
    #expect(index.count == 0, "learnt again while it is empty")
    let count = trainingVectors > 0 ? trainingVectors : 200
    let stored = vectors(count, seed: 27)
    try index.insertBatch(
      ids: (0..<UInt64(count)).map { $0 }, vectors: stored, metadata: [], onConflict: .fail, threads: 1)
    func expect(_ ids: some Sequence<UInt64>, _ step: String) throws {
      let found = try find(stored.array(count / 2), k: count + 10, in: index).map(\.id)
      #expect(found.count == index.count, "\(step)")
      #expect(found.sorted() == ids.sorted(), "\(step)")
    }
    for removed in [0..<3, 3..<5] as [Range<UInt64>] {
      for id in removed { #expect(try index.remove(id: id)) }
      // Fewer than codewords can't be learnt from; what is stored then is as it was.
      try? trainable.retrain(threads: 2)
      try expect(removed.upperBound..<UInt64(count), "\(removed) removed, then learnt again")
    }
    try? trainable.retrain(threads: 1)
    try expect(5..<UInt64(count), "learnt again twice")
    try index.insert(id: 9, vector: stored.array(0), onConflict: .replace)
    try? trainable.retrain(threads: 1)
    try expect(5..<UInt64(count), "replaced, then learnt again")
    for id in 5..<UInt64(count) { #expect(try index.remove(id: id)) }
    try trainable.retrain(threads: 1)
    try expect([], "emptied, then learnt again")
    try index.insert(id: 2, vector: stored.array(2))
    try expect([2], "filled after that")
  }

  /// k = 0 and an empty index are answered with nothing.
  func checkEmptyAnswers() throws {
    let query = vectors(1, seed: 11).array(0)
    let empty = try makeReady()
    #expect(try find(query, k: 5, in: empty).isEmpty)
    let index = try makeFilled(with: vectors(20, seed: 12))
    #expect(try find(query, k: 0, in: index).isEmpty)
    var answers = NeighborBatch(k: 0, reserving: 2)
    try index.searchBatch(
      vectors(2, seed: 13), k: 0, parameters: searchParameters(), filter: nil, scratch: index.makeScratch(),
      into: &answers)
    #expect(answers.counts == [0, 0])
  }

  /// Zero vectors have a place, an all-zero query under `angular` has no neighbours, and −0 is +0.
  func checkZeros() throws {
    let zero = [Float](repeating: 0, count: dimension)
    let minusZero = [Float](repeating: -0.0, count: dimension)
    let one = vectors(1, seed: 14).array(0)
    let index = try makeReady()
    try index.insert(id: 1, vector: zero)
    try index.insert(id: 2, vector: minusZero)
    try index.insert(id: 3, vector: one)
    let fromZero = try find(zero, k: 3, in: index)
    #expect(try find(minusZero, k: 3, in: index) == fromZero)
    let found = try find(one, k: 3, in: index)
    let toZeros = found.filter { $0.id != 3 }
    #expect(toZeros.map(\.id) == [1, 2])
    #expect(toZeros.first?.distance == toZeros.last?.distance)
    if metric == .angular {
      #expect(fromZero.isEmpty)
      #expect(!isExact || toZeros.allSatisfy { $0.distance == 1 })
    } else {
      #expect(fromZero.count == 3)
    }
    #expect(found.allSatisfy { $0.distance.sign == .plus || $0.distance != 0 }, "a distance of −0 is never reported")
  }

  /// Finite values whose squares or sums overflow are at infinite distance: last, in order of insertion.
  func checkHugeValues() throws {
    guard isExact else { return }
    let usual = vectors(20, seed: 15)
    let index = try makeFilled(with: usual)
    let huge = [Float](repeating: 3e38, count: dimension)
    try index.insert(id: 201, vector: huge)
    try index.insert(id: 200, vector: huge)
    let found = try find(usual.array(0), k: 22, in: index)
    #expect(Set(found.map(\.id)).count == 22)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.precedes($1) })
    #expect(found.allSatisfy { !$0.distance.isNaN })
    switch metric {
    case .euclidean, .manhattan:
      #expect(found.suffix(2).map(\.id) == [201, 200])
      #expect(found.suffix(2).allSatisfy { $0.distance == .infinity })
      #expect(found.dropLast(2).allSatisfy { $0.distance.isFinite })
    case .angular:
      let expected = Float(metric.referenceDistance(usual.array(0), huge))
      #expect(found.filter { $0.id >= 200 }.allSatisfy { abs($0.distance - expected) < 1e-5 })
    case .hamming:
      #expect(found.suffix(2).map(\.id) == [201, 200])
      #expect(found.suffix(2).allSatisfy { $0.distance == 1 })
    case .dot:
      // ∞ − ∞ among the products is no number, and so counts as infinitely far.
      let mixed = (0..<dimension).map { $0 % 2 == 0 ? Float(3e38) : -3e38 }
      let last = try find(mixed, k: 22, in: index).filter { $0.id >= 200 }
      #expect(last.map(\.id) == [201, 200])
      #expect(last.allSatisfy { !$0.distance.isNaN })
    }
    #expect(try find(huge, k: 22, in: index).count == 22, "a huge query is answered")
    try checkPartialSearches(of: index, for: [usual.array(0), huge, huge.map { -$0 }])
  }

  /// What a search of a part finds is stored, at the distances that a search of all finds, in order and once.
  private func checkPartialSearches(of index: Index, for queries: [[Float]]) throws {
    for settings in partialSearches {
      for query in queries {
        let distances = try Dictionary(
          uniqueKeysWithValues: find(query, k: index.count, in: index).map { ($0.id, $0.distance) })
        let found = try index.find(query, k: 5, parameters: searchParameters(settings))
        #expect(Set(found.map(\.id)).isSubset(of: distances.keys), "\(settings)")
        #expect(Set(found.map(\.id)).count == found.count, "\(settings)")
        #expect(zip(found, found.dropFirst()).allSatisfy { $0.precedes($1) }, "\(settings)")
        #expect(found.allSatisfy { !$0.distance.isNaN }, "\(settings)")
        guard settings["refine"] != "0" else { continue }
        #expect(found.allSatisfy { $0.distance == distances[$0.id] }, "\(settings)")
      }
    }
  }
}
