import Synchronization
import VectorCore

/// Fresh vectors in memory, grouped and encoded as in the index below: a writer appends rows, and readers see them.
///
/// Each partition has a primary segment, laid out in advance, with codes in the order in which scans read them, and an
/// overflow for more rows. So writes never wait and never fail, and rows are scanned in place. `@unchecked Sendable`:
/// only one writer (`MemTableWriter`) appends, and readers read published rows only, in memory that never moves.
///
/// Source: the in-memory level of O'Neil et al., "The log-structured merge-tree", Acta Informatica 33, 1996,
/// doi:10.1007/s002360050048.
public final class MemTable: @unchecked Sendable {
  let layout: MemTableLayout
  /// The least row number that this memtable can contain.
  let firstRow: UInt64
  /// The number of partitions: one for each cluster, and one for the outliers.
  public let nlist: Int
  /// The number of rows in the primary segment of each partition.
  public let partitionCapacity: Int
  /// The primary segments, one for each partition.
  let primaries: UnsafeMutablePointer<MemTableSegment>
  /// The skip lists, one for each partition; `nil` if rows overflow into chunks.
  let skipLists: UnsafeMutablePointer<MemTableSkipList>?

  private let marks: UnsafeMutablePointer<MemTableMarks>
  private let rows = Atomic<Int>(0)
  private let overflowRows = Atomic<Int>(0)

  // The following properties belong to the writer.

  /// The entries of the newest versions in this memtable, by id.
  var newest: [UInt64: UnsafeMutablePointer<MemTableEntry>] = [:]
  private var arena: Arena
  /// For each partition, the segment that is being filled.
  private var open: [UnsafeMutablePointer<MemTableSegment>]
  private var chunks: [UnsafeMutablePointer<MemTableSegment>] = []
  private var overflowBytes = 0
  private var metadata: [MetadataBox] = []
  private var metadataBytes = 0
  private var generator: SeededGenerator

  /// Makes an empty memtable.
  ///
  /// - Throws: `IndexError.invalidParameter` if the system has no address space for the primary segments.
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

  /// The number of rows, which counts every version of every id.
  public var count: Int { rows.load(ordering: .acquiring) }

  /// The number of rows that did not fit into the primary segment of their partition.
  public var overflowCount: Int { overflowRows.load(ordering: .acquiring) }

  /// The part that searches read while rows are appended.
  var view: MemTableView {
    MemTableView(primaries: primaries, skipLists: skipLists, marks: marks, firstRow: firstRow, layout: layout)
  }

  /// Marks the newest version of an id, if it is in this memtable, as replaced or removed by a row; called by the
  /// writer.
  func supersede(_ id: UInt64, by row: UInt64) -> Bool {
    guard let entry = newest.removeValue(forKey: id) else { return false }
    entry.pointee.end.store(row, ordering: .relaxed)
    marks.pointee.hasEnds.store(true, ordering: .relaxed)
    return true
  }

  /// Appends a row to a partition; called by the writer. - Complexity: amortised O(m + d); O(log n) in a skip list.
  func append(_ row: borrowing NewRow, to list: Int) {
    marks.pointee.endRow.store(row.row + 1, ordering: .relaxed)
    newest[row.id] = place(row, in: list)
    rows.store(rows.load(ordering: .relaxed) + 1, ordering: .releasing)
  }

  /// Keeps the metadata of the next row alive; `nil` if it has none.
  func keep(_ new: Metadata) -> Unmanaged<MetadataBox>? {
    guard !new.isEmpty else { return nil }
    let box = MetadataBox(new)
    metadata.append(box)
    metadataBytes += MetadataTable.bytes(new)
    return .passUnretained(box)
  }

  /// Bytes in use; of the primary segments only the part that rows take. Only the writer may read this.
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

  /// Links a new segment to a full one: first of one block, then twice as large each time.
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
