import TestSupport
import Testing
import VectorCore
import VectorIndexes

/// Every kind of change, committed, aborted or cut off by closing the file, against brute force.
///
/// - Parameters:
///   - stride: after how many operations the index's promises are checked.
///   - begin: what comes before the first change; committed.
func checkRandomTransactions<Index: HistoryIndex>(
  _ setup: IndexSetup<Index>, at path: String, seed: UInt64, operations: Int, stride: Int,
  begin: (Index) throws -> Void = { _ in }
) throws {
  var generator = SeededGenerator(seed: seed)
  let file = try OpenIndex(setup, at: path)
  var index: Index { file.index }
  let pool = setup.vectors(64, .duplicateHeavy, seed: seed)
  try begin(index)
  try index.commit()
  var (committed, reference) = (BruteForce(metric: setup.metric), BruteForce(metric: setup.metric))
  for operation in 0..<operations {
    let id = UInt64(generator.next(below: 150))
    switch generator.next(below: 20) {
    case 0..<8:
      let vector = pool.array(generator.next(below: pool.rows))
      let metadata: Metadata = id % 3 == 0 ? ["group": .integer(Int64(id % 2))] : [:]
      let isNew = reference.entries[id] == nil
      #expect(try index.insert(id: id, vector: vector, metadata: metadata, onConflict: .replace) == isNew)
      reference.insert(id: id, vector: vector, metadata: metadata)
    case 8..<13: #expect(try index.remove(id: id) == reference.remove(id: id), "operation \(operation)")
    case 13:
      try index.commit()
      committed = reference
    case 14:
      index.abort()
      reference = committed
    case 15 where operation % 3 == 0:
      try file.reopen()
      reference = committed
    case 16 where index.count >= 16 && operation % 4 == 0: try index.retrain(threads: 1)
    default:
      let query = pool.array(generator.next(below: pool.rows))
      let filter: Filter? = operation % 2 == 0 ? nil : .equal("group", .integer(1))
      // A reader has what was committed last, the index all.
      let isReader = operation % 3 == 0
      let found = try setup.find(query, k: 25, in: isReader ? index.snapshot() : index, filter: filter)
      let expected = (isReader ? committed : reference).ranking(of: query, filter: filter).prefix(25)
      #expect(found.count == expected.count, "operation \(operation)")
      for (neighbor, expected) in zip(found, expected) {
        #expect(abs(Double(neighbor.distance) - expected.distance) <= 1e-5 * (1 + abs(expected.distance)))
      }
      // Distances of these vectors are exact under this metric, so ties are in the order of insertion.
      if setup.metric == .euclidean { #expect(found.map(\.id) == expected.map(\.id), "operation \(operation)") }
    }
    guard index.count == reference.entries.count else {
      Issue.record("operation \(operation): \(index.count) stored, not \(reference.entries.count)")
      return
    }
    if operation % stride == 0 { #expect(try index.contradictions() == [], "operation \(operation)") }
  }
}
