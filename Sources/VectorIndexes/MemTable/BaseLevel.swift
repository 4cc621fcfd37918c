import Synchronization

/// The vectors of a base index, none of which changes any more, and which of them newer rows have replaced or removed.
///
/// Unchecked because one writer marks what is replaced, by atomic stores that readers tell from their row limits.
final class BaseLevel: @unchecked Sendable {
  /// Of each vector of a list, the row that replaced or removed it, or `never`.
  typealias Ends = UnsafeMutablePointer<Atomic<UInt64>>

  let store: VectorStore
  /// The row after the last that is here: the insertion sequences of the vectors are below.
  let nextRow: UInt64
  /// The least row limit whose search finds here what it found before a flush: older versions are gone.
  let oldestLimit: UInt64
  /// Of each list, nil while it has lost no vector.
  let ends: UnsafeMutablePointer<Atomic<Ends?>>

  // What follows belongs to the writer.

  private(set) var supersededIDs: [UInt64] = []
  /// The greatest of the rows that replaced or removed something here.
  private(set) var lastEnd: UInt64?

  init(store: VectorStore, oldestLimit: UInt64) {
    self.store = store
    self.oldestLimit = oldestLimit
    nextRow = store.nextSequence
    ends = .allocate(capacity: store.lists.count)
    for list in store.lists.indices { (ends + list).initialize(to: Atomic(nil)) }
  }

  deinit {
    for list in store.lists.indices { ends[list].load(ordering: .acquiring)?.deallocate() }
    ends.deallocate()
  }

  /// Whether nothing has replaced or removed this vector below `limit`.
  static func isNewest(
    _ place: VectorStore.Place, below limit: UInt64, ends: UnsafeMutablePointer<Atomic<Ends?>>
  ) -> Bool {
    guard let list = ends[Int(place.list)].load(ordering: .acquiring) else { return true }
    return list[Int(place.offset)].load(ordering: .relaxed) >= limit
  }

  /// Whether the newest version of an id is here.
  func contains(_ id: UInt64) -> Bool {
    guard let place = store.place(of: id) else { return false }
    return Self.isNewest(place, below: .max, ends: ends)
  }

  /// Marks the newest version of an id, if it is here, as replaced or removed by a row. - Complexity: O(1).
  func supersede(_ id: UInt64, by row: UInt64) -> Bool {
    guard let place = store.place(of: id), Self.isNewest(place, below: .max, ends: ends) else { return false }
    madeEnds(of: Int(place.list))[Int(place.offset)].store(row, ordering: .relaxed)
    supersededIDs.append(id)
    lastEnd = row
    return true
  }

  /// Bytes of what is kept beside the store.
  var memoryBytes: Int {
    let marked = store.lists.indices.filter { ends[$0].load(ordering: .relaxed) != nil }
    let rows = marked.reduce(0) { $0 + store.lists[$1].count }
    return (rows + supersededIDs.capacity + store.lists.count) * MemoryLayout<UInt64>.stride
  }

  private func madeEnds(of list: Int) -> Ends {
    if let made = ends[list].load(ordering: .relaxed) { return made }
    let count = store.lists[list].count
    let made = Ends.allocate(capacity: count)
    for offset in 0..<count { (made + offset).initialize(to: Atomic(MemTableEntry.never)) }
    ends[list].store(made, ordering: .releasing)
    return made
  }
}
