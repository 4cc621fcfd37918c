import CKernels
import VectorCore

/// The rows of one partition of a memtable, in the order in which they were written.
public struct MemTablePartition: Sendable, Equatable {
  public let list: Int
  /// The row numbers.
  public var rows: [UInt64] = []
  public var ids: [UInt64] = []
  /// The codes, row-major: m bytes per row with 8 bits; m/2 bytes with 4 bits, two codes per byte, the first in the low
  /// nibble.
  public var codes: [UInt8] = []

  init(list: Int) { self.list = list }
}

extension MemTable {
  /// The published rows of partition `list`, the primary segment first, then the overflow; empty for an invalid `list`.
  ///
  /// - Complexity: O(n·m) for n rows.
  public func partition(_ list: Int) -> MemTablePartition {
    var partition = MemTablePartition(list: list)
    guard list >= 0, list < nlist else { return partition }
    forEachRow(of: list) { row in
      partition.rows.append(row.entry.pointee.row)
      partition.ids.append(row.entry.pointee.id)
      partition.codes.append(contentsOf: UnsafeBufferPointer(start: row.code, count: layout.shape.codeBytes))
    }
    return partition
  }

  /// The number of rows of a partition. - Complexity: O(1) in segments, O(n) in a skip list.
  func count(inPartition list: Int) -> Int {
    var count = 0
    forEachSegment(of: list) { count += $0.pointee.count }
    skipLists?[list].forEach(below: .max) { _ in count += 1 }
    return count
  }

  /// The vector of an id's newest version, if it is in this memtable: as stored, or decoded from its code.
  ///
  /// Only the writer calls this. - Complexity: O(n) for n rows.
  func newestVector(of id: UInt64, codedBy coder: ProductCoder) -> [Float]? {
    guard let entry = newest[id] else { return nil }
    var vector: [Float]?
    for list in 0..<nlist where vector == nil {
      forEachRow(of: list) { row in
        guard row.entry == entry else { return }
        if layout.format.encoding == .absent {
          let bytes = Array(UnsafeBufferPointer(start: row.code, count: layout.shape.codeBytes))
          let codes = ProductCodes(bytes: bytes, corrections: [row.correction])
          vector = coder.decode(codes, lists: [UInt32(list)], threads: 1).floats
        } else {
          vector = [Float](unsafeUninitializedCapacity: layout.format.dimension) { floats, count in
            layout.format.read(row.vector, into: floats.baseAddress!)
            count = layout.format.dimension
          }
        }
      }
    }
    return vector
  }

  /// All partitions with rows, in order. - Complexity: O(n·m) for n rows.
  public func exportPartitions() -> [MemTablePartition] {
    (0..<nlist).map(partition).filter { !$0.rows.isEmpty }
  }

  /// All partitions with rows; each row is numbered from the end: `total` − row − 1.
  ///
  /// - Throws: `IndexError.invalidParameter` if `total` is not above every row number.
  /// - Complexity: O(n·m) for n rows.
  public func exportPartitionsReversed(total: UInt64) throws(IndexError) -> [MemTablePartition] {
    var partitions = exportPartitions()
    if let last = partitions.compactMap({ $0.rows.max() }).max(), last >= total {
      throw .invalidParameter(
        name: "total", value: String(total), expected: "more than \(last), the number of the last row")
    }
    for index in partitions.indices {
      for row in partitions[index].rows.indices {
        partitions[index].rows[row] = total - partitions[index].rows[row] - 1
      }
    }
    return partitions
  }

  /// A row as passed to a visitor; the code is valid during the visit.
  struct VisitedRow {
    let entry: UnsafeMutablePointer<MemTableEntry>
    /// The vector in the layout's format.
    let vector: UnsafeRawPointer
    /// The code, row-major.
    let code: UnsafePointer<UInt8>
    let correction: ProductCorrection
  }

  /// Visits the published rows of a partition in order. - Complexity: O(n·m).
  func forEachRow(of list: Int, _ body: (VisitedRow) -> Void) {
    let shape = layout.shape
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: SharedCodeBlock.wordCount(shape)) { room in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: shape.codeBytes) { code in
        guard let words = room.baseAddress, let code = code.baseAddress else { return }
        forEachSegment(of: list) { segment in
          for index in 0..<segment.pointee.count {
            let lane = index % shape.lanes
            if lane == 0 { segment.pointee.sharedBlock(index / shape.lanes).copy(to: words) }
            let cells = ProductCodeCells(shape: shape, base: words)
            cells.read(lane, into: code)
            body(
              VisitedRow(
                entry: segment.pointee.entries + index, vector: segment.pointee.vector(index), code: code,
                correction: cells.correction(of: lane)))
          }
        }
      }
    }
    skipLists?[list].forEach(below: .max) { node in
      body(VisitedRow(entry: node.entry, vector: node.vector, code: node.code, correction: node.correction))
    }
  }

  /// Visits the segments of a partition in order, the primary one first. - Complexity: O(log n) for n rows.
  func forEachSegment(of list: Int, _ body: (UnsafeMutablePointer<MemTableSegment>) -> Void) {
    var segment: UnsafeMutablePointer<MemTableSegment>? = primaries + list
    while let current = segment {
      body(current)
      segment = current.pointee.next
    }
  }
}
