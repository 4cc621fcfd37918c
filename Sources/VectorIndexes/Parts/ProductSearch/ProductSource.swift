import VectorCore

/// Where a search among product codes finds its vectors: lists in memory or in a file, with or without memtables.
///
/// Calls are resolved at compile time: a search among the lists of a store costs what it would cost without.
protocol ProductSource {
  var metric: Metric { get }
  /// How many lists there are.
  var listCount: Int { get }
  /// How the vectors are laid out.
  var format: RowFormat { get }
  /// Vectors that a search could find at most.
  var count: Int { get }

  /// Makes the lists readable that a search is going to look at, and with a filter all metadata.
  ///
  /// - Throws: `IndexError.storage`.
  func load(_ lists: [UInt32], metadata: Bool) throws(IndexError)
  /// Whether all lists have been made readable, or need not be.
  var isLoaded: Bool { get }

  /// The rows of one list, in blocks that are valid during the call only; their places until the end of the search.
  func forEachRows(of list: UInt32, _ body: (CodedRows) -> Void)
  /// The rows of one list that stand alone, after the others.
  func forEachSingleRow(of list: UInt32, _ body: (CodedRow) -> Void)
  /// The rows of other lists that are found from this one too, if there are any, as `forEachRows`.
  func forEachSpilledRows(of list: UInt32, _ body: (CodedRows) -> Void)
  /// The address of the first codes of a list, which a search is about to read; nil for an empty list.
  func firstBlock(of list: UInt32) -> UnsafePointer<UInt8>?

  /// Whether the search may find this vector.
  func isVisible(_ place: RowPlace) -> Bool
  func id(at place: RowPlace) -> UInt64
  func sequence(at place: RowPlace) -> UInt64
  func metadata(at place: RowPlace) -> Metadata
  /// The address of the vector.
  func row(at place: RowPlace) -> UnsafeRawPointer

  /// Offers the vectors of lists that no codes are scanned of, by their exact distances from the scratch's query.
  func scanExactly(_ lists: [UInt32], filter: Filter?, scratch: ScanScratch, into answer: inout TopK)
}

extension ProductSource {
  /// Measures the vectors one by one: lists that are not scanned by codes are short.
  func scanExactly(_ lists: [UInt32], filter: Filter?, scratch: ScanScratch, into answer: inout TopK) {
    let format = format
    func offer(_ place: RowPlace) {
      guard isVisible(place), filter?.accepts(metadata(at: place)) ?? true else { return }
      var distance: Float = 0
      scratch.query.distances(to: row(at: place), count: 1, format: format, into: &distance)
      answer.distanceComputations += 1
      // Not `<=`: a distance that is not a number goes to the answer, which takes it for infinite.
      guard !(distance > answer.threshold) else { return }
      answer.offer(Neighbor(distance: distance, sequence: sequence(at: place), id: id(at: place)))
    }
    for list in lists {
      forEachRows(of: list) { rows in for row in 0..<rows.count { offer(rows.place(row)) } }
      forEachSingleRow(of: list) { offer($0.place) }
    }
  }
}

/// A source whose rows all stand in blocks, which stay valid until the end of the search, and are all visible.
protocol BlockSource: ProductSource {}

extension BlockSource {
  func forEachSingleRow(of list: UInt32, _ body: (CodedRow) -> Void) {}

  func isVisible(_ place: RowPlace) -> Bool { true }
}

/// A source that has the lists of a store in memory, if not those alone.
protocol MemorySource: ProductSource {
  var store: VectorStore { get }
}

extension MemorySource {
  var metric: Metric { store.metric }
  var listCount: Int { store.lists.count }
  var format: RowFormat { store.lists[0].format }
  var isLoaded: Bool { true }

  func load(_ lists: [UInt32], metadata: Bool) {}

  func forEachSpilledRows(of list: UInt32, _ body: (CodedRows) -> Void) {
    if let copies = store.lists[Int(list)].codedCopies(list) { body(copies) }
  }

  func firstBlock(of list: UInt32) -> UnsafePointer<UInt8>? {
    store.lists[Int(list)].count > 0 ? store.lists[Int(list)].codedRows(list).blocks : nil
  }
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

  func metadata(at place: RowPlace) -> Metadata { metadata[id(at: place)] }

  func row(at place: RowPlace) -> UnsafeRawPointer { lists[Int(place.list)].row(Int(place.offset)) }
}
