import CKernels
import Synchronization
import VectorCore

/// The rows that one search sees: those below a limit in a base and its memtables.
///
/// A place in the base is a list and a row of the store. A place in a memtable is a run, numbered after the lists, and
/// a row in that run; a run is made when its rows are passed to the search. The reader's slot keeps the levels alive.
/// Data that is read for each candidate is reached by pointers alone, because reference counting took a quarter of a
/// search.
struct MemTableSnapshot<Base: BaseSource>: ProductSource {
  private let base: Unmanaged<Base>
  /// The number of the first row that the search does not see.
  let limit: UInt64
  let format: RowFormat
  /// The number of vectors in the base and rows in the memtables.
  let count: Int
  private let lists: UInt32
  private let tables: UnsafeBufferPointer<MemTableView>
  private let ends: UnsafeMutablePointer<Atomic<BaseLevel.Ends?>>
  /// Whether the base has rows that the search does not see.
  private let cutsBase: Bool
  private let runs: UnsafeMutablePointer<MemTableRuns>

  /// - Parameter base: the lists of the levels' base.
  init(of base: Base, _ levels: MemTableLevels, limit: UInt64, runs: UnsafeMutablePointer<MemTableRuns>) {
    self.limit = limit
    tables = levels.views
    self.runs = runs
    self.base = .passUnretained(base)
    ends = levels.base.ends
    cutsBase = limit < levels.base.nextRow
    lists = UInt32(base.listCount)
    format = base.format
    count = levels.tables.reduce(base.count) { $0 + $1.count }
    runs.pointee.removeAll()
  }

  /// Reads from the base without reference counting.
  private func read<Result>(_ body: (Base) -> Result) -> Result { base._withUnsafeGuaranteedRef(body) }

  var metric: Metric { read { $0.metric } }
  var listCount: Int { Int(lists) }
  var isLoaded: Bool { read { $0.isLoaded } }

  func load(_ lists: [UInt32], metadata: Bool) throws(IndexError) {
    try base.takeUnretainedValue().load(lists, metadata: metadata)
  }

  func forEachSpilledRows(of list: UInt32, _ body: (CodedRows) -> Void) {
    read { $0.forEachSpilledRows(of: list, body) }
  }

  func codes(of list: UInt32) -> UnsafeRawBufferPointer { read { $0.codes(of: list) } }

  func forEachRows(of list: UInt32, _ body: (CodedRows) -> Void) {
    prefetchTables(list)
    read { $0.forEachRows(of: list, body) }
    for table in tables {
      var next: UnsafeMutablePointer<MemTableSegment>? = table.primaries + Int(list)
      while let segment = next {
        let count = count(of: segment, in: table)
        forEachRows(of: segment, count: count, in: table, body)
        // If this segment has rows past the limit, so have all later ones.
        guard count == segment.pointee.capacity else { break }
        next = segment.pointee.next
      }
    }
  }

  /// The number of visible rows of a segment, which are its first ones.
  private func count(of segment: UnsafeMutablePointer<MemTableSegment>, in table: MemTableView) -> Int {
    let count = segment.pointee.count
    // This is read after the count, so it exceeds every counted row. The entries, mostly not in the cache, stay unread.
    if table.marks.pointee.endRow.load(ordering: .relaxed) <= limit { return count }
    return segment.pointee.count(below: limit, of: count)
  }

  /// Prefetches the codes of a list in the memtables; each has too few for the hardware prefetcher.
  private func prefetchTables(_ list: UInt32) {
    for table in tables {
      let segment = table.primaries + Int(list)
      let bytes = segment.pointee.layout.blockBytes(rows: segment.pointee.count)
      for start in stride(from: 0, to: min(bytes, Self.prefetchedBytes), by: Self.prefetchStep) {
        rbk_prefetch(segment.pointee.block(0) + start, Self.prefetchStep)
      }
    }
  }

  private static var prefetchedBytes: Int { 8192 }
  /// The number of bytes covered by one prefetch.
  private static var prefetchStep: Int { 512 }

