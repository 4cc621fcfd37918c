import Synchronization

/// Rows of one partition in contiguous memory: codes in the blocks that scans read, entries and vectors.
///
/// One thread appends. Any number of threads read the published rows, which are the first `count`.
struct MemTableSegment: ~Copyable {
  let layout: MemTableLayout
  let capacity: Int
  let entries: UnsafeMutablePointer<MemTableEntry>
  /// The vectors in the layout's format, row after row.
  private let vectors: UnsafeMutableRawPointer
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

  /// Appends and publishes a row; called by the writer, if there is room. - Complexity: O(m + d).
  func append(_ row: borrowing NewRow) -> UnsafeMutablePointer<MemTableEntry> {
    let index = published.load(ordering: .relaxed)
    let lanes = layout.shape.lanes
    sharedBlock(index / lanes).write(row.code, row.correction, lane: index % lanes)
    (entries + index).initialize(to: MemTableEntry(id: row.id, row: row.row, metadata: row.metadata))
    layout.format.write(row.vector, to: vector(index))
    published.store(index + 1, ordering: .releasing)
    return entries + index
  }

  /// The codes; a scan may read full blocks, and all once nothing is appended any more.
  var cells: ProductCodeCells { ProductCodeCells(shape: layout.shape, base: blocks) }

  /// The address of the vector of row `index`.
  func vector(_ index: Int) -> UnsafeMutableRawPointer { vectors + index * layout.format.rowBytes }

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
