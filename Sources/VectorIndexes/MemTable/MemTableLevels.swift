import Synchronization

/// The base and the memtables that a search reads. It is immutable: a freeze or a flush makes a new one.
final class MemTableLevels: Sendable {
  let base: BaseLevel
  /// The memtables, the oldest first; the last one is being filled.
  let tables: [MemTable]
  /// The codes of the frozen memtables, in parts; the oldest first.
  let frozen: [FrozenCodes]
  /// The number of rows in frozen memtables.
  let frozenCount: Int
  /// The part that searches read.
  nonisolated(unsafe) let view: UnsafePointer<LevelsView>
  /// The marks of all memtables.
  nonisolated(unsafe) private let marks: UnsafeBufferPointer<UnsafeMutablePointer<MemTableMarks>>

  /// - Parameter old: merged codes, of which those of `tables` are used again.
  /// - Complexity: O(n·m) for n rows in frozen memtables.
  init(base: BaseLevel, tables: [MemTable], reusing old: [FrozenCodes]) {
    self.base = base
    self.tables = tables
    frozen = FrozenCodes.merged(tables.dropLast(), reusing: old)
    frozenCount = frozen.reduce(0) { $0 + $1.count }
    let view = UnsafeMutablePointer<LevelsView>.allocate(capacity: 1)
    view.initialize(
      to: LevelsView(
        lists: UInt32(base.lists.listCount), ends: base.ends, nextRow: base.nextRow,
        frozen: Self.buffer(frozen.map(\.view)), active: tables[tables.count - 1].view))
    self.view = UnsafePointer(view)
    marks = Self.buffer(tables.map(\.view.marks))
  }

  deinit {
    view.pointee.frozen.deallocate()
    view.deallocate()
    marks.deallocate()
  }

  /// The number of rows in memtables, which counts every version of every id.
  var count: Int { frozenCount + tables[tables.count - 1].count }

  /// Bytes in use, except those of the lists of the base; called by the writer.
  var memoryBytes: Int {
    frozen.reduce(tables.reduce(base.memoryBytes) { $0 + $1.memoryBytes }) { $0 + $1.memoryBytes }
  }

  /// Whether any row in a memtable has been replaced or removed.
  var hasEnds: Bool { marks.contains { $0.pointee.hasEnds.load(ordering: .relaxed) } }

  /// Whether the newest version of an id is in a memtable; called by the writer. - Complexity: O(t) for t memtables.
  func tablesContain(_ id: UInt64) -> Bool { tables.contains { $0.newest[id] != nil } }

  private static func buffer<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
    let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
    _ = buffer.initialize(from: elements)
    return UnsafeBufferPointer(buffer)
  }
}

/// The part of the levels that searches read, without reference counting.
struct LevelsView {
  /// The number of lists.
  let lists: UInt32
  /// The marks at vectors of the base.
  let ends: UnsafeMutablePointer<Atomic<BaseLevel.Ends?>>
  /// The number of the first row that the base does not have.
  let nextRow: UInt64
  /// The frozen memtables, the oldest first.
  let frozen: UnsafeBufferPointer<FrozenView>
  /// The memtable that is being filled.
  let active: MemTableView
}

/// The part of a memtable that searches read while rows are appended, without reference counting.
struct MemTableView {
  /// The primary segments, one for each partition.
  let primaries: UnsafeMutablePointer<MemTableSegment>
  /// The skip lists, one for each partition; `nil` if rows overflow into chunks.
  let skipLists: UnsafeMutablePointer<MemTableSkipList>?
  let marks: UnsafeMutablePointer<MemTableMarks>
  /// The least row number that the memtable can contain.
  let firstRow: UInt64
  let layout: MemTableLayout
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
