import Testing
import VectorCore
import VectorIndexes

/// Plays random inserts, upserts, removals, batches, retrainings and searches against brute force.
///
/// - Parameters:
///   - operations: how many; about a fifth of them are searches.
///   - retrainable: vectors that are enough to learn from.
///   - check: what else must hold after each operation.
public func checkRandomOperations<Index: MutableVectorIndex>(
  _ setup: IndexSetup<Index>, operations: Int, seed: UInt64, retrainable: Int = 64,
  check: (Index) throws -> Void = { _ in }
) throws {
  var generator = SeededGenerator(seed: seed)
  let index = try setup.makeReady()
  var reference = BruteForce(metric: setup.metric)
  // Few ids and few different vectors: conflicts and ties are common.
  let pool = setup.vectors(64, .duplicateHeavy, seed: seed)
  func anyID() -> UInt64 { UInt64(generator.next(below: 150)) }
  func anyVector() -> [Float] { pool.array(generator.next(below: pool.rows)) }
  func anyMetadata() -> Metadata {
    generator.next(below: 2) == 0 ? [:] : ["group": .integer(Int64(generator.next(below: 3)))]
  }
  for operation in 0..<operations {
    switch generator.next(below: 20) {
    case 0..<7:
      let (id, vector, metadata) = (anyID(), anyVector(), anyMetadata())
      let isNew = reference.entries[id] == nil
      #expect(try index.insert(id: id, vector: vector, metadata: metadata, onConflict: .replace) == isNew)
      reference.insert(id: id, vector: vector, metadata: metadata)
    case 7..<10:
      let (id, vector) = (anyID(), anyVector())
      if reference.entries[id] == nil {
        #expect(try index.insert(id: id, vector: vector))
        reference.insert(id: id, vector: vector)
      } else {
        expectRefused(.duplicateID(id), "operation \(operation)") { try index.insert(id: id, vector: vector) }
      }
    case 10..<15:
      let id = anyID()
      #expect(try index.remove(id: id) == reference.remove(id: id), "operation \(operation)")
    case 15:
      let ids = (0..<5).map { _ in anyID() }
      let rows = ids.map { _ in anyVector() }
      let newIDs = Set(ids.filter { reference.entries[$0] == nil }).count
      #expect(
        try index.insertBatch(
          ids: ids, vectors: Matrix(rows), metadata: [], onConflict: .replace, threads: 2) == newIDs)
      for (id, row) in zip(ids, rows) { reference.insert(id: id, vector: row) }
    default:
      let query = anyVector()
      let filter: Filter? = generator.next(below: 2) == 0 ? nil : .equal("group", .integer(1))
      let k = 1 + generator.next(below: 30)
      expectNeighbors(
        try setup.find(query, k: k, in: index, filter: filter), areFirst: k,
        of: reference.ranking(of: query, filter: filter), ids: setup.metric != .angular, "operation \(operation)")
    }
    if operation % 500 == 499, index.count >= retrainable, let trainable = index as? any TrainableIndex {
      try trainable.retrain(threads: 2)
      // Nothing but a removal lies between this training and the last.
      let id = anyID()
      #expect(try index.remove(id: id) == reference.remove(id: id), "operation \(operation)")
      try trainable.retrain(threads: 2)
    }
    try check(index)
    guard index.count == reference.entries.count else {
      Issue.record("operation \(operation): \(index.count) stored, not \(reference.entries.count)")
      return
    }
  }
}
