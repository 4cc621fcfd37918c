import Synchronization

/// The key by which rows are ordered for a comparison, so that the rows which it accepts are consecutive.
enum ColumnKey: Hashable, Sendable {
  /// The number of a value in its column: for equality and lists of values.
  case number
  /// The rank of a value among all values of its column: for ranges.
  case rank
}

/// A column of one state of a `MetadataTable` in the order of a key, and the rows of each list in that order.
///
/// Searches on several threads share it. The rows of a list are ordered when a filter first asks for them; later filters
/// on the same column find the rows that they accept by binary search, whatever their values are. The column itself is
/// passed to each method: a second owner would have it copied at the next change.
final class ColumnOrder: Sendable {
  /// For ranks, the numbers of the values in ascending order; empty for numbers.
  private let sorted: [UInt32]
  /// For ranks, the rank of each number; empty for numbers, which are keys themselves.
  private let ranks: [UInt32]
  /// For each list, its version when its rows were ordered, and the rows.
  private let lists = Mutex<[(version: UInt64, rows: OrderedRows)?]>([])

  /// - Parameter earlier: the order of an earlier state of the column.
  /// - Complexity: O(1) for numbers; for ranks O(v log v) for v values, and O(v) when few have changed since `earlier`.
  init(_ column: MetadataColumn, by key: ColumnKey, earlier: ColumnOrder?) {
    guard key == .rank else {
      (sorted, ranks) = ([], [])
      return
    }
    let values = column.values
    // Sorting takes O(v) for a few runs of ascending values: those of the earlier order, and the new ones.
    var numbers = (earlier?.sorted ?? []).filter { $0 < values.count }
    numbers.append(contentsOf: UInt32(numbers.count)..<UInt32(values.count))
    numbers.sort { values[Int($0)].precedes(values[Int($1)]) }
    var ranks = [UInt32](repeating: 0, count: values.count)
    for (rank, number) in numbers.enumerated() { ranks[Int(number)] = UInt32(rank) }
    (sorted, self.ranks) = (numbers, ranks)
  }

  private init(sorted: [UInt32], ranks: [UInt32]) { (self.sorted, self.ranks) = (sorted, ranks) }

  /// The same order without the rows of lists.
  var withoutRows: ColumnOrder { ColumnOrder(sorted: sorted, ranks: ranks) }

  var memoryBytes: Int {
    let words = lists.withLock { $0.reduce(sorted.count + ranks.count) { $0 + ($1?.rows.wordCount ?? 0) } }
    return words * MemoryLayout<UInt32>.stride
  }

  /// The key of the value in a slot; `MetadataColumn.none` for a slot without one, and for `SlotMap.none`.
  func key(ofSlot slot: UInt32, in column: MetadataColumn) -> UInt32 {
    guard Int(slot) < column.numbers.count else { return MetadataColumn.none }
    let number = column.numbers[Int(slot)]
    return ranks.isEmpty || number == MetadataColumn.none ? number : ranks[Int(number)]
  }

  /// The keys of the values that a comparison accepts, ascending. A comparison of equality needs an order by numbers, and
  /// one of a range an order by ranks.
  ///
  /// - Complexity: O(log v), and O(n log n) for a list of n values.
  func keys(_ comparison: Filter, in column: MetadataColumn) -> [Range<UInt32>] {
    func number(_ value: MetadataValue) -> Range<UInt32>? { column.number(of: value).map { $0..<$0 + 1 } }
    switch comparison {
    case .equal(_, let value): return number(value).map { [$0] } ?? []
    case .notEqual(_, let value):
      let all = 0..<UInt32(column.values.count)
      guard let own = number(value) else { return [all] }
      return [all.lowerBound..<own.lowerBound, own.upperBound..<all.upperBound].filter { !$0.isEmpty }
    case .isIn(_, let values):
      return values.compactMap(column.number).sorted().reduce(into: []) { ranges, number in
        if let last = ranges.last, number <= last.upperBound {
          ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, number + 1)
        } else {
          ranges.append(number..<number + 1)
        }
      }
    case .less(_, let value): return range(value, in: column) { ($0.lowerBound, $1.lowerBound) }
    case .lessOrEqual(_, let value): return range(value, in: column) { ($0.lowerBound, $1.upperBound) }
    case .greater(_, let value): return range(value, in: column) { ($1.upperBound, $0.upperBound) }
    case .greaterOrEqual(_, let value): return range(value, in: column) { ($1.lowerBound, $0.upperBound) }
    case .and, .or, .not: return []
    }
  }

  /// A range of ranks between ends that are chosen from the ranks of all values of a type, and of one value.
  private func range(
    _ value: MetadataValue, in column: MetadataColumn,
    _ ends: (_ type: Range<UInt32>, _ value: Range<UInt32>) -> (UInt32, UInt32)
  ) -> [Range<UInt32>] {
    // NaN is neither less nor greater than any value, nor equal to one.
    guard value == value else { return [] }
    func first(where isPast: (MetadataValue) -> Bool) -> UInt32 {
      UInt32(partition(0..<sorted.count) { isPast(column.values[Int(sorted[$0])]) })
    }
    let type = value.typeOrder
    let all = first { $0.typeOrder >= type }..<first { $0.typeOrder > type }
    let (low, high) = ends(all, first { !$0.precedes(value) }..<first { value.precedes($0) })
    return low < high ? [low..<high] : []
  }

  /// The rows of a list in the order of their keys.
  ///
  /// - Parameters:
  ///   - version: that of the list, see `FilterableLists`.
  ///   - slots: the slot of each row, or `SlotMap.none`; called when the rows are not known.
  /// - Complexity: O(1) for known rows, otherwise O(n + v) or O(n log n).
  func rows(
    of list: UInt32, version: UInt64, in column: MetadataColumn, slots: () -> [UInt32]
  ) -> OrderedRows {
    lists.withLock { lists in
      if Int(list) < lists.count, let known = lists[Int(list)], known.version == version { return known.rows }
      if Int(list) >= lists.count {
        lists.append(contentsOf: repeatElement(nil, count: Int(list) + 1 - lists.count))
      }
      let rows = OrderedRows(keys: slots().map { key(ofSlot: $0, in: column) }, keyCount: column.values.count)
      lists[Int(list)] = (version, rows)
      return rows
    }
  }
}

