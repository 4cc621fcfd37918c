import VectorCore
import VectorSearch

/// Checks of answers, and of values at the limits of Float32.
extension CheckRun {
  func checkAnswers() throws {
    for kind in [RandomVectors.uniform, .clustered, .duplicateHeavy] {
      situation = "300 \(kind) vectors were inserted as a batch"
      let stored = vectors(300, kind, stream: 1)
      let index = try makeFilled(with: stored)
      var reference = BruteForce(metric: setup.metric)
      for row in 0..<stored.rows { reference.insert(id: UInt64(row), vector: stored.array(row)) }
      let queries = vectors(5, kind, stream: 2)
      let hasExactDistances = setup.metric != .angular && (kind == .duplicateHeavy || setup.metric == .hamming)
      var foundAny = false
      for row in 0..<queries.rows {
        let query = queries.array(row)
        let ranking = reference.ranking(of: query)
        for k in [1, 10, 300, 305] {
          let found = try find(query, k: k, in: index)
          expectAnswer(
            found, nearest: k, of: ranking, exactDistances: hasExactDistances, "query \(row), k = \(k)")
          foundAny = foundAny || !found.isEmpty
        }
      }
      expect(foundAny, "expected neighbours, found none for any query")
    }
  }

  func checkEmptyAnswers() throws {
    situation = "nothing is stored"
    let empty = try makeReady()
    expectIDs(try find(vector(stream: 1), k: 5, in: empty), [], "ids found with k = 5")
    situation = "20 vectors are stored"
    let index = try makeFilled(with: vectors(20, stream: 2))
    expectIDs(try find(vector(stream: 1), k: 0, in: index), [], "ids found with k = 0")
    var answers = NeighborBatch(k: 0, reserving: 2)
    try index.searchBatch(
      vectors(2, stream: 3), k: 0, parameters: setup.searchParameters(), filter: nil, scratch: index.makeScratch(),
      into: &answers)
    expectEqual(answers.counts, [0, 0], "numbers of neighbours in a batch with k = 0")
  }

  func checkZeros() throws {
    situation = "a vector of zeros (id 1), one of −0 (id 2) and another (id 3) were inserted"
    let zero = [Float](repeating: 0, count: setup.dimension)
    let minusZero = [Float](repeating: -0.0, count: setup.dimension)
    let one = vector(stream: 1)
    let index = try makeReady()
    try index.insert(id: 1, vector: zero)
    try index.insert(id: 2, vector: minusZero)
    try index.insert(id: 3, vector: one)
    let fromZero = try find(zero, k: 3, in: index)
    expectEqual(try find(minusZero, k: 3, in: index), fromZero, "what a query of −0 finds, against one of zeros")
    let found = try find(one, k: 3, in: index)
    let toZeros = found.filter { $0.id != 3 }
    expectIDs(toZeros, [1, 2], "ids of zeros found by the other vector, in the order of insertion")
    expect(
      Set(toZeros.map(\.distance)).count <= 1,
      "expected one distance from the other vector to both zeros, found \(text(of: toZeros.map(\.distance)))")
    if setup.metric == .angular {
      expectEqual(fromZero.map(\.id), [], "ids found by a query of zeros under angular")
      if setup.hasTrueDistances {
        expect(
          toZeros.allSatisfy { $0.distance == 1 },
          "expected zeros at distance 1 under angular, found \(text(of: toZeros.map(\.distance)))")
      }
    } else {
      expectCount(fromZero, 3, "a query of zeros")
    }
    expectOrder(found + [], byInsertion: false, "the other vector")
  }

  func checkHugeValues() throws {
    let usual = vectors(20, stream: 1)
    let huge = [Float](repeating: 3e38, count: setup.dimension)
    situation = "20 usual vectors were inserted as a batch, then ids 201 and 200 with all components 3e38"
    let index = try makeFilled(with: usual)
    try index.insert(id: 201, vector: huge)
    try index.insert(id: 200, vector: huge)
    let query = usual.array(0)
    let found = try find(query, k: 22, in: index)
    expectCount(found, 22, "a usual query, k = 22")
    expectOrder(found, byInsertion: true, "a usual query")
    let (near, far) = (found.filter { $0.id < 200 }, found.filter { $0.id >= 200 })
    let distances = far.map(\.distance)
    switch setup.metric {
    case .euclidean, .manhattan:
      expectIDs(far, [201, 200], "huge vectors found, in the order of insertion")
      expectEqual(Array(found.suffix(far.count)), far, "the last found, against the huge vectors")
      // With one component the distance itself is finite, although its square is not.
      expect(
        setup.dimension == 1 || distances.allSatisfy { $0 == .infinity },
        "expected huge vectors at distance infinity, found \(text(of: distances))")
      expect(
        near.allSatisfy { $0.distance.isFinite },
        "expected usual vectors at finite distances, found \(text(of: near.map(\.distance)))")
    case .angular:
      let truth = setup.metric.referenceDistance(query, huge)
      expect(
        distances.allSatisfy { isClose($0, truth) },
        "expected huge vectors at distance \(truth), found \(text(of: distances))")
    case .hamming:
      expectIDs(far, [201, 200], "huge vectors found, in the order of insertion")
      expectEqual(Array(found.suffix(far.count)), far, "the last found, against the huge vectors")
      expect(
        distances.allSatisfy { $0 == 1 }, "expected huge vectors at distance 1, found \(text(of: distances))")
    case .dot:
      // ∞ − ∞ among the products is NaN, which counts as infinite.
      let mixed = (0..<setup.dimension).map { $0 % 2 == 0 ? Float(3e38) : -3e38 }
      let last = try find(mixed, k: 22, in: index).filter { $0.id >= 200 }
      expectIDs(last, [201, 200], "huge vectors found by a query of 3e38 and −3e38 in turn, in the order of insertion")
      expect(last.allSatisfy { !$0.distance.isNaN }, "expected distances, found \(text(of: last.map(\.distance)))")
    }
    expectCount(try find(huge, k: 22, in: index), 22, "a huge query, k = 22")
    try checkPartialSearches(of: index, for: [query, huge, huge.map { -$0 }])
  }

  /// Checks that the results of a partial search are stored, have the distances of a full search, are in order and
  /// unique.
  private func checkPartialSearches(of index: Index, for queries: [[Float]]) throws {
    for settings in setup.partial {
      for (number, query) in queries.enumerated() {
        let what = "search with \(shown(settings)) for \(["a usual", "a huge", "a huge negative"][number]) query"
        let all = try find(query, k: index.count, in: index)
        let distances = Dictionary(all.map { ($0.id, $0.distance) }) { first, _ in first }
        let found = try index.find(query, k: 5, parameters: setup.searchParameters(settings))
        expectOrder(found, byInsertion: true, what)
        guard setup.isExhaustive else { continue }
        for neighbor in found {
          guard let distance = distances[neighbor.id] else {
            record("\(what): expected what an exhaustive search finds, found \(text(of: neighbor)) too")
            continue
          }
          guard settings["refine"] != "0" else { continue }
          expectEqual(neighbor.distance, distance, "\(what): distance of id \(neighbor.id), against exhaustive search")
        }
      }
    }
  }

  /// The settings in the form that messages show.
  func shown(_ settings: [String: String]) -> String {
    guard !settings.isEmpty else { return "the setup's parameters" }
    return settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
  }
}
