import Synchronization
import Testing
import VectorCore
import VectorIndexes

extension IndexSetup {
  /// A search is refused for its dimension, its components, its metric, its filter and its k, in this order.
  func checkRefusedSearches() throws {
    let deep = (0..<80).reduce(Filter.and([])) { filter, _ in .not(filter) }
    let wrongMetric: Metric = metric == .dot ? .euclidean : .dot
    let good = vectors(1, seed: 16).array(0)
    var infinite = good
    infinite[3] = -.infinity
    for index in [try makeReady(), try makeFilled(with: vectors(20, seed: 17))] {
      func refuse(
        _ error: IndexError, _ query: [Float], metric: Metric?, filter: Filter?, k: [Int] = [0, 3, -1],
        _ context: String
      ) throws {
        for k in k {
          expectRefused(error, context) {
            _ = try index.find(query, k: k, parameters: searchParameters(metric: metric), filter: filter)
          }
          expectRefused(error, "\(context), batch") {
            var answers = NeighborBatch(k: k, reserving: 1)
            try index.searchBatch(
              Matrix([query]), k: k, parameters: searchParameters(metric: metric), filter: filter,
              scratch: index.makeScratch(), into: &answers)
          }
        }
      }
      try refuse(
        .dimensionMismatch(expected: dimension, got: dimension + 1), good + [.nan], metric: wrongMetric, filter: deep,
        "long")
      try refuse(
        .notFinite(row: 0, component: 3, value: -.infinity), infinite, metric: wrongMetric, filter: deep, "infinite")
      try refuse(
        .metricMismatch(index: metric, asked: wrongMetric), good, metric: wrongMetric, filter: deep, "metric")
      #expect(throws: IndexError.self) { try find(good, k: 0, in: index, filter: deep) }
      #expect(throws: IndexError.self) { try find([.nan] + good.dropFirst(), k: 1, in: index) }
      for k in [-1, Int.min] {
        try refuse(
          .invalidParameter(name: "k", value: String(k), expected: "an integer, at least 0"), good, metric: metric,
          filter: nil, k: [k], "k = \(k)")
      }
      #expect(try index.find(good, k: 3, parameters: searchParameters(metric: metric)).count == min(3, index.count))
      #expect(try index.find(good, k: .max, parameters: searchParameters()).count == index.count)

      // A fault in any query of a batch is found before the first is answered, and named by its row.
      var answers = NeighborBatch(k: 1, reserving: 2)
      expectRefused(.notFinite(row: 1, component: 3, value: -.infinity), "second of a batch") {
        try index.searchBatch(
          Matrix([good, infinite]), k: 1, parameters: searchParameters(), filter: nil, scratch: index.makeScratch(),
          into: &answers)
      }
      #expect(answers.queries == 0)
    }
  }

  /// Only accepted vectors are returned, as if the others were not stored.
  func checkFilters() throws {
    let stored = vectors(200, seed: 18)
    let metadata = (0..<200).map { row -> Metadata in
      guard row % 3 != 0 else { return [:] }
      return ["number": .integer(Int64(row)), "even": .boolean(row % 2 == 0)]
    }
    let index = try makeReady()
    try index.insertBatch(
      ids: (0..<200).map(UInt64.init), vectors: stored, metadata: metadata, onConflict: .fail, threads: 1)
    func rows(where accepts: (Int) -> Bool) -> Set<UInt64> { Set((0..<200).filter(accepts).map(UInt64.init)) }
    let below50 = Filter.less("number", .integer(50))
    let evenAbove100 = Filter.and([.equal("even", .boolean(true)), .greater("number", .integer(100))])
    let three = Filter.or([.isIn("number", [.integer(1), .integer(199)]), .equal("number", .integer(4))])
    let filters: [(Filter, Set<UInt64>)] = [
      (below50, rows { $0 % 3 != 0 && $0 < 50 }),
      (.not(below50), rows { $0 % 3 == 0 || $0 >= 50 }),
      (evenAbove100, rows { $0 % 3 != 0 && $0 % 2 == 0 && $0 > 100 }),
      (three, [1, 4, 199]),
      (.and([]), rows { _ in true }),
      (.or([]), []),
    ]
    let query = vectors(1, seed: 19).array(0)
    let all = try find(query, k: 200, in: index)
    for (filter, accepted) in filters {
      let expected = all.filter { accepted.contains($0.id) }
      #expect(try find(query, k: 200, in: index, filter: filter) == expected, "\(filter)")
      #expect(try find(query, k: 2, in: index, filter: filter) == Array(expected.prefix(2)), "\(filter)")
    }
    // The metadata goes with the vector.
    #expect(try index.remove(id: 4))
    try index.insert(id: 4, vector: stored.array(4))
    #expect(try find(query, k: 200, in: index, filter: .equal("number", .integer(4))).isEmpty)
  }

