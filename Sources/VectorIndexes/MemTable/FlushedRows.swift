import VectorCore

/// The rows of frozen memtables in the form in which the base stores them.
///
/// It is a batch with one row for each row number. The base stores only those rows that were the newest versions when
/// the last row was written.
struct FlushedRows: ~Copyable {
  let plan: InsertPlan
  let labels: [Int32]
  let codes: ProductCodes
  /// For each row, the address of its vector, in memory owned by the memtables; `nil` for a row that is not stored.
  let vectors: Shared<UnsafeRawPointer?>
  /// The greatest row that replaced or removed one of the rows that are not stored; 0 if there is none.
  let lastEnd: UInt64
  /// The stored vectors that rows after the batch have replaced or removed, and these rows.
  let superseded: [(id: UInt64, row: UInt64)]

  private let room: UnsafeMutablePointer<UnsafeRawPointer?>

  /// Collects the rows of memtables.
  ///
  /// - Parameters:
  ///   - first: the number of the first row that the base does not have.
  ///   - end: the number of the first row after these memtables.
  /// - Complexity: O(n·m) for n rows.
  init(_ tables: ArraySlice<MemTable>, from first: UInt64, to end: UInt64) {
    let count = Int(end - first)
    let bytes = tables.first!.layout.shape.codeBytes
    var ids = [UInt64](repeating: 0, count: count)
    var labels = [Int32](repeating: 0, count: count)
    var metadata: [Metadata] = []
    var codes = [UInt8](repeating: 0, count: count * bytes)
    var corrections = [ProductCorrection](repeating: ProductCorrection(offset: 0, factor: 0), count: count)
    var lastEnd: UInt64 = 0
    var superseded: [(id: UInt64, row: UInt64)] = []
    let room = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: count)
    room.initialize(repeating: nil, count: count)
    for table in tables {
      for list in 0..<table.nlist {
        table.forEachRow(of: list) { row in
          let id = row.entry.pointee.id
          let ended = row.entry.pointee.end.load(ordering: .relaxed)
          guard ended >= end else {
            lastEnd = max(lastEnd, ended)
            return
          }
          if ended != MemTableEntry.never { superseded.append((id, ended)) }
          let number = Int(row.entry.pointee.row - first)
          ids[number] = id
          labels[number] = Int32(list)
          for byte in 0..<bytes { codes[number * bytes + byte] = row.code[byte] }
          corrections[number] = row.correction
          room[number] = row.vector
          if let box = row.entry.pointee.metadata {
            if metadata.isEmpty { metadata = Array(repeating: [:], count: count) }
            metadata[number] = box.takeUnretainedValue().metadata
          }
        }
      }
    }
    vectors = Shared(room)
    self.labels = labels
    self.codes = ProductCodes(bytes: codes, corrections: corrections)
    self.lastEnd = lastEnd
    self.superseded = superseded
    self.room = room
    plan = InsertPlan(ids: ids, metadata: metadata, rows: (0..<count).filter { room[$0] != nil }, replacingRows: [])
  }

  deinit { room.deallocate() }
}
