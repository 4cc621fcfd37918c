import CKernels
import Synchronization
import VectorCore

/// The rows that one search sees: those below a limit in a base and its memtables.
///
/// A place in the base is a list and a row of the store. A place in a memtable is a run, numbered after the lists, and
/// a row in that run; a run is made when its rows are passed to the search. Frozen memtables are read where their codes
/// are merged (`FrozenCodes`), the one that is being filled where it is. The reader's slot keeps the levels alive.
/// Data that is read for each candidate is reached by pointers alone, because reference counting took a quarter of a
/// search.
struct MemTableSnapshot<Base: BaseSource>: ProductSource {
  private let base: Unmanaged<Base>
  private let levels: UnsafePointer<LevelsView>
  private let runs: UnsafeMutablePointer<MemTableRuns>
  /// The number of the first row that the search does not see.
  let limit: UInt64
  /// The number of vectors in the base and rows in the memtables.
  let count: Int
  /// Whether a row in a memtable may have been replaced or removed before the limit.
  private let hasEnds: Bool
  /// Whether the base and the frozen memtables may have rows that the search does not see.
  private let cutsBase: Bool
  private let cutsFrozen: Bool
  /// Whether the search sees rows of the memtable that is being filled.
  private let readsActive: Bool

  /// - Parameter base: the lists of the levels' base.
  init(of base: Base, _ levels: MemTableLevels, limit: UInt64, runs: UnsafeMutablePointer<MemTableRuns>) {
    self.base = .passUnretained(base)
    self.levels = levels.view
    self.runs = runs
    self.limit = limit
    count = base.count + levels.count
    // What ends later, ends beyond the limit.
    hasEnds = levels.hasEnds
    cutsBase = limit < levels.view.pointee.nextRow
    cutsFrozen = limit < levels.view.pointee.active.firstRow
    readsActive = limit > levels.view.pointee.active.firstRow
    runs.pointee.removeAll()
  }

  private var lists: UInt32 { levels.pointee.lists }
  private var frozen: UnsafeBufferPointer<FrozenView> { levels.pointee.frozen }
  private var active: MemTableView { levels.pointee.active }
  var format: RowFormat { levels.pointee.active.layout.format }

  /// Reads from the base without reference counting.
  private func read<Result>(_ body: (Base) -> Result) -> Result { base._withUnsafeGuaranteedRef(body) }

  var metric: Metric { read { $0.metric } }
  var listCount: Int { Int(lists) }
  var isLoaded: Bool { read { $0.isLoaded } }

  func load(_ lists: [UInt32], metadata: Bool) throws(IndexError) {
    try base.takeUnretainedValue().load(lists, metadata: metadata)
  }

  var hasSpilledRows: Bool { read { $0.hasSpilledRows } }

  func forEachSpilledRows(of list: UInt32, _ body: (CodedRows) -> Void) {
    read { $0.forEachSpilledRows(of: list, body) }
  }

  func codes(of list: UInt32) -> UnsafeRawBufferPointer { read { $0.codes(of: list) } }

  @inline(__always)
  func forEachRows(of list: UInt32, _ body: (CodedRows) -> Void) {
    prefetchMemTables(list)
    read { $0.forEachRows(of: list, body) }
    for part in frozen { forEachRows(of: list, in: part, body) }
    guard readsActive else { return }
    var next: UnsafeMutablePointer<MemTableSegment>? = active.primaries + Int(list)
    while let segment = next {
      let count = count(of: segment)
      forEachRows(of: segment, count: count, body)
      // If this segment has rows past the limit, so have all later ones.
      guard count == segment.pointee.capacity else { break }
      next = segment.pointee.next
    }
  }

  /// Prefetches the first codes of a list in the memtables, from where the hardware prefetcher follows.
  private func prefetchMemTables(_ list: UInt32) {
    let layout = active.layout
    for part in frozen { rbk_prefetch(part.blocks(of: list), layout.blockBytes(rows: part.count(of: list))) }
    guard readsActive else { return }
    let segment = active.primaries + Int(list)
    rbk_prefetch(segment.pointee.cells.base, layout.blockBytes(rows: segment.pointee.count))
  }

  /// Passes the visible rows of a list in frozen memtables.
  @inline(__always)
  private func forEachRows(of list: UInt32, in part: FrozenView, _ body: (CodedRows) -> Void) {
    let rows = part.rows(of: list)
    var count = part.count(of: list)
    if cutsFrozen { count = firstIndex(from: limit, count: count) { rows[$0].row } }
    guard count > 0 else { return }
    let run = runs.pointee.append(.frozen(rows))
    body(
      CodedRows(
        list: lists + run, count: count, blocks: part.blocks(of: list), shape: active.layout.shape, origins: nil))
  }

  /// The number of visible rows of a segment, which are its first ones.
  private func count(of segment: UnsafeMutablePointer<MemTableSegment>) -> Int {
    let count = segment.pointee.count
    // This is read after the count, so it exceeds every counted row. The entries, mostly not in the cache, stay unread.
    if active.marks.pointee.endRow.load(ordering: .relaxed) <= limit { return count }
    let entries = segment.pointee.entries
    return firstIndex(from: limit, count: count) { entries[$0].row }
  }

