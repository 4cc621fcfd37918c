import VectorCore

extension MemTableWriter {
  /// Puts the rows of all frozen memtables into a new version of the base, which takes the place of them and the old.
  ///
  /// Searches go on meanwhile; those that began before end on what they began with. What newer rows have replaced or
  /// removed is left out: a search for rows before that is refused from then on. Takes as much memory as the base.
  ///
  /// - Complexity: O(n·d) for all n vectors of the base and the memtables.
  public mutating func flush(threads: Int = 1) {
    let levels = levels
    let frozen = levels.tables.dropLast()
    guard let active = levels.tables.last, !frozen.isEmpty else { return }
    let store = VectorStore(copying: levels.base.store, threads: threads)
    for id in levels.base.supersededIDs { store.remove(id: id) }
    let rows = FlushedRows(frozen, from: levels.base.nextRow, to: active.firstRow)
    let spill = shared.index.configuration.spills ? spill(of: rows, in: levels.trained, threads: threads) : nil
    store.append(
      rows.plan, productCodes: rows.codes, spill: spill, threads: threads, list: { Int(rows.labels[$0]) },
      write: { [vectors = rows.vectors] row, format, target in
        target.copyMemory(from: vectors.pointer[row]!, byteCount: format.rowBytes)
      })
    let lastEnd = max(levels.base.lastEnd ?? 0, rows.lastEnd)
    let oldestLimit = max(levels.base.oldestLimit, lastEnd == 0 ? 0 : lastEnd + 1)
    let trained = IVFPQIndex.Trained(
      quantizer: levels.trained.quantizer, coder: levels.trained.coder, store: store)
    shared.index.trained = trained
    shared.replaceLevels(
      MemTableLevels(
        trained: trained, base: BaseLevel(store: store, oldestLimit: oldestLimit), tables: [active]))
  }

  /// The codes of the rows in the second list of each, found from their vectors, or from their codes where only these
  /// are kept.
  private func spill(of rows: borrowing FlushedRows, in trained: IVFPQIndex.Trained, threads: Int) -> Spill? {
    let format = shared.index.configuration.rowFormat(dimension: shared.index.dimension)
    let vectors =
      format.encoding == .absent
      ? trained.coder.decode(rows.codes.bytes, lists: rows.labels.map(UInt32.init), threads: threads)
      : Matrix(rows: rows.plan.ids.count, columns: format.dimension) { floats in
        floats.initialize(repeating: 0)
        for row in rows.plan.rows {
          format.read(rows.vectors.pointer[row]!, into: floats.baseAddress! + row * format.dimension)
        }
      }
    return shared.index.spill(of: vectors, labels: rows.labels, in: trained, threads: threads)
  }
}

/// The rows of frozen memtables as a base takes them: a batch of all row numbers, of which the newest are stored.
private struct FlushedRows: ~Copyable {
  let plan: InsertPlan
  let labels: [Int32]
  let codes: ProductCodes
  /// Of each row that is stored, where its vector is; the memtables own it.
  let vectors: Shared<UnsafeRawPointer?>
  /// The greatest row that replaced or removed one of these; 0 for none.
  let lastEnd: UInt64

  private let room: UnsafeMutablePointer<UnsafeRawPointer?>

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
    let room = UnsafeMutablePointer<UnsafeRawPointer?>.allocate(capacity: count)
    room.initialize(repeating: nil, count: count)
    for table in tables {
      for list in 0..<table.nlist {
        table.forEachRow(of: list) { row in
          let entry = row.entry
          let ended = entry.pointee.end.load(ordering: .relaxed)
          guard ended == MemTableEntry.never else {
            lastEnd = max(lastEnd, ended)
            return
          }
          let number = Int(entry.pointee.row - first)
          ids[number] = entry.pointee.id
          labels[number] = Int32(list)
          for byte in 0..<bytes { codes[number * bytes + byte] = row.code[byte] }
          corrections[number] = row.correction
          room[number] = row.vector
          if let box = entry.pointee.metadata {
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
    self.room = room
    let stored = (0..<count).filter { room[$0] != nil }
    plan = InsertPlan(ids: ids, metadata: metadata, rows: stored, replacingRows: [])
  }

  deinit { room.deallocate() }
}
