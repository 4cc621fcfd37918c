import Synchronization
import VectorCore

/// What readers of fresh vectors hold: a base index and the memtables over it, searched as one while a writer writes.
///
/// Searches take no lock and wait for nobody. Each sees the rows up to one row number, exactly: all that a writer has
/// published when the search begins, or those up to the `maxRow` it asks for. Of each id it sees the newest version.
/// Rows are numbered in the order in which they were written, removals too; a `MemTableWriter` makes the set.
public final class MemTableSet: @unchecked Sendable {
  /// How rows are coded and laid out; only the writer changes what it has.
  let index: IVFPQIndex
  private let current: Atomic<Unmanaged<MemTableLevels>?>
  private let published: Atomic<UInt64>
  private let stored: Atomic<Int>
  private let slots = Atomic<Unmanaged<ReaderSlot>?>(nil)
  /// Levels that readers may still look at; the writer's.
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

  /// How many ids have a vector.
  public var count: Int { stored.load(ordering: .acquiring) }

  /// Whether there is anything to search: a writer has been made.
  var hasLevels: Bool { current.load(ordering: .acquiring) != nil }

  /// The number of the row that will be written next; a search sees the rows below.
  public var nextRow: UInt64 { published.load(ordering: .acquiring) }

  /// Makes the working memory that one searching thread hands to each of its searches.
  public func makeScratch() -> SearchScratch { MemTableScratch(set: self, slot: takeSlot()) }

  /// Finds the `k` nearest vectors of those whose rows are visible, ordered by (distance, row), into `answer`.
  ///
  /// Each id is found once, by its newest visible version. Everything else is as in `VectorIndex.search`, with the
  /// search parameters of `memtable`.
  ///
  /// - Parameters:
  ///   - maxRow: the last row to see; nil, and what is not yet published: the last that is published.
  ///   - scratch: from this set's `makeScratch`.
  /// - Throws: `IndexError` as `VectorIndex.search` does, and `.invalidParameter` for a `maxRow` before versions that a
  ///   flush has left out of the base.
  /// - Complexity: as a search of `ivf-pq` over as many rows.
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
        defaultNProbe: levels.base.defaultNProbe, IVFPQIndex.SearchSettings(parameters.values), filter: filter,
        scratch: scratch.product
      ).find(query, into: &answer)
    }
    switch levels.base.lists {
    case .memory(let store): try find(in: store)
    case .stored(let lists): try find(in: lists)
    }
  }

  /// Refuses a search for rows of which some have gone.
  private func checkIsKept(_ limit: UInt64, _ maxRow: UInt64?, in levels: MemTableLevels) throws(IndexError) {
    guard let maxRow, limit < levels.base.oldestLimit else { return }
    throw .invalidParameter(
      name: "maxRow", value: String(maxRow),
      expected: "at least \(levels.base.oldestLimit - 1): what was replaced before is not in the base")
  }

  /// Chooses what a search sees, and keeps the writer from freeing it. - Complexity: O(1) but for flushes meanwhile.
  private func pin(_ slot: ReaderSlot, maxRow: UInt64?) -> (levels: MemTableLevels, limit: UInt64)? {
    while true {
      // The rows first: levels that are read later have all of them.
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
        // A flush came between, and left out versions that were the newest of the rows read.
        if published < pinned.base.oldestLimit { continue }
        return (pinned, published)
      }
      return (pinned, maxRow < published ? maxRow + 1 : published)
    }
  }

  /// A slot that no scratch has. - Complexity: O(r) for r readers.
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

// MARK: - The writer's

extension MemTableSet {
  /// What there is now. Only the writer asks: nobody else makes other levels.
  var levels: MemTableLevels? { current.load(ordering: .relaxed)?.takeUnretainedValue() }

  /// Lets readers see all rows below `row`.
  func publish(below row: UInt64, count: Int) {
    stored.store(count, ordering: .releasing)
    published.store(row, ordering: .releasing)
  }

  /// Puts new levels in the place of those there are, which are freed when no reader looks at them any more.
  func replaceLevels(_ levels: MemTableLevels) {
    let old = current.exchange(.passRetained(levels), ordering: .sequentiallyConsistent)
    if let old { retired.append(old) }
    reclaim()
  }

  /// Frees the levels that no reader looks at any more. - Complexity: O(r) for r readers, O(1) where there are none.
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

  /// The scratch handed to a search, which must come from the searched set.
  static func of(_ scratch: SearchScratch, for set: MemTableSet) -> MemTableScratch {
    guard let scratch = scratch as? MemTableScratch, scratch.set === set else {
      preconditionFailure("the scratch is not from this index's makeScratch")
    }
    return scratch
  }
}
