/// A filter in the form in which it is asked of the columns of one state of a `MetadataTable`.
///
/// A comparison is computed for a value when a row with that value is first met, and kept.
struct PreparedFilter {
  private indirect enum Node {
    /// A comparison, by its place in `comparisons`.
    case comparison(Int)
    case and([Node])
    case or([Node])
    case not(Node)
    case never
  }

  /// What is known of a comparison for a value.
  private enum Verdict: UInt8 {
    case unknown, refused, accepted
  }

  private struct Comparison {
    let filter: Filter
    /// The place of the column.
    let column: Int
    /// By the number of the value.
    var verdicts: [Verdict]
  }

  private var root = Node.never
  private var comparisons: [Comparison] = []

  /// - Complexity: O(nodes + different values of the columns that it names).
  init(_ filter: Filter, for table: MetadataTable) { root = node(filter, table) }

  private mutating func node(_ filter: Filter, _ table: MetadataTable) -> Node {
    switch filter {
    case .and(let parts): return .and(parts.map { node($0, table) })
    case .or(let parts): return .or(parts.map { node($0, table) })
    case .not(let part): return .not(node(part, table))
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .isIn:
      guard let field = filter.field, let place = table.column(field) else { return .never }
      let column = table.columns[place]
      var comparison = Comparison(
        filter: filter, column: place, verdicts: Array(repeating: .unknown, count: column.values.count))
      // A list of values is looked up, which is faster than comparing each value of the column with all of them.
      if case .isIn(_, let values) = filter {
        comparison.verdicts = Array(repeating: .refused, count: column.values.count)
        for value in values {
          if let number = column.number(of: value) { comparison.verdicts[Int(number)] = .accepted }
        }
      }
      comparisons.append(comparison)
      return .comparison(comparisons.count - 1)
    }
  }

  /// Whether the filter accepts the metadata in a slot, or those of a vector without metadata.
  mutating func accepts(_ slot: UInt32?, of table: MetadataTable) -> Bool { accepts(root, slot, table) }

  private mutating func accepts(_ node: Node, _ slot: UInt32?, _ table: MetadataTable) -> Bool {
    switch node {
    case .never: return false
    case .not(let part): return !accepts(part, slot, table)
    case .and(let parts):
      for part in parts where !accepts(part, slot, table) { return false }
      return true
    case .or(let parts):
      for part in parts where accepts(part, slot, table) { return true }
      return false
    case .comparison(let place):
      guard let slot else { return false }
      let column = comparisons[place].column
      guard Int(slot) < table.columns[column].numbers.count else { return false }
      let number = table.columns[column].numbers[Int(slot)]
      guard number != MetadataColumn.none else { return false }
      if comparisons[place].verdicts[Int(number)] == .unknown {
        let value = table.columns[column].values[Int(number)]
        comparisons[place].verdicts[Int(number)] =
          comparisons[place].filter.accepts(value: value) ? .accepted : .refused
      }
      return comparisons[place].verdicts[Int(number)] == .accepted
    }
  }

  /// Writes which rows the filter accepts, bit i % 64 of word i / 64 for row i; bits past the last row are 0.
  ///
  /// - Parameters:
  ///   - slots: the slot of each row, or `SlotMap.none`.
  ///   - words: (rows + 63) / 64 words.
  /// - Complexity: O(rows · comparisons).
  mutating func find(
    _ slots: UnsafeBufferPointer<UInt32>, of table: MetadataTable, into words: UnsafeMutablePointer<UInt64>
  ) {
    find(root, slots, table, words)
    if slots.count % 64 != 0 { words[slots.count / 64] &= (1 << UInt64(slots.count % 64)) - 1 }
  }

  private mutating func find(
    _ node: Node, _ slots: UnsafeBufferPointer<UInt32>, _ table: MetadataTable, _ words: UnsafeMutablePointer<UInt64>
  ) {
    let count = (slots.count + 63) / 64
    switch node {
    case .never: words.update(repeating: 0, count: count)
    case .not(let part):
      find(part, slots, table, words)
      for word in 0..<count { words[word] = ~words[word] }
    case .and(let parts), .or(let parts):
      let isAnd = if case .and = node { true } else { false }
      words.update(repeating: isAnd ? .max : 0, count: count)
      withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { own in
        for part in parts {
          guard let base = own.baseAddress else { return }
          find(part, slots, table, base)
          for word in 0..<count { words[word] = isAnd ? words[word] & own[word] : words[word] | own[word] }
        }
      }
    case .comparison(let place): compare(place, slots, table.columns[comparisons[place].column], words)
    }
  }

  private mutating func compare(
    _ place: Int, _ slots: UnsafeBufferPointer<UInt32>, _ column: MetadataColumn, _ words: UnsafeMutablePointer<UInt64>
  ) {
    let filter = comparisons[place].filter
    comparisons[place].verdicts.withUnsafeMutableBufferPointer { verdicts in
      column.numbers.withUnsafeBufferPointer { numbers in
        for start in stride(from: 0, to: slots.count, by: 64) {
          var word: UInt64 = 0
          for row in start..<min(start + 64, slots.count) {
            let slot = slots[row]
            // `SlotMap.none` is past the end of every column.
            guard Int(slot) < numbers.count else { continue }
            let number = numbers[Int(slot)]
            guard number != MetadataColumn.none else { continue }
            if verdicts[Int(number)] == .unknown {
              verdicts[Int(number)] = filter.accepts(value: column.values[Int(number)]) ? .accepted : .refused
            }
            word |= (verdicts[Int(number)] == .accepted ? 1 : 0) << UInt64(row - start)
          }
          words[start / 64] = word
        }
      }
    }
  }
}