  /// How many of `count` rows are below `limit`. These are the first ones, because rows are in order.
  ///
  /// - Complexity: O(log count).
  private func firstIndex(from limit: UInt64, count: Int, _ row: (Int) -> UInt64) -> Int {
    guard count > 0, row(count - 1) >= limit else { return count }
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if row(middle) < limit { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Passes the full blocks of a segment in place, and a copy of the block that the writer may still be filling.
  @inline(__always)
  private func forEachRows(
    of segment: UnsafeMutablePointer<MemTableSegment>, count: Int, _ body: (CodedRows) -> Void
  ) {
    let shape = active.layout.shape
    let full = count / shape.lanes * shape.lanes
    if full > 0 {
      let run = runs.pointee.append(segment, from: 0)
      let blocks = UnsafePointer(segment.pointee.cells.base.assumingMemoryBound(to: UInt8.self))
      body(CodedRows(list: lists + run, count: full, blocks: blocks, shape: shape, origins: nil))
    }
    if full < count {
      let run = runs.pointee.append(segment, from: full)
      let copy = runs.pointee.copy(segment.pointee.sharedBlock(full / shape.lanes))
      body(CodedRows(list: lists + run, count: count - full, blocks: copy, shape: shape, origins: nil))
    }
  }

  func forEachSingleRow(of list: UInt32, _ body: (CodedRow) -> Void) {
    guard readsActive, let skipLists = active.skipLists else { return }
    skipLists[Int(list)].forEach(below: limit) { node in
      let place = RowPlace(list: lists + runs.pointee.append(node), offset: 0)
      body(CodedRow(place: place, code: node.code, correction: node.correction))
    }
  }

  func isVisible(_ place: RowPlace) -> Bool {
    guard place.list >= lists else {
      if cutsBase, read({ $0.sequence(at: place) }) >= limit { return false }
      return BaseLevel.isNewest(place, below: limit, ends: levels.pointee.ends)
    }
    return !hasEnds || entry(place).pointee.isNewest(below: limit)
  }

  func id(at place: RowPlace) -> UInt64 {
    guard place.list >= lists else { return read { $0.id(at: place) } }
    return switch run(place) {
    case .frozen(let rows): rows[Int(place.offset)].id
    case .active(let entries, _): entries[Int(place.offset)].id
    }
  }

  func sequence(at place: RowPlace) -> UInt64 {
    guard place.list >= lists else { return read { $0.sequence(at: place) } }
    return switch run(place) {
    case .frozen(let rows): rows[Int(place.offset)].row
    case .active(let entries, _): entries[Int(place.offset)].row
    }
  }

  var metadataTable: MetadataTable { read { $0.metadataTable } }

  func version(of list: UInt32) -> UInt64 { read { $0.version(of: list) } }

  func rowCount(of list: UInt32) -> Int { read { $0.rowCount(of: list) } }

  func withIDs(of list: UInt32, _ body: (UnsafeBufferPointer<UInt64>) -> Void) { read { $0.withIDs(of: list, body) } }

  func matches(_ place: RowPlace, _ filtered: FilteredRows) -> Bool {
    guard place.list >= lists else { return read { $0.matches(place, filtered) } }
    return filtered.accepts(entry(place).pointee.metadata?.takeUnretainedValue().metadata ?? [:])
  }

  func row(at place: RowPlace) -> UnsafeRawPointer {
    guard place.list >= lists else { return read { $0.row(at: place) } }
    return switch run(place) {
    case .frozen(let rows): rows[Int(place.offset)].vector
    case .active(_, let vectors): vectors + Int(place.offset) * format.rowBytes
    }
  }

  private func entry(_ place: RowPlace) -> UnsafeMutablePointer<MemTableEntry> {
    switch run(place) {
    case .frozen(let rows): rows[Int(place.offset)].entry
    case .active(let entries, _): entries + Int(place.offset)
    }
  }

  func prefetchPlace(_ place: RowPlace) {
    guard place.list >= lists else { return }
    switch run(place) {
    case .frozen(let rows): rbk_prefetch(rows + Int(place.offset), MemoryLayout<FrozenCodes.Row>.stride)
    case .active(let entries, _): rbk_prefetch(entries + Int(place.offset), MemoryLayout<MemTableEntry>.stride)
    }
  }

  private func run(_ place: RowPlace) -> MemTableRuns.Run { runs.pointee[place.list - lists] }
}

/// The runs of memtable rows that were passed to a search, by number; memory is kept from search to search.
struct MemTableRuns: ~Copyable {
  /// Consecutive rows of a list in memtables.
  enum Run: BitwiseCopyable {
    /// In merged codes.
    case frozen(UnsafePointer<FrozenCodes.Row>)
    /// In a segment, or a single row.
    case active(entries: UnsafeMutablePointer<MemTableEntry>, vectors: UnsafeRawPointer)
  }

  private var runs = ReusedList<Run>()
  /// A block of codes.
  private let room: UnsafeMutablePointer<UInt64>

  init(shape: ProductCodeShape) {
    room = AlignedMemory.allocate(byteCount: shape.blockBytes)
      .bindMemory(to: UInt64.self, capacity: SharedCodeBlock.wordCount(shape))
  }

  deinit { room.deallocate() }

  subscript(number: UInt32) -> Run { runs[Int(number)] }

  mutating func removeAll() { runs.removeAll() }

  /// Adds a run; returns its number.
  mutating func append(_ run: Run) -> UInt32 {
    runs.append(run)
    return UInt32(runs.count - 1)
  }

  /// Adds the rows of a segment from `row` on; returns the number of the run.
  mutating func append(_ segment: UnsafeMutablePointer<MemTableSegment>, from row: Int) -> UInt32 {
    append(.active(entries: segment.pointee.entries + row, vectors: segment.pointee.vector(row)))
  }

  /// Adds a single row of a skip list; returns the number of the run.
  mutating func append(_ node: MemTableSkipList.Node) -> UInt32 {
    append(.active(entries: node.entry, vectors: node.vector))
  }

  /// Copies the codes of a block into room that the next copy overwrites.
  func copy(_ block: SharedCodeBlock) -> UnsafePointer<UInt8> {
    block.copy(to: room)
    return UnsafeRawPointer(room).assumingMemoryBound(to: UInt8.self)
  }
}
