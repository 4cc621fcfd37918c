/// A filter in the form in which it is asked of the columns of one state of a `MetadataTable`.
///
/// A comparison accepts some ranges of keys of a `ColumnOrder`, and so some ranges of the rows of a list in that order.
struct PreparedFilter {
  private indirect enum Node {
    /// A comparison, by its place in `comparisons`.
    case comparison(Int)
    case and([Node])
    case or([Node])
    case not(Node)
    case never
  }

  private struct Comparison {
    /// The place of the column in the table.
    let column: Int
    let order: ColumnOrder
    /// The accepted keys, ascending.
    let keys: [Range<UInt32>]
    /// The rows of the present list, the places of the accepted ones in their order, and the number of these.
    var rows: OrderedRows?
    var places: [Range<Int>] = []
    var count = 0

    func accepts(_ key: UInt32) -> Bool {
      guard key != MetadataColumn.none else { return false }
      if keys.count <= 4 { return keys.contains { $0.contains(key) } }
      var (low, high) = (0, keys.count)
      while low < high {
        let middle = (low + high) / 2
        if keys[middle].upperBound > key { high = middle } else { low = middle + 1 }
      }
      return low < keys.count && keys[low].contains(key)
    }

    mutating func set(_ rows: OrderedRows) {
      self.rows = rows
      places.removeAll(keepingCapacity: true)
      for range in keys {
        let found = rows.places(of: range)
        if !found.isEmpty { places.append(found) }
      }
      count = places.reduce(0) { $0 + $1.count }
    }
  }

  /// The rows that pass one part of an `and` are asked singly for the other parts when those accept so many times as many.
  private static let singlyFactor = 4

  private var root = Node.never
  private var comparisons: [Comparison] = []

  /// - Complexity: O(nodes · log(different values)), and as `ColumnOrders` for a column that is asked for the first time.
  init(_ filter: Filter, for table: MetadataTable) { root = node(filter, table) }

  private mutating func node(_ filter: Filter, _ table: MetadataTable) -> Node {
    switch filter {
    case .and(let parts): return .and(parts.map { node($0, table) })
    case .or(let parts): return .or(parts.map { node($0, table) })
    case .not(let part): return .not(node(part, table))
    case .equal, .notEqual, .isIn: return comparison(filter, by: .number, table)
    case .less, .lessOrEqual, .greater, .greaterOrEqual: return comparison(filter, by: .rank, table)
    }
  }

  private mutating func comparison(_ filter: Filter, by key: ColumnKey, _ table: MetadataTable) -> Node {
    guard let field = filter.field, let column = table.column(field) else { return .never }
    let order = table.orders.order(of: column, by: key, in: table)
    comparisons.append(
      Comparison(column: column, order: order, keys: order.keys(filter, in: table.columns[column])))
    return .comparison(comparisons.count - 1)
  }

  /// Whether the filter accepts the metadata in a slot, or those of a vector without metadata.
  func accepts(_ slot: UInt32?, of table: MetadataTable) -> Bool {
    accepts(root) { comparison in
      let (column, order) = (comparisons[comparison].column, comparisons[comparison].order)
      return order.key(ofSlot: slot ?? SlotMap.none, in: table.columns[column])
    }
  }

  /// - Parameter key: the key of a comparison's column.
  private func accepts(_ node: Node, _ key: (_ comparison: Int) -> UInt32) -> Bool {
    switch node {
    case .never: return false
    case .comparison(let place): return comparisons[place].accepts(key(place))
    case .not(let part): return !accepts(part, key)
    case .and(let parts):
      for part in parts where !accepts(part, key) { return false }
      return true
    case .or(let parts):
      for part in parts where accepts(part, key) { return true }
      return false
    }
  }

  /// Writes which rows of a list the filter accepts, bit i % 64 of word i / 64 for row i; bits past the last row are 0.
  ///
  /// - Parameters:
  ///   - version: that of the list, see `FilterableLists`.
  ///   - rows: their number.
  ///   - words: (rows + 63) / 64 words.
  ///   - slots: the slot of each row, or `SlotMap.none`; called for a column that is first asked for with this list.
  /// - Complexity: O(rows / 64 + rows that pass the comparisons), and for a column that is first asked for with this
  ///   list as `ColumnOrder.rows`.
  mutating func find(
    _ list: UInt32, version: UInt64, rows: Int, of table: MetadataTable, into words: UnsafeMutablePointer<UInt64>,
    slots: () -> [UInt32]
  ) {
    for place in comparisons.indices {
      comparisons[place].set(
        comparisons[place].order.rows(
          of: list, version: version, in: table.columns[comparisons[place].column], slots: slots))
    }
    words.update(repeating: 0, count: (rows + 63) / 64)
    add(root, rows: rows, to: words)
    if rows % 64 != 0 { words[rows / 64] &= (1 << UInt64(rows % 64)) - 1 }
  }

