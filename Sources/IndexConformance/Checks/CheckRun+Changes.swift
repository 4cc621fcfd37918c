import VectorCore
import VectorSearch

/// Checks of changes: insertions, replacements, removals.
extension CheckRun {
  func checkFilling() throws {
    situation = "an index was made and trained"
    let index = try makeReady()
    expectEqual(index.count, 0, "count")
    expectEqual(index.dimension, setup.dimension, "dimension")
    expectEqual(index.metric, setup.metric, "metric")
    situation = "100 vectors were inserted as a batch"
    let newIDs = try index.insertBatch(
      ids: (0..<100).map(UInt64.init), vectors: vectors(100, stream: 1), metadata: [], onConflict: .fail, threads: 2)
    expectEqual(newIDs, 100, "number of new ids that insertBatch returns")
    expectEqual(index.count, 100, "count")
    situation = "then one more was inserted"
    expectEqual(try index.insert(id: .max, vector: vector(stream: 2)), true, "whether the id was new")
    expectEqual(index.count, 101, "count")
  }

  func checkTies() throws {
    situation = "40 equal vectors were inserted one by one under the ids 39, 38, …, 0"
    let one = vector(stream: 1)
    let index = try makeReady()
    // The ids descend, so that the order of ids cannot be mistaken for the order of insertion.
    for id in (0..<40).reversed() { try index.insert(id: UInt64(id), vector: one) }
    let found = try find(one, k: 12, in: index)
    let inOrder = (0..<40).reversed().map(UInt64.init)
    expectCount(found, 12, "k = 12")
    expectIDs(
      found, Array(inOrder.prefix(setup.isExhaustive ? 12 : 40)), "ids found with k = 12, in the order of insertion")
    expect(
      Set(found.map(\.distance)).count <= 1, "expected one distance, found \(text(of: found.map(\.distance)))")

    situation += ", then id 39 was removed and inserted again, and id 38 replaced by an equal vector"
    expectEqual(try index.remove(id: 39), true, "what the removal returns")
    expectEqual(try index.insert(id: 39, vector: one), true, "whether id 39 was new")
    expectEqual(try index.insert(id: 38, vector: one, onConflict: .replace), false, "whether id 38 was new")
    expectIDs(
      try find(one, k: 40, in: index), (0..<38).reversed().map(UInt64.init) + [39, 38],
      "ids found with k = 40, in the order of insertion")
  }

  func checkConflictRules() throws {
    situation = "id 9 was inserted with the metadata a = 1"
    let (first, second) = (vector(stream: 1), vector(stream: 2))
    let index = try makeReady()
    expectEqual(try index.insert(id: 9, vector: first, metadata: ["a": .integer(1)]), true, "whether the id was new")
    let before = try setup.contents(of: index)
    expectRefused(.duplicateID(9), "id 9 inserted again under the rule fail") {
      try index.insert(id: 9, vector: second)
    }
    expectEqual(try setup.contents(of: index), before, "what is stored after an insertion was refused")

    situation = "id 9 was inserted with the metadata a = 1, then replaced by another vector with b = 1"
    expectEqual(
      try index.insert(id: 9, vector: second, metadata: ["b": .integer(1)], onConflict: .replace), false,
      "whether the id was new")
    expectEqual(index.count, 1, "count")
    let found = try find(second, k: 5, in: index)
    expectIDs(found, [9], "ids found")
    if setup.hasTrueDistances, let distance = found.first?.distance {
      let truth = setup.metric.referenceDistance(second, second)
      expect(
        isClose(distance, truth), "expected the new vector's distance to itself, \(truth), found \(distance)")
    }
    func findings(_ field: String) throws -> [Neighbor] {
      try find(second, k: 5, in: index, filter: .equal(field, .integer(1)))
    }
    expectEqual(try findings("a").map(\.id), [], "ids found with the filter a = 1")
    expectIDs(try findings("b"), [9], "ids found with the filter b = 1")
    try checkConflictsInBatch()
  }

  /// Checks that within a batch a later row replaces an earlier one with its vector and its metadata.
  private func checkConflictsInBatch() throws {
    situation = "a batch of the ids 4, 3, 4 with x = 0, nothing and x = 2 was inserted under the rule replace"
    let (query, three) = (vector(stream: 3), vectors(3, stream: 4))
    let batch = try makeReady()
    let newIDs = try batch.insertBatch(
      ids: [4, 3, 4], vectors: three, metadata: [["x": .integer(0)], [:], ["x": .integer(2)]], onConflict: .replace,
      threads: 1)
    expectEqual(newIDs, 2, "number of new ids that insertBatch returns")
    expectEqual(batch.count, 2, "count")
    expectIDs(try find(query, k: 5, in: batch, filter: .equal("x", .integer(2))), [4], "ids found with x = 2")
    expectIDs(try find(query, k: 5, in: batch, filter: .equal("x", .integer(0))), [], "ids found with x = 0")
    let single = try makeReady()
    for (row, id) in [UInt64(4), 3, 4].enumerated() {
      try single.insert(id: id, vector: three.array(row), onConflict: .replace)
    }
    guard setup.isExhaustive else { return }
    expectEqual(
      try setup.contents(of: batch), try setup.contents(of: single), "what is stored, against one insertion a vector")
  }

