import VectorCore

/// A batch that has passed every check, and which of its rows are stored.
struct InsertPlan {
  let ids: [UInt64]
  /// One for each id, or empty.
  let metadata: [Metadata]
  /// The rows that are stored: all but those that a later row of the batch replaces.
  let rows: [Int]
  /// Those of them whose id is stored already.
  let replacingRows: [Int]

  /// How many ids are new.
  var newIDs: Int { rows.count - replacingRows.count }
}

extension InsertPlan {
  /// Checks a whole batch before anything changes: counts, dimension, finite components, sequence, then ids.
  ///
  /// - Parameters:
  ///   - nextSequence: the insertion sequence of the batch's first row.
  ///   - isStored: whether a vector of this id is in the index.
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

  /// For each id the last row that has it; under `.fail` an id twice is refused.
  private static func lastRows(of ids: [UInt64], onConflict rule: ConflictRule) throws(IndexError) -> [Int] {
    // Row numbers and other ascending ids, the common case, need no table to be seen to differ.
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

/// Refuses writes that the insertion sequence has no numbers left for; the greatest number is never given.
///
/// - Throws: `IndexError.sequencesExhausted`.
func checkSequences(from next: UInt64, count: Int) throws(IndexError) {
  guard UInt64(count) <= UInt64.max - next else { throw .sequencesExhausted(next: next) }
}
