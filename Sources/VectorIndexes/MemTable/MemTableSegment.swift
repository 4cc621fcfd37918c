import Synchronization

/// Rows of one partition in contiguous memory: codes in the blocks that scans read, entries and vectors.
///
/// One thread appends. Any number of threads read the published rows, which are the first `count`.
struct MemTableSegment: ~Copyable {
  let layout: MemTableLayout
  let capacity: Int
  let entries: UnsafeMutablePointer<MemTableEntry>
  /// The vectors in the layout's format, row after row.
  let vectors: UnsafeMutableRawPointer
  private let blocks: UnsafeMutableRawPointer
  private let published = Atomic<Int>(0)
  private let successor = Atomic<UnsafeMutablePointer<MemTableSegment>?>(nil)

  init(capacity: Int, layout: MemTableLayout, arena: inout Arena) {
    self.capacity = capacity
    self.layout = layout
    blocks = arena.allocate(byteCount: layout.blockBytes(rows: capacity))
    entries = arena.allocate(byteCount: capacity * MemoryLayout<MemTableEntry>.stride)
      .bindMemory(to: MemTableEntry.self, capacity: capacity)
    vectors = arena.allocate(byteCount: capacity * layout.format.rowBytes)
  }

  /// The number of published rows.
  var count: Int { published.load(ordering: .acquiring) }

  /// The segment that continues this one when it is full.
  var next: UnsafeMutablePointer<MemTableSegment>? {
    get { successor.load(ordering: .acquiring) }
    nonmutating set { successor.store(newValue, ordering: .releasing) }
  }

  /// How many of the first `count` rows are below `limit`. These are the first ones, because rows are in order.
  ///
  /// - Complexity: O(log n).
  func count(below limit: UInt64, of count: Int) -> Int {
    guard count > 0, entries[count - 1].row >= limit else { return count }
    var (low, high) = (0, count - 1)
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].row < limit { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Appends and publishes a row; called by the writer, if there is room. - Complexity: O(m + d).
  func append(_ row: borrowing NewRow) -> UnsafeMutablePointer<MemTableEntry> {
    let index = published.load(ordering: .relaxed)
    let lanes = layout.shape.lanes
    sharedBlock(index / lanes).write(row.code, row.correction, lane: index % lanes)
    (entries + index).initialize(to: MemTableEntry(id: row.id, row: row.row, metadata: row.metadata))
    layout.format.write(row.vector, to: vectors + index * layout.format.rowBytes)
    published.store(index + 1, ordering: .releasing)
    return entries + index
  }

  /// The address of block `number` and the following ones; these blocks must be full.
  func block(_ number: Int) -> UnsafePointer<UInt8> {
    UnsafePointer((blocks + number * layout.shape.blockBytes).assumingMemoryBound(to: UInt8.self))
  }

  /// Block `number`, which may still be written to.
  func sharedBlock(_ number: Int) -> SharedCodeBlock {
    SharedCodeBlock(blocks + number * layout.shape.blockBytes, shape: layout.shape)
  }
}

/// A row to append, in memory that the writer owns.
struct NewRow: ~Copyable {
  let id: UInt64
  let row: UInt64
  let metadata: Unmanaged<MetadataBox>?
  /// The code, row-major.
  let code: UnsafePointer<UInt8>
  let correction: ProductCorrection
  /// The vector, prepared, d floats.
  let vector: UnsafePointer<Float>
}
