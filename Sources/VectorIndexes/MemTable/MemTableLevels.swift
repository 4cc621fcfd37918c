import Synchronization

/// What one search looks at: a base and the memtables over it. Never changes; a freeze or a flush makes another.
final class MemTableLevels: Sendable {
  let trained: IVFPQIndex.Trained
  let base: BaseLevel
  /// The oldest first; the last one is being filled.
  let tables: [MemTable]

  init(trained: IVFPQIndex.Trained, base: BaseLevel, tables: [MemTable]) {
    self.trained = trained
    self.base = base
    self.tables = tables
  }
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
