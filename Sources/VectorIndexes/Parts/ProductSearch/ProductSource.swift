import VectorCore

/// The lists that a search among product codes reads: in memory or in a file, with or without memtables.
///
/// Searches are specialised for each source, so that the abstraction costs nothing.
protocol ProductSource: FilterableLists {
  var metric: Metric { get }
  /// The number of lists.
  var listCount: Int { get }
  /// The format in which the vectors are stored.
  var format: RowFormat { get }
  /// The greatest number of vectors that a search can find.
  var count: Int { get }

  /// Whether every row is in a list, and none beside them.
  static var hasAllRowsInLists: Bool { get }

  /// Loads the lists that a search is going to read and, for a filter, all metadata.
  ///
  /// - Throws: `IndexError.storage`.
  func load(_ lists: [UInt32], metadata: Bool) throws(IndexError)
  /// Whether everything is loaded, or needs no loading.
  var isLoaded: Bool { get }

  /// Passes the rows of a list to `body` in blocks, which are valid during the call; their places are valid during the
  /// search.
  func forEachRows(of list: UInt32, _ body: (CodedRows) -> Void)
  /// Passes the rows of a list outside blocks to `body`; called after `forEachRows`.
  func forEachSingleRow(of list: UInt32, _ body: (CodedRow) -> Void)
  /// Whether lists can have spilled copies.
  var hasSpilledRows: Bool { get }
  /// Passes the spilled copies in a list to `body`, as `forEachRows`.
  func forEachSpilledRows(of list: UInt32, _ body: (CodedRows) -> Void)
  /// The memory of the first codes of a list, as far as it is contiguous, for a prefetch; empty for an empty list.
  func codes(of list: UInt32) -> UnsafeRawBufferPointer

  /// Whether the search may return this vector.
  func isVisible(_ place: RowPlace) -> Bool
  func id(at place: RowPlace) -> UInt64
  func sequence(at place: RowPlace) -> UInt64
  /// Whether a row matches the filter of the search.
  func matches(_ place: RowPlace, _ filtered: FilteredRows) -> Bool
  /// The address of the stored vector.
  func row(at place: RowPlace) -> UnsafeRawPointer
  /// Prefetches what `row(at:)`, `id(at:)` and `sequence(at:)` read of a row, if it is not with the vectors of a list.
  func prefetchPlace(_ place: RowPlace)

  /// Compares the scratch's query exactly with the vectors of lists that are not scanned by codes.
  func scanExactly(_ lists: [UInt32], filter: Filter?, scratch: ScanScratch, into answer: inout TopK)
}

extension ProductSource {
  static var hasAllRowsInLists: Bool { false }

  var hasSpilledRows: Bool { false }

  func forEachSpilledRows(of list: UInt32, _ body: (CodedRows) -> Void) {}

  func prefetchPlace(_ place: RowPlace) {}

  func matches(_ place: RowPlace, _ filtered: FilteredRows) -> Bool {
    filtered.accepts(place, id: id(at: place), in: self)
  }

  /// Computes the distances one by one, because lists that are not scanned by codes are short.
  func scanExactly(_ lists: [UInt32], filter: Filter?, scratch: ScanScratch, into answer: inout TopK) {
    let format = format
    func offer(_ place: RowPlace) {
      guard isVisible(place), filter == nil || matches(place, scratch.filtered) else { return }
      var distance: Float = 0
      scratch.query.distances(to: row(at: place), count: 1, format: format, into: &distance)
      answer.distanceComputations += 1
      // With `<=`, a NaN distance would be dropped; the answer must receive it and take it as infinite.
      guard !(distance > answer.threshold) else { return }
      answer.offer(Neighbor(distance: distance, sequence: sequence(at: place), id: id(at: place)))
    }
    for list in lists {
      forEachRows(of: list) { rows in for row in 0..<rows.count { offer(rows.place(row)) } }
      forEachSingleRow(of: list) { offer($0.place) }
    }
  }
}

/// A source whose rows are all visible and all in blocks that stay valid until the end of the search.
protocol BlockSource: ProductSource {}

extension BlockSource {
  static var hasAllRowsInLists: Bool { true }

  func forEachSingleRow(of list: UInt32, _ body: (CodedRow) -> Void) {}

  func isVisible(_ place: RowPlace) -> Bool { true }
}

/// A source that reads the lists of a store in memory, possibly among others.
protocol MemorySource: ProductSource {
  var store: VectorStore { get }
}

extension MemorySource {
  var metric: Metric { store.metric }
  var listCount: Int { store.lists.count }
  var format: RowFormat { store.lists[0].format }
  var isLoaded: Bool { true }

  func load(_ lists: [UInt32], metadata: Bool) {}

  var hasSpilledRows: Bool { store.lists.first?.canHaveCopies ?? false }

  func forEachSpilledRows(of list: UInt32, _ body: (CodedRows) -> Void) {
    if let copies = store.lists[Int(list)].codedCopies(list) { body(copies) }
  }

  func codes(of list: UInt32) -> UnsafeRawBufferPointer { store.lists[Int(list)].codedRows(list).memory }
}

extension VectorStore: BlockSource, MemorySource {
  var store: VectorStore { self }

  func forEachRows(of list: UInt32, _ body: (CodedRows) -> Void) {
    let rows = lists[Int(list)].codedRows(list)
    if rows.count > 0 { body(rows) }
  }

  func scanExactly(_ lists: [UInt32], filter: Filter?, scratch: ScanScratch, into answer: inout TopK) {
    ListScan(store: self, filter: filter, scratch: scratch).scan(lists, into: &answer)
  }

  func row(at place: RowPlace) -> UnsafeRawPointer { lists[Int(place.list)].row(Int(place.offset)) }
}
