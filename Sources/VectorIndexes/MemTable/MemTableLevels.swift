import Synchronization

/// What one search looks at: a base and the memtables over it. Never changes; a freeze or a flush makes another.
final class MemTableLevels: Sendable {
  let base: BaseLevel
  /// The oldest first; the last one is being filled.
  let tables: [MemTable]
  /// Beside them, what searches read.
  nonisolated(unsafe) let views: UnsafeBufferPointer<MemTableView>

  init(base: BaseLevel, tables: [MemTable]) {
    self.base = base
    self.tables = tables
    let views = UnsafeMutableBufferPointer<MemTableView>.allocate(capacity: tables.count)
    _ = views.initialize(
      from: tables.enumerated().map { number, table in table.view(isFrozen: number + 1 < tables.count) })
    self.views = UnsafeBufferPointer(views)
  }

  deinit { views.deallocate() }

  /// Whether the newest version of an id is in a memtable; only the writer asks. - Complexity: O(t) for t memtables.
  func tablesContain(_ id: UInt64) -> Bool { tables.contains { $0.newest[id] != nil } }
}

/// Where the rows of a memtable are: what searches read of it, without counting references.
struct MemTableView {
  /// One for each partition.
  let primaries: UnsafeMutablePointer<MemTableSegment>
  /// One for each partition where rows overflow into skip lists.
  let skipLists: UnsafeMutablePointer<MemTableSkipList>?
  let marks: UnsafeMutablePointer<MemTableMarks>
  /// Whether no row comes to it any more.
  let isFrozen: Bool
}

/// What a memtable says of all its rows.
struct MemTableMarks: ~Copyable {
  /// Whether one has been replaced or removed.
  let hasEnds = Atomic<Bool>(false)
  /// Greater than the number of each row that is published in a segment.
  let endRow = Atomic<UInt64>(0)
}

/// Where one reader says which levels it looks at, so that the writer does not free them under it.
///
/// A hazard pointer: Michael, "Hazard pointers", IEEE TPDS 15(6), 2004, doi:10.1109/TPDS.2004.8.
final class ReaderSlot: Sendable {
  let pinned = Atomic<Unmanaged<MemTableLevels>?>(nil)
  /// Whether a scratch has this slot.
  let isTaken = Atomic<Bool>(true)
  /// The slot that was there before; slots are never taken out.
  let next: Unmanaged<ReaderSlot>?

  init(next: Unmanaged<ReaderSlot>?) { self.next = next }
}
