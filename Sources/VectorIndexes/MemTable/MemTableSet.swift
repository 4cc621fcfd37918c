import Synchronization
import VectorCore

/// The readers' view of fresh vectors: a base index and its memtables, searched as one while a writer writes.
///
/// Searches take no lock and never wait. Each search sees exactly the rows up to one row number: all rows published
/// when the search begins, or those up to its `maxRow`. It sees the newest version of each id among these rows. Rows
/// are numbered in the order in which they were written, removals included. A `MemTableWriter` makes the set.
public final class MemTableSet: @unchecked Sendable {
  /// The base index: how rows are encoded and laid out. Only the writer changes its contents.
  let index: IVFPQIndex
  private let current: Atomic<Unmanaged<MemTableLevels>?>
  private let published: Atomic<UInt64>
  private let stored: Atomic<Int>
  private let slots = Atomic<Unmanaged<ReaderSlot>?>(nil)
  /// Levels that readers may still be reading; used by the writer only.
  private var retired: [Unmanaged<MemTableLevels>] = []

  init(_ index: IVFPQIndex) {
    self.index = index
    current = Atomic(nil)
    published = Atomic(0)
    stored = Atomic(0)
  }

  deinit {
    current.load(ordering: .acquiring)?.release()
    for levels in retired { levels.release() }
    var slot = slots.load(ordering: .acquiring)
    while let this = slot {
      slot = this.takeUnretainedValue().next
      this.release()
    }
  }

  /// The number of ids that have a vector.
  public var count: Int { stored.load(ordering: .acquiring) }

  /// Whether there is anything to search, which is true once a writer has been made.
  var hasLevels: Bool { current.load(ordering: .acquiring) != nil }

  /// The number of the next row to be published; a search sees the rows below it.
  public var nextRow: UInt64 { published.load(ordering: .acquiring) }

  /// Makes the working memory that a searching thread passes to each of its searches.
  public func makeScratch() -> SearchScratch { MemTableScratch(set: self, slot: takeSlot()) }

  /// Finds the `k` nearest vectors among the visible rows, ordered by (distance, row), into `answer`.
  ///
  /// Each id is found at most once, by its newest visible version. Everything else is as in `VectorIndex.search`, with
  /// the search parameters of `memtable`.
  ///
  /// - Parameters:
  ///   - maxRow: the last visible row; `nil`, or a row that is not published yet, means the last published row.
  ///   - scratch: made by this set's `makeScratch`.
  /// - Throws: `IndexError` as `VectorIndex.search`; `.invalidParameter` for a `maxRow` so old that a flush has left
  ///   out versions that were visible then.
  /// - Complexity: as a search of `ivf-pq` with the same number of rows.
  public func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter? = nil, maxRow: UInt64? = nil,
    scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) {
    let scratch = MemTableScratch.of(scratch, for: self)
    answer.reset(k: 0)
    guard let (levels, limit) = pin(scratch.slot, maxRow: maxRow) else {
      throw .notTrained(kind: MemTableIndex.declaration.kind)
    }
    defer { scratch.slot.pinned.store(nil, ordering: .releasing) }
    try index.check(query, k: k, parameters, filter)
    try checkIsKept(limit, maxRow, in: levels)
    func find(in lists: some BaseSource) throws(IndexError) {
      let snapshot = MemTableSnapshot(of: lists, levels, limit: limit, runs: scratch.runs)
      answer.reset(k: min(k, snapshot.count))
      try ProductSearch(
        source: snapshot, model: levels.base.model, settings: index.settings,
        defaultNProbe: levels.base.defaultNProbe, IVFPQIndex.SearchSettings(parameters.values), k: k,
        filter: filter, scratch: scratch.product
      ).find(query, into: &answer)
    }
    switch levels.base.lists {
    case .memory(let store): try find(in: store)
    case .stored(let lists): try find(in: lists)
    }
  }

  /// Refuses a search for rows of which a flush has left out some.
  private func checkIsKept(_ limit: UInt64, _ maxRow: UInt64?, in levels: MemTableLevels) throws(IndexError) {
    guard let maxRow, limit < levels.base.oldestLimit else { return }
    throw .invalidParameter(
      name: "maxRow", value: String(maxRow),
      expected: "at least \(levels.base.oldestLimit - 1): the base has no versions that were replaced before")
  }

  /// Chooses the levels and the row limit of a search, and keeps the writer from freeing the levels.
  ///
  /// - Complexity: O(1), repeated if a flush happens meanwhile.
  private func pin(_ slot: ReaderSlot, maxRow: UInt64?) -> (levels: MemTableLevels, limit: UInt64)? {
    while true {
      // The row number is read first, so the levels read afterwards contain all rows below it.
      let published = nextRow
      guard var levels = current.load(ordering: .acquiring) else { return nil }
      while true {
        slot.pinned.store(levels, ordering: .sequentiallyConsistent)
        guard let now = current.load(ordering: .sequentiallyConsistent) else { return nil }
        if now.toOpaque() == levels.toOpaque() { break }
        levels = now
      }
      let pinned = levels.takeUnretainedValue()
      guard let maxRow else {
        // A flush in between has left out versions that were the newest among the rows below `published`.
        if published < pinned.base.oldestLimit { continue }
        return (pinned, published)
      }
      return (pinned, maxRow < published ? maxRow + 1 : published)
    }
  }

  /// A slot that no scratch uses. - Complexity: O(r) for r readers.
  private func takeSlot() -> ReaderSlot {
    var slot = slots.load(ordering: .acquiring)
    while let this = slot?.takeUnretainedValue() {
      if this.isTaken.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged {
        return this
      }
      slot = this.next
    }
    while true {
      let first = slots.load(ordering: .acquiring)
      let made = Unmanaged.passRetained(ReaderSlot(next: first))
      if slots.compareExchange(expected: first, desired: made, ordering: .acquiringAndReleasing).exchanged {
        return made.takeUnretainedValue()
      }
      made.release()
    }
  }
}

