import VectorCore
import VectorSearch

extension CheckRun {
  /// Runs a random history against brute force; if it fails, searches for a short history that fails too.
  func checkRandomOperations(_ length: Int, invariants: (Index) throws -> Void) throws {
    // Distances of these vectors are exact in Float32, so the order of ties is known.
    let pool = vectors(64, .duplicateHeavy, stream: 1)
    let history = RandomOperation.history(of: length, pool: pool.rows, seed: seed)
    guard let failure = try firstFailure(of: history, pool, invariants) else { return }
    let found = "operation \(failure.number) of \(length), \(history[failure.number]): \(failure.message)"
    let short = try shortened(Array(history.prefix(failure.number + 1)), pool, invariants)
    let shown = short.suffix(12).map(\.description).joined(separator: ", ")
    let start = short.count > 12 ? "end with: …, " : "are: "
    record("\(found); the fewest operations found that fail, \(short.count), \(start)\(shown)")
  }

  /// A failing history from which no operation can be removed, within a limited number of attempts.
  ///
  /// Source: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions on Software
  /// Engineering 28(2), 2002, doi:10.1109/32.988498.
  private func shortened(
    _ history: [RandomOperation], _ pool: Matrix, _ invariants: (Index) throws -> Void
  ) throws -> [RandomOperation] {
    var kept = history
    var tries = 200
    var chunk = kept.count / 2
    while chunk > 0 {
      var start = 0
      while start < kept.count, tries > 0 {
        tries -= 1
        var fewer = kept
        fewer.removeSubrange(start..<min(start + chunk, kept.count))
        if let failure = try firstFailure(of: fewer, pool, invariants) {
          kept = Array(fewer.prefix(failure.number + 1))
        } else {
          start += chunk
        }
      }
      chunk /= 2
    }
    return kept
  }

  /// The first operation after which a result is wrong; `nil` if there is none.
  private func firstFailure(
    of history: [RandomOperation], _ pool: Matrix, _ invariants: (Index) throws -> Void
  ) throws -> (number: Int, message: String)? {
    let index = try makeReady()
    var reference = BruteForce(metric: setup.metric)
    let trial = CheckRun(setup, check, seed: seed)
    for (number, operation) in history.enumerated() {
      do {
        try trial.perform(operation, on: index, &reference, pool)
        trial.expectEqual(index.count, reference.entries.count, "count")
        try invariants(index)
      } catch {
        trial.recordUnexpected(error)
      }
      if let finding = trial.findings.first { return (number, finding.message) }
    }
    return nil
  }

  private func perform(
    _ operation: RandomOperation, on index: Index, _ reference: inout BruteForce, _ pool: Matrix
  ) throws {
    switch operation {
    case .replace(let id, let row, let group):
      let metadata: Metadata = group.map { ["group": .integer($0)] } ?? [:]
      let isNew = reference.entries[id] == nil
      reference.insert(id: id, vector: pool.array(row), metadata: metadata)
      expectEqual(
        try index.insert(id: id, vector: pool.array(row), metadata: metadata, onConflict: .replace), isNew,
        "whether the id was new")
    case .insert(let id, let row):
      guard reference.entries[id] == nil else {
        return expectRefused(.duplicateID(id), "insertion") { try index.insert(id: id, vector: pool.array(row)) }
      }
      reference.insert(id: id, vector: pool.array(row))
      expectEqual(try index.insert(id: id, vector: pool.array(row)), true, "whether the id was new")
    case .remove(let id):
      expectEqual(try index.remove(id: id), reference.remove(id: id), "what the removal returns")
    case .batch(let ids, let rows):
      let newIDs = Set(ids.filter { reference.entries[$0] == nil }).count
      for (id, row) in zip(ids, rows) { reference.insert(id: id, vector: pool.array(row)) }
      expectEqual(
        try index.insertBatch(
          ids: ids, vectors: pool.gathering(rows), metadata: [], onConflict: .replace, threads: 2), newIDs,
        "number of new ids that insertBatch returns")
    case .search(let row, let k, let isFiltered):
      let query = pool.array(row)
      let filter: Filter? = isFiltered ? .equal("group", .integer(1)) : nil
      expectAnswer(
        try find(query, k: k, in: index, filter: filter), nearest: k,
        of: reference.ranking(of: query, filter: filter), exactDistances: setup.metric != .angular, "answer")
    case .retrain:
      guard let trainable = index as? any TrainableIndex else { return }
      // An index that trains itself may not be trained yet.
      do { try retrain(trainable, threads: 2) } catch IndexError.notTrained where !trainable.isTrained {}
    }
  }
}