  /// Adds the rows that a node accepts to those of the words; bits past the last row may be set.
  private func add(_ node: Node, rows: Int, to words: UnsafeMutablePointer<UInt64>) {
    let count = (rows + 63) / 64
    switch node {
    case .never: break
    case .comparison(let place):
      forEachRow(of: place) { words[$0 / 64] |= 1 << UInt64($0 % 64) }
    case .or(let parts):
      for part in parts { add(part, rows: rows, to: words) }
    case .not(let part):
      withRows(of: part, rows: rows) { own in
        for word in 0..<count { words[word] |= ~own[word] }
      }
    case .and(let parts):
      guard let least = parts.indices.min(by: { most(parts[$0], rows) < most(parts[$1], rows) }) else {
        words.update(repeating: .max, count: count)
        return
      }
      let others = parts.indices.lazy.filter { $0 != least }
      let fewest = others.map { most(parts[$0], rows) }.min() ?? .max
      if case .comparison(let place) = parts[least], comparisons[place].count <= fewest / Self.singlyFactor {
        addRows(of: place, acceptedByAll: others.map { parts[$0] }, to: words)
        return
      }
      withRows(of: parts[least], rows: rows) { all in
        for part in others {
          withRows(of: parts[part], rows: rows) { own in for word in 0..<count { all[word] &= own[word] } }
        }
        for word in 0..<count { words[word] |= all[word] }
      }
    }
  }

  /// Adds the rows that a comparison and some other nodes accept, asking these of each row.
  private func addRows(of comparison: Int, acceptedByAll others: [Node], to words: UnsafeMutablePointer<UInt64>) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: comparisons[comparison].count) { candidates in
      var count = 0
      forEachRow(of: comparison) { row in
        candidates[count] = UInt32(row)
        count += 1
      }
      for node in others {
        var kept = 0
        func keep(_ accepts: (Int) -> Bool) {
          for candidate in 0..<count {
            candidates[kept] = candidates[candidate]
            kept += accepts(Int(candidates[candidate])) ? 1 : 0
          }
        }
        if case .comparison(let place) = node, let keys = comparisons[place].rows?.keys {
          let other = comparisons[place]
          keep { other.accepts(keys[$0]) }
        } else {
          keep { row in accepts(node) { comparisons[$0].rows?.keys[row] ?? MetadataColumn.none } }
        }
        count = kept
      }
      for candidate in 0..<count {
        let row = Int(candidates[candidate])
        words[row / 64] |= 1 << UInt64(row % 64)
      }
    }
  }

  /// Passes words with the rows that a node accepts alone to `body`.
  private func withRows(of node: Node, rows: Int, _ body: (UnsafeMutablePointer<UInt64>) -> Void) {
    let count = (rows + 63) / 64
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: count) { own in
      guard let own = own.baseAddress, count > 0 else { return }
      own.initialize(repeating: 0, count: count)
      add(node, rows: rows, to: own)
      body(own)
    }
  }

  /// Passes each row of the present list that a comparison accepts to `body`.
  private func forEachRow(of comparison: Int, _ body: (Int) -> Void) {
    guard let rows = comparisons[comparison].rows else { return }
    rows.order.withUnsafeBufferPointer { order in
      for places in comparisons[comparison].places { for place in places { body(Int(order[place])) } }
    }
  }

  /// The greatest number of rows that a node can accept in the present list.
  private func most(_ node: Node, _ rows: Int) -> Int {
    switch node {
    case .never: 0
    case .comparison(let place): comparisons[place].count
    case .not: rows
    case .and(let parts): parts.reduce(rows) { min($0, most($1, rows)) }
    case .or(let parts): min(rows, parts.reduce(0) { $0 + most($1, rows) })
    }
  }
}