// MARK: - Used by the writer

extension MemTableSet {
  /// The present levels; called by the writer, which alone replaces them.
  var levels: MemTableLevels? { current.load(ordering: .relaxed)?.takeUnretainedValue() }

  /// Makes all rows below `row` visible to readers.
  func publish(below row: UInt64, count: Int) {
    stored.store(count, ordering: .releasing)
    published.store(row, ordering: .releasing)
  }

  /// Replaces the levels; the old ones are freed when no reader reads them any more.
  func replaceLevels(_ levels: MemTableLevels) {
    let old = current.exchange(.passRetained(levels), ordering: .sequentiallyConsistent)
    if let old { retired.append(old) }
    reclaim()
  }

  /// Frees the levels that no reader reads any more. - Complexity: O(r) for r readers; O(1) if no levels wait.
  func reclaim() {
    guard !retired.isEmpty else { return }
    var pinned: [UnsafeMutableRawPointer] = []
    var slot = slots.load(ordering: .sequentiallyConsistent)
    while let this = slot?.takeUnretainedValue() {
      if let levels = this.pinned.load(ordering: .sequentiallyConsistent) { pinned.append(levels.toOpaque()) }
      slot = this.next
    }
    retired.removeAll { levels in
      guard !pinned.contains(levels.toOpaque()) else { return false }
      levels.release()
      return true
    }
  }
}

/// The working memory of searches in a set of memtables.
final class MemTableScratch: SearchScratch {
  let set: MemTableSet
  let slot: ReaderSlot
  let product: ProductScratch
  let runs: UnsafeMutablePointer<MemTableRuns>

  init(set: MemTableSet, slot: ReaderSlot) {
    self.set = set
    self.slot = slot
    let index = set.index
    product = ProductScratch(index.settings, dimension: index.dimension, metric: index.metric)
    runs = .allocate(capacity: 1)
    runs.initialize(to: MemTableRuns(shape: index.settings.shape))
    super.init()
  }

  deinit {
    runs.deinitialize(count: 1)
    runs.deallocate()
    slot.isTaken.store(false, ordering: .releasing)
  }

  /// Checks that a scratch was made by this set.
  static func of(_ scratch: SearchScratch, for set: MemTableSet) -> MemTableScratch {
    guard let scratch = scratch as? MemTableScratch, scratch.set === set else {
      preconditionFailure("the scratch is not from this index's makeScratch")
    }
    return scratch
  }
}