  func checkRefusedBatches() throws {
    let index = try makeFilled(with: vectors(30, stream: 1))
    let before = try setup.contents(of: index)
    let bytes = index.statistics.memoryBytes
    let good = (0..<5).map(vectors(5, stream: 2).array)
    let component = min(7, setup.dimension - 1)
    func refuse(
      _ error: IndexError, ids: [UInt64] = [100, 101, 102, 103, 104], rows: [[Float]]? = nil,
      metadata: [Metadata] = [], rule: ConflictRule = .fail, _ context: String
    ) throws {
      situation = "30 vectors are stored, a batch of 5 with \(context) was inserted under the rule \(rule)"
      expectRefused(error, "insertBatch") {
        try index.insertBatch(
          ids: ids, vectors: Matrix(rows ?? good), metadata: metadata, onConflict: rule, threads: 2)
      }
      expectEqual(index.count, 30, "count after the refusal")
      expectEqual(index.statistics.memoryBytes, bytes, "statistics.memoryBytes after the refusal")
      expectEqual(try setup.contents(of: index), before, "what is stored after the refusal")
    }
    func faulty(row: Int, _ component: Int, _ value: Float) -> [[Float]] {
      var rows = good
      rows[row][component] = value
      return rows
    }
    for bad in [Float.infinity, -.infinity, .nan] {
      for rule in [ConflictRule.fail, .replace] {
        try refuse(
          .notFinite(row: 2, component: component, value: bad), rows: faulty(row: 2, component, bad), rule: rule,
          "\(bad) in component \(component) of row 2")
      }
    }
    try refuse(
      .notFinite(row: 4, component: 0, value: .nan), ids: [1, 101, 102, 103, 104], rows: faulty(row: 4, 0, .nan),
      rule: .replace, "a stored id in row 0 and NaN in row 4")
    let other = setup.dimension > 1 ? setup.dimension - 1 : 2
    let narrow = RandomVectors.binary.matrix(5, dimension: other, seed: seed)
    try refuse(
      .dimensionMismatch(expected: setup.dimension, got: other), rows: (0..<5).map(narrow.array),
      "vectors of \(other) components")
    try refuse(.duplicateID(101), ids: [100, 101, 102, 101, 104], "an id twice")
    try refuse(.duplicateID(7), ids: [100, 101, 102, 7, 104], "a stored id in row 3")
    try refuse(.countMismatch(what: "ids", expected: 5, got: 4), ids: [100, 101, 102, 103], "one id too few")
    try refuse(
      .countMismatch(what: "metadata", expected: 5, got: 1), metadata: [["a": .integer(1)]], "one metadata for all")
    situation = "30 vectors are stored, an empty batch was inserted"
    expectEqual(
      try index.insertBatch(ids: [], vectors: Matrix([]), metadata: [], onConflict: .fail, threads: 1), 0,
      "number of new ids that insertBatch returns")
  }

  func checkRemoval() throws {
    situation = "60 vectors were inserted as a batch, then the ids 0, 59, 30, 31 and 29 removed"
    let stored = vectors(60, stream: 1)
    let query = stored.array(0)
    let index = try makeFilled(with: stored)
    let all = try find(query, k: 60, in: index)
    let gone: Set<UInt64> = [0, 59, 30, 31, 29]
    for id in [UInt64(0), 59, 30, 31, 29] {
      expectEqual(try index.remove(id: id), true, "what the removal of id \(id) returns")
      expectEqual(try index.remove(id: id), false, "what a second removal of id \(id) returns")
    }
    expectEqual(index.count, 55, "count")
    let rest = try find(query, k: 60, in: index)
    if setup.isExhaustive {
      expectEqual(rest, all.filter { !gone.contains($0.id) }, "what is found, against before the removals")
    } else {
      expectSet(rest, of: (0..<60).filter { !gone.contains($0) }, "ids found")
    }
    situation = "60 vectors were inserted as a batch, then all were removed"
    for id in 0..<UInt64(60) where !gone.contains(id) {
      expectEqual(try index.remove(id: id), true, "what the removal of id \(id) returns")
    }
    expectEqual(index.count, 0, "count")
    expectIDs(try find(query, k: 60, in: index), [], "ids found")
  }

  /// Expects these ids in any order, each once; the answer of an approximate search may lack some.
  func expectSet(_ found: [Neighbor], of expected: [UInt64], _ what: @autoclosure () -> String) {
    expectIDs(found.sorted { $0.id < $1.id }, expected.sorted(), "\(what()), sorted")
  }
}
