import VectorCore

extension MemTableWriter {
  /// Stores the rows of all frozen memtables in the base, and then removes these memtables.
  ///
  /// From then on the base has what a search for the rows up to the last frozen one finds. Searches continue meanwhile;
  /// a search that began before the flush ends on the old levels. Versions that were replaced or removed before that
  /// row are left out: a search with a `maxRow` at which they were the newest is refused from then on.
  ///
  /// - Throws: `IndexError.storage` for a base in a file. The rows then stay in the memtables, and the next flush tries
  ///   again.
  /// - Complexity: for a base in memory O(n·d) for all n vectors of base and memtables, and as much additional memory
  ///   as the base has; for a base in a file O(m·d) for the m rows of the memtables.
  public mutating func flush(threads: Int = 1) throws(IndexError) {
    // The last flush may have failed after the base had stored the rows, when the base could not be read.
    if base.nextRow > levels.base.nextRow { try flush(to: base.nextRow, threads: threads) }
    if let active = levels.tables.last { try flush(to: active.firstRow, threads: threads) }
    (flushFailure, failedAt) = (nil, 0)
  }

  /// Flushes if a flush is due. A failure is recorded, because the write that made it due has succeeded.
  mutating func flushWhenDue(threads: Int) {
    let frozen = levels.tables.count - 1
    guard frozen > configuration.mostFrozen || lacksRoom, frozen > failedAt else { return }
    do throws(IndexError) {
      try flush(threads: threads)
    } catch {
      // The next attempt is made when one more memtable is frozen.
      (flushFailure, failedAt) = (error, frozen)
    }
  }

  private mutating func flush(to end: UInt64, threads: Int) throws(IndexError) {
    let levels = levels
    let frozen = levels.tables.prefix { $0.firstRow < end }
    guard !frozen.isEmpty else { return }
    let rows = FlushedRows(frozen, from: levels.base.nextRow, to: end)
    let gone = levels.base.superseded.filter { $0.row < end }
    if base.nextRow < end { try base.take(rows, removing: gone.map(\.id), threads: threads) }
    let lastEnd = gone.reduce(rows.lastEnd) { max($0, $1.row) }
    let new = BaseLevel(
      try base.currentContents(), oldestLimit: max(levels.base.oldestLimit, lastEnd == 0 ? 0 : lastEnd + 1))
    for (id, row) in levels.base.superseded + rows.superseded where row >= end {
      guard let place = try new.newestPlace(of: id) else { continue }
      _ = new.supersede(id, at: place, by: row)
    }
    flushCount += 1
    shared.replaceLevels(
      MemTableLevels(base: new, tables: Array(levels.tables[frozen.endIndex...]), reusing: levels.frozen))
  }
}
