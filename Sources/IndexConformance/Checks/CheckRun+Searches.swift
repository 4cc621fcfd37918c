import VectorCore
import VectorSearch

/// Checks of the searches that are refused, and of filters.
extension CheckRun {
  func checkRefusedSearches() throws {
    let good = vector(stream: 1)
    for (index, stored) in [(try makeReady(), 0), (try makeFilled(with: vectors(20, stream: 2)), 20)] {
      let name = stored == 0 ? "nothing is stored" : "\(stored) vectors are stored"
      situation = name
      try checkOrderOfRefusals(of: index, good)
      situation = name
      let own = try setup.searchParameters(metric: setup.metric)
      expectCount(try index.find(good, k: 3, parameters: own), min(3, stored), "a search for the index's own metric")
      expectCount(try find(good, k: .max, in: index), stored, "k = \(Int.max)")

      // An error in any query of a batch must be found before the first query is answered, and must name the query's
      // row.
      var answers = NeighborBatch(k: 1, reserving: 2)
      let component = min(3, setup.dimension - 1)
      expectRefused(
        .notFinite(row: 1, component: component, value: -.infinity), "a batch search whose second query has −infinity"
      ) {
        var infinite = good
        infinite[component] = -.infinity
        try index.searchBatch(
          Matrix([good, infinite]), k: 1, parameters: setup.searchParameters(), filter: nil,
          scratch: index.makeScratch(), into: &answers)
      }
      expectEqual(answers.queries, 0, "queries that a refused batch search has answered")
    }
  }

  /// Checks that a search is refused for dimension, components, metric, filter and k, in this order.
  ///
  /// Each search has all the errors that are checked after the expected one.
  private func checkOrderOfRefusals(of index: Index, _ good: [Float]) throws {
    let deep = (0..<80).reduce(Filter.and([])) { filter, _ in .not(filter) }
    let other: Metric = setup.metric == .dot ? .euclidean : .dot
    let name = situation
    func refuse(
      _ error: IndexError, _ query: [Float], metric: Metric?, filter: Filter?, k values: [Int], _ faults: String
    ) throws {
      for k in values {
        situation = "\(name), k = \(k), \(faults)"
        let parameters = try setup.searchParameters(metric: metric)
        expectRefused(error, "search") {
          _ = try index.find(query, k: k, parameters: parameters, filter: filter)
        }
        expectRefused(error, "searchBatch") {
          var answers = NeighborBatch(k: k, reserving: 1)
          try index.searchBatch(
            Matrix([query]), k: k, parameters: parameters, filter: filter, scratch: index.makeScratch(),
            into: &answers)
        }
      }
    }
    try refuse(
      .dimensionMismatch(expected: setup.dimension, got: setup.dimension + 1), good + [.nan], metric: other,
      filter: deep, k: [0, 3, -1], "a query with one component too many, NaN, another metric and too deep a filter")
    let component = min(3, setup.dimension - 1)
    for value in [-Float.infinity, .nan] {
      var query = good
      query[component] = value
      try refuse(
        .notFinite(row: 0, component: component, value: value), query, metric: other, filter: deep, k: [0, 3, -1],
        "a query with \(value), another metric and too deep a filter")
    }
    try refuse(
      .metricMismatch(index: setup.metric, asked: other), good, metric: other, filter: deep, k: [0, 3, -1],
      "another metric and too deep a filter")
    do { try deep.validate() } catch let error {
      try refuse(error, good, metric: setup.metric, filter: deep, k: [0, 3, -1], "too deep a filter")
    }
    for k in [-1, Int.min] {
      try refuse(
        .invalidParameter(name: "k", value: String(k), expected: "an integer, at least 0"), good,
        metric: setup.metric, filter: nil, k: [k], "nothing else wrong")
    }
  }

  func checkFilters() throws {
    situation = "200 vectors were inserted, two thirds of them with the metadata number, even, name and share"
    let stored = vectors(200, stream: 1)
    let metadata = (0..<200).map { row -> Metadata in
      guard row % 3 != 0 else { return [:] }
      return [
        "number": .integer(Int64(row)), "even": .boolean(row % 2 == 0), "name": .text("n\(row % 7)"),
        "share": .real(Double(row) / 200),
      ]
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
      (.notEqual("name", .text("n1")), rows { $0 % 3 != 0 && $0 % 7 != 1 }),
      (.greaterOrEqual("share", .real(0.5)), rows { $0 % 3 != 0 && $0 >= 100 }),
      (.and([]), rows { _ in true }),
      (.or([]), []),
    ]
    let query = vector(stream: 2)
    let all = try find(query, k: 200, in: index)
    for (filter, accepted) in filters {
      for k in [200, 2] {
        let found = try find(query, k: k, in: index, filter: filter)
        let what = "filter \(filter), k = \(k)"
        if setup.isExhaustive {
          let expected = all.filter { accepted.contains($0.id) }.prefix(k)
          expectEqual(found, Array(expected), "\(what): what is found, against the accepted among all")
        } else {
          expectCount(found, min(k, accepted.count), what)
          expectOrder(found, byInsertion: true, what)
          let strangers = found.filter { !accepted.contains($0.id) }
          expect(strangers.isEmpty, "\(what): expected accepted vectors, found \(text(of: strangers.map(\.id)))")
        }
      }
    }
    situation += ", then id 4 was removed and inserted again without metadata"
    expectEqual(try index.remove(id: 4), true, "what the removal returns")
    try index.insert(id: 4, vector: stored.array(4))
    expectIDs(
      try find(query, k: 200, in: index, filter: .equal("number", .integer(4))), [], "ids found with number = 4")
  }
}