/// The rows of one list in the order of their keys in one column.
final class OrderedRows: Sendable {
  /// The key of each row; `MetadataColumn.none` for a row without a value.
  let keys: [UInt32]
  /// The rows with a value by ascending key, those with equal keys ascending.
  let order: [UInt32]
  /// For each key the place of its first row in `order`, and at the end their number; empty where there are more keys
  /// than rows.
  private let starts: [UInt32]

  /// - Parameter keyCount: the number of keys, above every key.
  fileprivate init(keys: [UInt32], keyCount: Int) {
    self.keys = keys
    let rows = keys.indices.lazy.filter { keys[$0] != MetadataColumn.none }
    guard keyCount <= keys.count else {
      order = rows.map { UInt64(keys[$0]) << 32 | UInt64($0) }.sorted().map { UInt32(truncatingIfNeeded: $0) }
      starts = []
      return
    }
    // Counting sort.
    var starts = [UInt32](repeating: 0, count: keyCount + 1)
    for row in rows { starts[Int(keys[row]) + 1] += 1 }
    for key in 0..<keyCount { starts[key + 1] += starts[key] }
    var next = starts
    var order = [UInt32](repeating: 0, count: Int(starts[keyCount]))
    for row in rows {
      order[Int(next[Int(keys[row])])] = UInt32(row)
      next[Int(keys[row])] += 1
    }
    (self.order, self.starts) = (order, starts)
  }

  /// The number of 32-bit words that the order takes.
  var wordCount: Int { keys.count + order.count + starts.count }

  /// The places in `order` of the rows with these keys. - Complexity: O(1), or O(log n) for more keys than rows.
  func places(of keys: Range<UInt32>) -> Range<Int> {
    if !starts.isEmpty {
      let last = starts.count - 1
      return Int(starts[min(Int(keys.lowerBound), last)])..<Int(starts[min(Int(keys.upperBound), last)])
    }
    let start = partition(0..<order.count) { self.keys[Int(order[$0])] >= keys.lowerBound }
    return start..<partition(start..<order.count) { self.keys[Int(order[$0])] >= keys.upperBound }
  }
}

/// The orders of the columns of a `MetadataTable` that filters have asked for.
final class ColumnOrders: Sendable {
  private struct Key: Hashable {
    let column: Int
    let key: ColumnKey
  }

  private struct State {
    var version: UInt64 = 0
    var orders: [Key: ColumnOrder] = [:]
    /// The orders of earlier states of the table.
    var earlier: [Key: ColumnOrder] = [:]
  }

  private let state = Mutex(State())

  var memoryBytes: Int {
    state.withLock { state in
      (Array(state.orders.values) + state.earlier.values).reduce(0) { $0 + $1.memoryBytes }
    }
  }

  /// The order of a column of a table whose orders these are.
  ///
  /// - Complexity: O(1) when it is known, otherwise as `ColumnOrder.init`.
  func order(of column: Int, by key: ColumnKey, in table: MetadataTable) -> ColumnOrder {
    let place = Key(column: column, key: key)
    return state.withLock { state in
      if state.version != table.version {
        state.earlier.merge(state.orders.mapValues(\.withoutRows)) { $1 }
        (state.version, state.orders) = (table.version, [:])
      }
      if let known = state.orders[place] { return known }
      let order = ColumnOrder(table.columns[column], by: key, earlier: state.earlier.removeValue(forKey: place))
      state.orders[place] = order
      return order
    }
  }
}

extension MetadataValue {
  /// The place of the value's type among the types; NaN is a type of its own, since it is not ordered.
  fileprivate var typeOrder: Int {
    switch self {
    case .integer: 0
    case .real(let number): number.isNaN ? 2 : 1
    case .text: 3
    case .boolean: 4
    }
  }

  /// Whether the value comes before another one: in the order of the types, and of the values of a type.
  fileprivate func precedes(_ other: MetadataValue) -> Bool {
    switch (self, other) {
    case (.integer(let one), .integer(let other)): one < other
    default: typeOrder == other.typeOrder ? isLess(than: other) : typeOrder < other.typeOrder
    }
  }
}

/// The first number of a range from which on a condition holds; its end if there is none. - Complexity: O(log n).
private func partition(_ range: Range<Int>, _ holds: (Int) -> Bool) -> Int {
  var (low, high) = (range.lowerBound, range.upperBound)
  while low < high {
    let middle = (low + high) / 2
    if holds(middle) { high = middle } else { low = middle + 1 }
  }
  return low
}
