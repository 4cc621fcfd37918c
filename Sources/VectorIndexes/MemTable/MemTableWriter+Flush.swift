import VectorCore

extension MemTableWriter {
  /// Hands the rows of all frozen memtables to the base, which then takes the place of them and of what it was.
  ///
  /// The base has from then on what a search for the rows up to the last frozen one finds. Searches go on meanwhile;
  /// those that began before end on what they began with. Versions that were replaced or removed before that row are
  /// left out: a search for rows at which they were the newest is refused from then on.
  ///
  /// - Throws: `IndexError.storage` for a base in a file; the rows stay where they are, and the next flush has them.
  /// - Complexity: for a base in memory O(n·d) for all n vectors of the base and the memtables, and as much memory as
  ///   the base; for one in a file O(m·d) for the m rows of the memtables.
  public mutating func flush(threads: Int = 1) throws(IndexError) {
    // The last flush may have failed when the base had the rows, but could not be read.
    if base.nextRow > levels.base.nextRow { try flush(to: base.nextRow, threads: threads) }
    if let active = levels.tables.last { try flush(to: active.firstRow, threads: threads) }
    (flushFailure, failedAt) = (nil, 0)
  }

  /// The same when it is due: a failure is no matter of the write that brought it about.
  mutating func flushWhenDue(threads: Int) {
    let frozen = levels.tables.count - 1
    guard frozen > configuration.mostFrozen || lacksRoom, frozen > failedAt else { return }
    do throws(IndexError) {
      try flush(threads: threads)
    } catch {
      // One more memtable is frozen before it is tried again.
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
    shared.replaceLevels(MemTableLevels(base: new, tables: Array(levels.tables[frozen.endIndex...])))
  }
}
