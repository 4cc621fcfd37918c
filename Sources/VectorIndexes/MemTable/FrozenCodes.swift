import VectorCore

/// The codes of consecutive frozen memtables, merged: the rows of each list in consecutive blocks.
///
/// A search scans the rows of a list in all of these memtables at once; with few rows in each, most of its time would go
/// into partly filled blocks and cache misses. Entries and vectors stay in the memtables. A merge copies the older codes
/// as whole blocks. `@unchecked Sendable`: nothing changes after the initializer.
///
/// Source: the merges of O'Neil et al., "The log-structured merge-tree", Acta Informatica 33, 1996,
/// doi:10.1007/s002360050048.
final class FrozenCodes: @unchecked Sendable {
  /// A row beside its code. What a search reads of each candidate is in one cache line, unless rows were replaced or a
  /// filter is asked.
  struct Row {
    let row: UInt64
    let id: UInt64
    /// In the memtable of the row.
    let entry: UnsafeMutablePointer<MemTableEntry>
    /// In the memtable of the row, in the layout's format.
    let vector: UnsafeRawPointer
  }

  /// Where the rows and the blocks of a list begin; those of the next list follow.
  struct Start {
    var row: UInt32 = 0
    var block: UInt32 = 0
  }

  /// The memtables, the oldest first.
  let tables: [MemTable]
  /// The number of rows.
  var count: Int { Int(starts[nlist].row) }

  private let nlist: Int
  private let shape: ProductCodeShape
  /// For each list, and behind the last one.
  private let starts: UnsafeMutablePointer<Start>
  private let rows: UnsafeMutablePointer<Row>
  private let blocks: UnsafeMutableRawPointer

  /// Collects the codes of a memtable that gets no more rows. - Complexity: O(n·m) for n rows.
  convenience init(_ table: MemTable) {
    self.init([table], shape: table.layout.shape, counts: (0..<table.nlist).map(table.count(inPartition:)))
    for list in 0..<nlist {
      let (cells, rows) = (cells(of: list), rows + Int(starts[list].row))
      var next = 0
      table.forEachSegment(of: list) { segment in
        cells.copyFirst(segment.pointee.count, of: segment.pointee.cells, to: next)
        for index in 0..<segment.pointee.count {
          (rows + next).initialize(to: Row(segment.pointee.entries + index, segment.pointee.vector(index)))
          next += 1
        }
      }
      table.skipLists?[list].forEach(below: .max) { node in
        cells.write(node.code, node.correction, at: next)
        (rows + next).initialize(to: Row(node.entry, node.vector))
        next += 1
      }
    }
  }

  /// Merges the codes of memtables with those of the following memtables.
  ///
  /// - Complexity: O(n·m) for n rows; those of `older` are copied as whole blocks.
  convenience init(merging older: FrozenCodes, _ newer: FrozenCodes) {
    self.init(
      older.tables + newer.tables, shape: older.shape,
      counts: (0..<older.nlist).map { older.count(of: $0) + newer.count(of: $0) })
    for list in 0..<nlist {
      var next = 0
      for part in [older, newer] {
        let count = part.count(of: list)
        cells(of: list).copyFirst(count, of: part.cells(of: list), to: next)
        (rows + Int(starts[list].row) + next).initialize(from: part.rows + Int(part.starts[list].row), count: count)
        next += count
      }
    }
  }

  /// Makes room for this many rows of each list.
  private init(_ tables: [MemTable], shape: ProductCodeShape, counts: [Int]) {
    self.tables = tables
    self.shape = shape
    nlist = counts.count
    starts = .allocate(capacity: nlist + 1)
    var start = Start()
    for (list, count) in counts.enumerated() {
      (starts + list).initialize(to: start)
      start.row += UInt32(count)
      start.block += UInt32((count + shape.lanes - 1) / shape.lanes)
    }
    (starts + nlist).initialize(to: start)
    rows = AlignedMemory.allocate(byteCount: Int(start.row) * MemoryLayout<Row>.stride)
      .bindMemory(to: Row.self, capacity: Int(start.row))
    let byteCount = Int(start.block) * shape.blockBytes
    blocks = AlignedMemory.allocate(byteCount: byteCount)
    blocks.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
  }

  deinit {
    starts.deallocate()
    rows.deallocate()
    blocks.deallocate()
  }

  /// Bytes of codes and rows, beside the memtables.
  var memoryBytes: Int {
    Int(starts[nlist].block) * shape.blockBytes + count * MemoryLayout<Row>.stride
      + (nlist + 1) * MemoryLayout<Start>.stride
  }

  /// The part that searches read.
  var view: FrozenView { FrozenView(starts: starts, rows: rows, blocks: blocks, shape: shape) }

  private func count(of list: Int) -> Int { Int(starts[list + 1].row - starts[list].row) }

  private func cells(of list: Int) -> ProductCodeCells {
    ProductCodeCells(shape: shape, base: blocks + Int(starts[list].block) * shape.blockBytes)
  }
}

extension FrozenCodes.Row {
  fileprivate init(_ entry: UnsafeMutablePointer<MemTableEntry>, _ vector: UnsafeRawPointer) {
    self.init(row: entry.pointee.row, id: entry.pointee.id, entry: entry, vector: vector)
  }
}

extension FrozenCodes {
  /// The codes of frozen memtables, the oldest first, in few parts: each has over four times the rows of the next.
  ///
  /// So t memtables of one size have O(log t) parts, and the codes of a row are copied O(log t) times.
  ///
  /// - Parameter old: parts of memtables, some of which may be among `tables`; these are used again.
  static func merged(_ tables: ArraySlice<MemTable>, reusing old: [FrozenCodes]) -> [FrozenCodes] {
    let most = 4
    var parts: [FrozenCodes] = []
    var left = tables
    while let table = left.first {
      let reused = old.first { $0.tables[0] === table && left.starts(with: $0.tables, by: ===) }
      parts.append(reused ?? FrozenCodes(table))
      left = left.dropFirst(parts[parts.count - 1].tables.count)
      while parts.count > 1, parts[parts.count - 2].count <= most * parts[parts.count - 1].count,
        parts[parts.count - 2].count + parts[parts.count - 1].count <= Int(UInt32.max)
      {
        let newer = parts.removeLast()
        parts.append(FrozenCodes(merging: parts.removeLast(), newer))
      }
    }
    return parts
  }
}

/// The part of merged codes that searches read, without reference counting.
struct FrozenView {
  fileprivate let starts: UnsafeMutablePointer<FrozenCodes.Start>
  fileprivate let rows: UnsafeMutablePointer<FrozenCodes.Row>
  fileprivate let blocks: UnsafeMutableRawPointer
  fileprivate let shape: ProductCodeShape

  /// The number of the rows of a list.
  func count(of list: UInt32) -> Int { Int(starts[Int(list) + 1].row - starts[Int(list)].row) }

  /// The rows of a list, in order.
  func rows(of list: UInt32) -> UnsafePointer<FrozenCodes.Row> { UnsafePointer(rows + Int(starts[Int(list)].row)) }

  /// The address of the blocks of a list.
  func blocks(of list: UInt32) -> UnsafePointer<UInt8> {
    UnsafePointer((blocks + Int(starts[Int(list)].block) * shape.blockBytes).assumingMemoryBound(to: UInt8.self))
  }
}