  /// Passes the full blocks of a segment in place, and a copy of the block that the writer may still be filling.
  private func forEachRows(
    of segment: UnsafeMutablePointer<MemTableSegment>, count: Int, in table: MemTableView, _ body: (CodedRows) -> Void
  ) {
    let shape = segment.pointee.layout.shape
    let hasEnds = table.marks.pointee.hasEnds.load(ordering: .relaxed)
    let full = table.isFrozen ? count : count / shape.lanes * shape.lanes
    if full > 0 {
      let run = runs.pointee.append(segment, from: 0, hasEnds: hasEnds)
      body(CodedRows(list: lists + run, count: full, blocks: segment.pointee.block(0), shape: shape, origins: nil))
    }
    if full < count {
      let run = runs.pointee.append(segment, from: full, hasEnds: hasEnds)
      let copy = runs.pointee.copy(segment.pointee.sharedBlock(full / shape.lanes))
      body(CodedRows(list: lists + run, count: count - full, blocks: copy, shape: shape, origins: nil))
    }
  }

  func forEachSingleRow(of list: UInt32, _ body: (CodedRow) -> Void) {
    for table in tables {
      guard let skipLists = table.skipLists else { continue }
      skipLists[Int(list)].forEach(below: limit) { node in
        let place = RowPlace(list: lists + runs.pointee.append(node), offset: 0)
        body(CodedRow(place: place, code: node.code, correction: node.correction))
      }
    }
  }

  func isVisible(_ place: RowPlace) -> Bool {
    guard place.list >= lists else {
      if cutsBase, read({ $0.sequence(at: place) }) >= limit { return false }
      return BaseLevel.isNewest(place, below: limit, ends: ends)
    }
    let run = runs.pointee[place.list - lists]
    return !run.hasEnds || run.entries[Int(place.offset)].isNewest(below: limit)
  }

  func id(at place: RowPlace) -> UInt64 {
    place.list < lists ? read { $0.id(at: place) } : entry(place).pointee.id
  }

  func sequence(at place: RowPlace) -> UInt64 {
    place.list < lists ? read { $0.sequence(at: place) } : entry(place).pointee.row
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
    return runs.pointee[place.list - lists].vectors + Int(place.offset) * format.rowBytes
  }

  func vectorList(_ list: UInt32) -> VectorList? { list < lists ? read { $0.vectorList(list) } : nil }

  private func entry(_ place: RowPlace) -> UnsafeMutablePointer<MemTableEntry> {
    runs.pointee[place.list - lists].entries + Int(place.offset)
  }
}

/// The runs of memtable rows that were passed to a search, by number; memory is kept from search to search.
struct MemTableRuns: ~Copyable {
  /// Consecutive rows of a segment.
  struct Run {
    let entries: UnsafeMutablePointer<MemTableEntry>
    let vectors: UnsafeRawPointer
    /// Whether some of the rows may have been replaced or removed.
    let hasEnds: Bool
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

  /// Adds the rows of a segment from `row` on; returns the number of the run.
  mutating func append(_ segment: UnsafeMutablePointer<MemTableSegment>, from row: Int, hasEnds: Bool) -> UInt32 {
    append(
      Run(
        entries: segment.pointee.entries + row,
        vectors: segment.pointee.vectors + row * segment.pointee.layout.format.rowBytes, hasEnds: hasEnds))
  }

  /// Adds a single row of a skip list; returns the number of the run.
  mutating func append(_ node: MemTableSkipList.Node) -> UInt32 {
    append(Run(entries: node.entry, vectors: UnsafeRawPointer(node.vector), hasEnds: true))
  }

  /// Copies the codes of a block into room that the next copy overwrites.
  func copy(_ block: SharedCodeBlock) -> UnsafePointer<UInt8> {
    block.copy(to: room)
    return UnsafeRawPointer(room).assumingMemoryBound(to: UInt8.self)
  }

  private mutating func append(_ run: Run) -> UInt32 {
    runs.append(run)
    return UInt32(runs.count - 1)
  }
}
