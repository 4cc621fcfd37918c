import Synchronization

/// The base and the memtables that a search reads. It is immutable: a freeze or a flush makes a new one.
final class MemTableLevels: Sendable {
  let base: BaseLevel
  /// The memtables, the oldest first; the last one is being filled.
  let tables: [MemTable]
  /// The parts of these memtables that searches read, in the same order.
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

  /// Whether the newest version of an id is in a memtable; called by the writer. - Complexity: O(t) for t memtables.
  func tablesContain(_ id: UInt64) -> Bool { tables.contains { $0.newest[id] != nil } }
}

/// The part of a memtable that searches read, without reference counting.
struct MemTableView {
  /// The primary segments, one for each partition.
  let primaries: UnsafeMutablePointer<MemTableSegment>
  /// The skip lists, one for each partition; `nil` if rows overflow into chunks.
  let skipLists: UnsafeMutablePointer<MemTableSkipList>?
  let marks: UnsafeMutablePointer<MemTableMarks>
  /// Whether the memtable gets no more rows.
  let isFrozen: Bool
}

/// Summary values about all rows of a memtable.
struct MemTableMarks: ~Copyable {
  /// Whether any row has been replaced or removed.
  let hasEnds = Atomic<Bool>(false)
  /// A number above that of each row published in a segment.
  let endRow = Atomic<UInt64>(0)
}

/// Where one reader announces which levels it reads, so that the writer does not free them.
///
/// A hazard pointer, written here because Swift's libraries have no reclamation without locks. Source: Michael, "Hazard
/// pointers", IEEE TPDS 15(6), 2004, doi:10.1109/TPDS.2004.8.
final class ReaderSlot: Sendable {
  let pinned = Atomic<Unmanaged<MemTableLevels>?>(nil)
  /// Whether a scratch uses this slot.
  let isTaken = Atomic<Bool>(true)
  /// The next older slot; slots are never removed from the chain.
  let next: Unmanaged<ReaderSlot>?

  init(next: Unmanaged<ReaderSlot>?) { self.next = next }
}
