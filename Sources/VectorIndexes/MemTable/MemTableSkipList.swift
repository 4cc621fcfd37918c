import Synchronization
import VectorCore

/// Rows in the order of their numbers, with row-major codes, in a skip list with one writer and many readers.
///
/// A node is complete before a release store links it, and it never moves, so readers take no lock. Written here
/// because Swift's libraries have no such structure.
///
/// Source: Pugh, "Skip lists: a probabilistic alternative to balanced trees", CACM 33(6), 1990,
/// doi:10.1145/78973.78977.
struct MemTableSkipList: ~Copyable {
  typealias Link = Atomic<UnsafeMutableRawPointer?>

  /// The number of levels. With a quarter of the nodes on each next level, 12 are enough for 16 million rows.
  private static let mostLevels = 12

  /// Bytes that an empty list takes in an arena.
  static let headBytes = mostLevels * MemoryLayout<Link>.stride

  private let layout: MemTableLayout
  /// The links to the first node of each level.
  private let head: UnsafeMutablePointer<Link>

  init(layout: MemTableLayout, arena: inout Arena) {
    self.layout = layout
    head = arena.allocate(byteCount: Self.headBytes)
      .bindMemory(to: Link.self, capacity: Self.mostLevels)
  }

  /// Inserts a row at its place; called by the writer. - Complexity: O(log n + m + d).
  func insert(
    _ row: borrowing NewRow, arena: inout Arena, generator: inout SeededGenerator
  ) -> UnsafeMutablePointer<MemTableEntry> {
    var levels = 1
    while levels < Self.mostLevels, generator.next(below: 4) == 0 { levels += 1 }
    let node = Node(
      arena.allocate(byteCount: Node.bytes(layout, levels: levels)), layout: layout)
    node.write(row)
    var links = head
    for level in (0..<Self.mostLevels).reversed() {
      while let next = links[level].load(ordering: .relaxed), Node(next, layout: layout).entry.pointee.row < row.row {
        links = Node(next, layout: layout).links
      }
      guard level < levels else { continue }
      node.links[level].store(links[level].load(ordering: .relaxed), ordering: .relaxed)
      links[level].store(node.address, ordering: .releasing)
    }
    return node.entry
  }

  /// Passes all rows below `limit` to `body`, in order. - Complexity: O(n).
  func forEach(below limit: UInt64, _ body: (Node) -> Void) {
    var next = head[0].load(ordering: .acquiring)
    while let address = next {
      let node = Node(address, layout: layout)
      guard node.entry.pointee.row < limit else { return }
      body(node)
      next = node.links[0].load(ordering: .acquiring)
    }
  }

  /// One row: its entry, vector, correction and code, and the links to later nodes.
  struct Node {
    let address: UnsafeMutableRawPointer
    let layout: MemTableLayout

    fileprivate init(_ address: UnsafeMutableRawPointer, layout: MemTableLayout) {
      self.address = address
      self.layout = layout
    }

    fileprivate static func bytes(_ layout: MemTableLayout, levels: Int) -> Int {
      linksAt(layout) + levels * MemoryLayout<Link>.stride
    }

    var entry: UnsafeMutablePointer<MemTableEntry> { address.assumingMemoryBound(to: MemTableEntry.self) }

    /// The vector in the layout's format.
    var vector: UnsafeMutableRawPointer { address + MemoryLayout<MemTableEntry>.stride }

    var correction: ProductCorrection { correctionAddress.pointee }

    /// The code, row-major.
    var code: UnsafeMutablePointer<UInt8> {
      (address + Self.codeAt(layout)).assumingMemoryBound(to: UInt8.self)
    }

    fileprivate var links: UnsafeMutablePointer<Link> {
      (address + Self.linksAt(layout)).assumingMemoryBound(to: Link.self)
    }

    fileprivate func write(_ row: borrowing NewRow) {
      entry.initialize(to: MemTableEntry(id: row.id, row: row.row, metadata: row.metadata))
      layout.format.write(row.vector, to: vector)
      correctionAddress.initialize(to: row.correction)
      code.initialize(from: row.code, count: layout.shape.codeBytes)
    }

    private var correctionAddress: UnsafeMutablePointer<ProductCorrection> {
      (address + Self.codeAt(layout) - MemoryLayout<ProductCorrection>.stride)
        .assumingMemoryBound(to: ProductCorrection.self)
    }

    private static func codeAt(_ layout: MemTableLayout) -> Int {
      let vectorEnd = MemoryLayout<MemTableEntry>.stride + layout.format.rowBytes
      return (vectorEnd + 7) / 8 * 8 + MemoryLayout<ProductCorrection>.stride
    }

    private static func linksAt(_ layout: MemTableLayout) -> Int {
      (codeAt(layout) + layout.shape.codeBytes + 7) / 8 * 8
    }
  }
}