  /// The same seed and history give the same answers, bit for bit, whatever the thread count.
  func checkDeterminism() throws {
    let stored = vectors(300, .clustered, seed: 20)
    let queries = vectors(20, .clustered, seed: 21)
    func answers(threads: Int) throws -> [[Neighbor]] {
      let index = try makeFilled(with: stored, threads: threads)
      for id in stride(from: UInt64(0), to: 300, by: 7) { try index.remove(id: id) }
      try (index as? any TrainableIndex)?.retrain(threads: threads)
      // With the default parameters too: which clusters are probed must not change either.
      let defaults = try SearchParameters(
        Parameters(declared: Index.declaration.search, kind: Index.declaration.kind))
      return try (0..<queries.rows).flatMap { row in
        [
          try find(queries.array(row), k: 300, in: index),
          try index.find(queries.array(row), k: 10, parameters: defaults),
        ]
      }
    }
    let first = try answers(threads: 1)
    #expect(try answers(threads: 1) == first)
    #expect(try answers(threads: 2) == first)
  }

  /// A batch of queries is answered as they are one by one, whether they look at all vectors or at a part.
  func checkBatchSearch() throws {
    let index = try makeReady()
    let stored = vectors(600, .clustered, seed: 22)
    try index.insertBatch(
      ids: (0..<600).map(UInt64.init), vectors: stored, metadata: (0..<600).map { ["third": .boolean($0 % 3 == 0)] },
      onConflict: .fail, threads: 1)
    // More than a tile of queries at once, some of them the same.
    let queries = vectors(17, .clustered, seed: 23).gathering((0..<20).map { $0 % 17 })
    let scratch = index.makeScratch()
    for settings in [[:]] + partialSearches {
      let parameters = try searchParameters(settings)
      for (k, filter) in [(7, nil), (1, nil), (700, nil), (7, Filter.equal("third", .boolean(true)))] {
        var answers = NeighborBatch(k: k, reserving: 20)
        try index.searchBatch(queries, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answers)
        var expected = NeighborBatch(k: k, reserving: 20)
        var answer = TopK(k: 0)
        for row in 0..<queries.rows {
          try index.search(
            queries[row: row], k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
          expected.append(answer)
        }
        #expect(answers.counts == expected.counts, "\(settings), k = \(k)")
        #expect(answers.ids == expected.ids, "\(settings), k = \(k)")
        #expect(answers.distances == expected.distances, "\(settings), k = \(k)")
        #expect(answers.distanceComputations > 0)
      }
    }
  }

  /// Any number of threads may search at once.
  func checkConcurrentSearches() throws {
    let index = try makeFilled(with: vectors(200, .clustered, seed: 24))
    let queries = vectors(64, .clustered, seed: 25)
    let parameters = try searchParameters()
    let expected = try (0..<queries.rows).map { try find(queries.array($0), k: 10, in: index) }
    let differing = Atomic<Int>(0)
    parallelChunks(of: queries.rows, chunk: 8, threads: 4) { _, rows in
      let scratch = index.makeScratch()
      var answer = TopK(k: 10)
      for row in rows {
        do {
          try index.search(
            queries[row: row], k: 10, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
          if answer.neighbors != expected[row] { differing.add(1, ordering: .relaxed) }
        } catch {
          differing.add(1, ordering: .relaxed)
        }
      }
    }
    #expect(differing.load(ordering: .relaxed) == 0)
  }

  /// Statistics name the kind, count the vectors, and in an index in memory grow with what is stored.
  func checkStatistics() throws {
    let index = try makeReady()
    let empty = index.statistics
    #expect(empty.kind == Index.declaration.kind)
    #expect(empty.count == 0)
    let isInMemory = !(index is any PersistentIndex)
    #expect(!isInMemory || empty.diskBytes == 0)
    let stored = vectors(2000, seed: 26)
    try index.insertBatch(
      ids: (0..<2000).map(UInt64.init), vectors: stored, metadata: [], onConflict: .fail, threads: 1)
    let filled = index.statistics
    #expect(filled.count == 2000)
    guard isInMemory else { return }
    // At the least an id and a sequence for each vector.
    #expect(filled.memoryBytes >= empty.memoryBytes + 2000 * 16)
    if isExact, metric != .hamming {
      #expect(filled.memoryBytes >= empty.memoryBytes + 2000 * (16 + 4 * dimension))
    }
    let text = String(repeating: "x", count: 10_000)
    try index.insert(id: 5000, vector: stored.array(0), metadata: ["text": .text(text)])
    let withText = index.statistics.memoryBytes
    #expect(withText >= filled.memoryBytes + 10_000)
    try index.remove(id: 5000)
    #expect(!freesRemoved || index.statistics.memoryBytes <= withText - 10_000)
  }
}
