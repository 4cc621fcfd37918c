import VectorCore

/// A batch that has passed all checks, with the rows of it that are stored.
struct InsertPlan {
  let ids: [UInt64]
  /// The metadata of each row, or none at all.
  let metadata: [Metadata]
  /// The rows that are stored: all rows except those that a later row of the batch replaces.
  let rows: [Int]
  /// The rows among `rows` whose id is already stored.
  let replacingRows: [Int]

  /// The number of new ids.
  var newIDs: Int { rows.count - replacingRows.count }
}

extension InsertPlan {
  /// Checks a whole batch before anything changes: counts, dimension, finite components, sequence numbers, ids.
  ///
  /// - Parameters:
  ///   - nextSequence: the insertion sequence of the batch's first row.
  ///   - isStored: whether the index has a vector with this id.
  /// - Throws: `IndexError.countMismatch`, `.dimensionMismatch`, `.notFinite`, `.sequencesExhausted`, or `.duplicateID`
  ///   under `.fail`.
  /// - Complexity: O(n·d).
  init(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict rule: ConflictRule, dimension: Int,
    nextSequence: UInt64, threads: Int, isStored: (UInt64) throws(IndexError) -> Bool
  ) throws(IndexError) {
    guard ids.count == vectors.rows else {
      throw .countMismatch(what: "ids", expected: vectors.rows, got: ids.count)
    }
    guard metadata.isEmpty || metadata.count == vectors.rows else {
      throw .countMismatch(what: "metadata", expected: vectors.rows, got: metadata.count)
    }
    try vectors.check(dimension: dimension, threads: threads)
    try checkSequences(from: nextSequence, count: ids.count)
    let rows = try Self.lastRows(of: ids, onConflict: rule)
    var replacing: [Int] = []
    for row in rows where try isStored(ids[row]) {
      if rule == .fail { throw .duplicateID(ids[row]) }
      replacing.append(row)
    }
    self.init(ids: ids, metadata: metadata, rows: rows, replacingRows: replacing)
  }

  /// For each id, the last row that has it; under `.fail` a repeated id is refused.
  private static func lastRows(of ids: [UInt64], onConflict rule: ConflictRule) throws(IndexError) -> [Int] {
    // Strictly ascending ids, the common case, are distinct, so no hash table is needed.
    if zip(ids, ids.dropFirst()).allSatisfy({ $0 < $1 }) { return Array(ids.indices) }
    var last: [UInt64: Int] = [:]
    last.reserveCapacity(ids.count)
    for (row, id) in ids.enumerated() {
      if last.updateValue(row, forKey: id) != nil, rule == .fail { throw .duplicateID(id) }
    }
    return ids.indices.filter { last[ids[$0]] == $0 }
  }
}

extension VectorStore {
  /// Checks a whole batch before anything changes. - Complexity: O(n·d).
  func plan(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict rule: ConflictRule, threads: Int
  ) throws(IndexError) -> InsertPlan {
    let isEmpty = count == 0
    return try InsertPlan(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, dimension: dimension,
      nextSequence: nextSequence, threads: threads
    ) { !isEmpty && contains($0) }
  }
}

/// Refuses writes for which the insertion sequence has not enough numbers; the greatest number is never assigned.
///
/// - Throws: `IndexError.sequencesExhausted`.
func checkSequences(from next: UInt64, count: Int) throws(IndexError) {
  guard UInt64(count) <= UInt64.max - next else { throw .sequencesExhausted(next: next) }
}
