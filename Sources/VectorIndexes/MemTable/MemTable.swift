import Synchronization
import VectorCore

/// One level of fresh vectors in memory, grouped and coded as the index below it: what a writer appends, readers see.
///
/// Each partition has memory laid out beforehand for its codes, in the order that scans read them, and an overflow for
/// what does not fit: writes never wait and never fail. Rows are scanned where they are. Unchecked because one writer
/// appends (`MemTableWriter`) and readers look at published rows only, in memory that never moves.
///
/// Source: the in-memory level of O'Neil et al., "The log-structured merge-tree", Acta Informatica 33, 1996,
/// doi:10.1007/s002360050048.
public final class MemTable: @unchecked Sendable {
  let layout: MemTableLayout
  /// The number of the first row that may be here.
  let firstRow: UInt64
  /// How many partitions there are: one for each cluster, and that of the outliers.
  public let nlist: Int
  /// Rows that each partition has room for before it overflows.
  public let partitionCapacity: Int
  /// One for each partition.
  let primaries: UnsafeMutablePointer<MemTableSegment>
  /// One for each partition where rows overflow into skip lists.
  let skipLists: UnsafeMutablePointer<MemTableSkipList>?

  private let marks: UnsafeMutablePointer<MemTableMarks>
  private let rows = Atomic<Int>(0)
  private let overflowRows = Atomic<Int>(0)

  // What follows belongs to the writer.

  /// The entries of the newest versions here, by id.
  var newest: [UInt64: UnsafeMutablePointer<MemTableEntry>] = [:]
  private var arena: Arena
  /// Of each partition, the segment that is being filled.
  private var open: [UnsafeMutablePointer<MemTableSegment>]
  private var chunks: [UnsafeMutablePointer<MemTableSegment>] = []
  private var overflowBytes = 0
  private var metadata: [MetadataBox] = []
  private var metadataBytes = 0
  private var generator: SeededGenerator

  /// Makes an empty level.
  ///
  /// - Throws: `IndexError.invalidParameter` where the system has no address space for what is laid out beforehand.
  init(
    configuration: MemTableConfiguration, layout: MemTableLayout, nlist: Int, firstRow: UInt64
  ) throws(IndexError) {
    arena = try configuration.reserve(for: layout, nlist: nlist)
    self.layout = layout
    self.nlist = nlist
    self.firstRow = firstRow
    partitionCapacity = configuration.capacity(nlist: max(1, nlist - 1))
    marks = .allocate(capacity: 1)
    marks.initialize(to: MemTableMarks())
    primaries = .allocate(capacity: nlist)
    for list in 0..<nlist {
      (primaries + list).initialize(
        to: MemTableSegment(capacity: partitionCapacity, layout: layout, arena: &arena))
    }
    open = (0..<nlist).map { [primaries] in primaries + $0 }
    if configuration.overflow == .skipList {
      let lists = UnsafeMutablePointer<MemTableSkipList>.allocate(capacity: nlist)
      for list in 0..<nlist { (lists + list).initialize(to: MemTableSkipList(layout: layout, arena: &arena)) }
      skipLists = lists
    } else {
      skipLists = nil
    }
    generator = SeededGenerator(seed: firstRow)
  }

  deinit {
    for chunk in chunks {
      chunk.deinitialize(count: 1)
      chunk.deallocate()
    }
    marks.deinitialize(count: 1)
    marks.deallocate()
    primaries.deinitialize(count: nlist)
    primaries.deallocate()
    skipLists?.deinitialize(count: nlist)
    skipLists?.deallocate()
  }

  /// How many rows there are: every version of every id.
  public var count: Int { rows.load(ordering: .acquiring) }

  /// How many of them did not fit where their partition had room laid out.
  public var overflowCount: Int { overflowRows.load(ordering: .acquiring) }

  /// What searches read.
  func view(isFrozen: Bool) -> MemTableView {
    MemTableView(primaries: primaries, skipLists: skipLists, marks: marks, isFrozen: isFrozen)
  }

  /// Marks the newest version of an id, if it is here, as replaced or removed by a row; only the writer calls it.
  func supersede(_ id: UInt64, by row: UInt64) -> Bool {
    guard let entry = newest.removeValue(forKey: id) else { return false }
    entry.pointee.end.store(row, ordering: .relaxed)
    marks.pointee.hasEnds.store(true, ordering: .relaxed)
    return true
  }

  /// Appends a row to a partition; only the writer calls it. - Complexity: O(m + d), amortised; O(log n) in a skip list.
  func append(_ row: borrowing NewRow, to list: Int) {
    marks.pointee.endRow.store(row.row + 1, ordering: .relaxed)
    newest[row.id] = place(row, in: list)
    rows.store(rows.load(ordering: .relaxed) + 1, ordering: .releasing)
  }

  /// Keeps the metadata of a row to come; nil for none.
  func keep(_ new: Metadata) -> Unmanaged<MetadataBox>? {
    guard !new.isEmpty else { return nil }
    let box = MetadataBox(new)
    metadata.append(box)
    metadataBytes += MetadataTable.bytes(new)
    return .passUnretained(box)
  }

  /// Bytes in use: of what is laid out beforehand only what rows have taken. Only the writer asks.
  public var memoryBytes: Int {
    let headers = nlist * (MemoryLayout<MemTableSegment>.stride + MemoryLayout<UnsafeRawPointer>.stride)
    return headers + (count - overflowCount) * layout.rowBytes + overflowBytes + metadataBytes
      + metadata.capacity * MemoryLayout<MetadataBox>.stride + dictionaryBytes(newest)
  }

  private func place(_ row: borrowing NewRow, in list: Int) -> UnsafeMutablePointer<MemTableEntry> {
    var segment = open[list]
    if segment.pointee.count < segment.pointee.capacity {
      if segment != primaries + list { countOverflow() }
      return segment.pointee.append(row)
    }
    let before = arena.allocatedBytes
    defer { overflowBytes += arena.allocatedBytes - before }
    countOverflow()
    if let skipLists {
      return skipLists[list].insert(row, arena: &arena, generator: &generator)
    }
    segment = addChunk(to: list)
    return segment.pointee.append(row)
  }

  private func countOverflow() {
    overflowRows.store(overflowRows.load(ordering: .relaxed) + 1, ordering: .releasing)
  }

  /// Chains a segment to a full one: of one block first, then twice as large each time.
  private func addChunk(to list: Int) -> UnsafeMutablePointer<MemTableSegment> {
    let most = 4096
    let full = open[list]
    let capacity =
      full == primaries + list ? layout.shape.lanes : max(layout.shape.lanes, min(2 * full.pointee.capacity, most))
    let chunk = UnsafeMutablePointer<MemTableSegment>.allocate(capacity: 1)
    chunk.initialize(to: MemTableSegment(capacity: capacity, layout: layout, arena: &arena))
    chunks.append(chunk)
    open[list] = chunk
    full.pointee.next = chunk
    return chunk
  }
}
