/// Lists of rows with metadata, of which a filter can be asked.
protocol FilterableLists {
  /// The metadata of all rows; loaded before it is read.
  var metadataTable: MetadataTable { get }
  /// A number that changes when the rows of a list change, and that no other list has.
  func version(of list: UInt32) -> UInt64
  /// The number of rows of a list, which has been loaded.
  func rowCount(of list: UInt32) -> Int
  /// Passes the ids of the rows of a list, which has been loaded, to `body`, in their order.
  func withIDs(of list: UInt32, _ body: (UnsafeBufferPointer<UInt64>) -> Void)
}

/// The rows of one list that a filter accepts.
struct ListMatches {
  /// Row i is bit i % 64 of word i / 64.
  let words: UnsafePointer<UInt64>
  /// The number of rows in the list.
  let rows: Int
  /// The number of rows that the filter accepts.
  let count: Int

  /// Whether so few rows match that comparing each of them is faster than scanning the codes of all rows.
  func isRare(factor: Int) -> Bool { count * factor <= rows }

  func contains(_ row: Int) -> Bool { words[row / 64] >> UInt64(row % 64) & 1 != 0 }

  /// Whether no row matches in the words that have these rows, of which there is at least one.
  func isEmpty(_ range: Range<Int>) -> Bool {
    for word in range.lowerBound / 64...(range.upperBound - 1) / 64 where words[word] != 0 { return false }
    return true
  }

  /// Passes each matching row to `body`, in ascending order. - Complexity: O(rows / 64 + matches).
  func forEachRow(_ body: (Int) -> Void) {
    for place in 0..<(rows + 63) / 64 {
      var left = words[place]
      while left != 0 {
        body(place * 64 + left.trailingZeroBitCount)
        left &= left - 1
      }
    }
  }
}

/// The rows that the filter of a search accepts, list by list.
///
/// The filter is asked of a list when the list is first looked at; the answer is kept for the next searches, as long as
/// they have the same filter and the list does not change. So a filter that many queries share is asked once, and a
/// filter of one query is asked only of the lists that the search visits.
final class FilteredRows {
  private var filter: Filter?
  /// The version of the metadata of which the filter is asked.
  private var version: UInt64 = 0
  private var prepared: PreparedFilter?
  /// For each list, its version when the filter was asked of it, and the answer.
  private var lists: [(version: UInt64, matches: ListMatches)?] = []
  private var memory = WordMemory()

  /// Prepares a filter, unless it is that of the last search and the metadata are the same.
  ///
  /// - Complexity: O(filter); for another filter as `PreparedFilter`.
  func begin(_ filter: Filter, _ table: MetadataTable) {
    guard prepared == nil || version != table.version || self.filter != filter else { return }
    self.filter = filter
    version = table.version
    prepared = PreparedFilter(filter, for: table)
    for list in lists.indices { lists[list] = nil }
    memory.removeAll()
  }

  /// The rows of a list that match; valid until the next `begin`.
  ///
  /// - Complexity: O(1) when the list is known, otherwise as `PreparedFilter.find`.
  func matches(of list: UInt32, in source: some FilterableLists) -> ListMatches {
    if let known = known(list, in: source) { return known }
    if Int(list) >= lists.count {
      lists.append(contentsOf: repeatElement(nil, count: Int(list) + 1 - lists.count))
    }
    let (table, version) = (source.metadataTable, source.version(of: list))
    let rows = source.rowCount(of: list)
    let words = memory.take((rows + 63) / 64 + 1)
    prepared?.find(list, version: version, rows: rows, of: table, into: words) {
      var slots: [UInt32] = []
      source.withIDs(of: list) { slots = table.slots(of: $0) }
      return slots
    }
    var count = 0
    for word in 0..<(rows + 63) / 64 { count += words[word].nonzeroBitCount }
    let found = ListMatches(words: words, rows: rows, count: count)
    lists[Int(list)] = (version, found)
    return found
  }

  private func known(_ list: UInt32, in source: some FilterableLists) -> ListMatches? {
    guard Int(list) < lists.count, let known = lists[Int(list)], known.version == source.version(of: list) else {
      return nil
    }
    return known.matches
  }

  /// Whether a row matches; its list is not looked at as a whole. - Complexity: O(1), or O(comparisons).
  func accepts(_ place: RowPlace, id: @autoclosure () -> UInt64, in source: some FilterableLists) -> Bool {
    if let known = known(place.list, in: source) { return known.contains(Int(place.offset)) }
    let table = source.metadataTable
    return prepared?.accepts(table.slot(of: id()), of: table) ?? false
  }
}

extension FilteredRows {
  /// Whether the filter accepts the metadata of a row that is in no list.
  func accepts(_ metadata: Metadata) -> Bool { filter?.accepts(metadata) ?? true }
}

/// Memory for words that is given out in pieces and taken back all at once.
private struct WordMemory: ~Copyable {
  private static let chunkWords = 1 << 13

  private var chunks: [UnsafeMutableBufferPointer<UInt64>] = []
  private var (chunk, used) = (0, 0)

  deinit { for chunk in chunks { chunk.deallocate() } }

  /// Room for so many words, which are not initialized; valid until `removeAll`.
  mutating func take(_ count: Int) -> UnsafeMutablePointer<UInt64> {
    while chunk < chunks.count, used + count > chunks[chunk].count { (chunk, used) = (chunk + 1, 0) }
    if chunk == chunks.count {
      let new = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: max(count, Self.chunkWords))
      new.initialize(repeating: 0)
      chunks.append(new)
    }
    defer { used += count }
    return chunks[chunk].baseAddress! + used
  }

  mutating func removeAll() { (chunk, used) = (0, 0) }
}
