import VectorCore

/// The one that writes fresh vectors: they are found from the moment a call returns, in searches that never wait.
///
/// It can't be copied, and it alone makes the set that readers share: so there is one writer, by the type. Rows go to
/// the memtable being filled; when that is full it is frozen and another takes its place, and frozen ones are flushed
/// into a new version of the base. Readers notice nothing but the newer rows.
public struct MemTableWriter: ~Copyable {
  /// What readers hold.
  public let shared: MemTableSet
  let configuration: MemTableConfiguration
  /// The number of the next row, and how many ids have a vector, published or not.
  private(set) var nextRow: UInt64 = 0
  private var count = 0

  /// Makes an empty memtable over a trained index, whose vectors are searched with the fresh ones.
  ///
  /// - Parameter base: from now on the writer's: nobody else may change it, or search it while the writer flushes.
  /// - Throws: `IndexError.notTrained`.
  public init(over base: IVFPQIndex, configuration: MemTableConfiguration = MemTableConfiguration()) throws(IndexError)
  {
    try self.init(shared: MemTableSet(base), configuration: configuration)
  }

  /// Takes over a set that has no writer, and whose index is trained.
  init(shared: MemTableSet, configuration: MemTableConfiguration) throws(IndexError) {
    self.shared = shared
    self.configuration = configuration
    let trained = try shared.index.requireTrained()
    let base = BaseLevel(store: trained.store, oldestLimit: trained.store.nextSequence)
    nextRow = base.nextRow
    count = trained.store.count
    shared.replaceLevels(MemTableLevels(trained: trained, base: base, tables: [makeTable()]))
    shared.publish(below: nextRow, count: count)
  }

  /// The memtables that are searched, the oldest first; the last is being filled.
  public var tables: [MemTable] { levels.tables }

  /// Stores one vector per id, all or nothing; searches see all of them or none.
  ///
  /// - Parameters:
  ///   - ids: n ids; of an id twice, the later vector is the newest.
  ///   - vectors: n × d, finite.
  ///   - metadata: n of them, or empty for none.
  /// - Returns: how many ids were new.
  /// - Throws: `IndexError`; nothing is stored then.
  /// - Complexity: O(n·(nlist·d + d·ksub)); a flush, when it is due, is on top.
  @discardableResult
  public mutating func insert(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata] = [], onConflict rule: ConflictRule = .replace,
    threads: Int = 1
  ) throws(IndexError) -> Int {
    let plan = try plan(ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, threads: threads)
    apply(plan, vectors: vectors, threads: threads)
    return plan.newIDs
  }

  /// Stores several batches as if they were one: their lists and codes are found together.
  ///
  /// - Returns: how many ids were new.
  /// - Throws: `IndexError`; nothing of any batch is stored then.
  @discardableResult
  public mutating func insert(
    batches: [(ids: [UInt64], vectors: Matrix)], onConflict rule: ConflictRule = .replace, threads: Int = 1
  ) throws(IndexError) -> Int {
    for (ids, vectors) in batches where vectors.rows > 0 {
      guard ids.count == vectors.rows else {
        throw .countMismatch(what: "ids", expected: vectors.rows, got: ids.count)
      }
      guard vectors.columns == shared.index.dimension else {
        throw .dimensionMismatch(expected: shared.index.dimension, got: vectors.columns)
      }
    }
    let all = Matrix(rows: batches.reduce(0) { $0 + $1.vectors.rows }, columns: shared.index.dimension) { floats in
      var target = floats.baseAddress
      for (_, vectors) in batches {
        target?.initialize(from: vectors.baseAddress, count: vectors.rows * vectors.columns)
        target = target.map { $0 + vectors.rows * vectors.columns }
      }
    }
    return try insert(ids: batches.flatMap(\.ids), vectors: all, onConflict: rule, threads: threads)
  }

  /// Removes the vector of an id; false when there is none. The removal is a row of its own. - Complexity: O(1).
  @discardableResult
  public mutating func remove(id: UInt64) -> Bool {
    guard supersede(id, by: nextRow) else { return false }
    nextRow += 1
    count -= 1
    shared.publish(below: nextRow, count: count)
    shared.reclaim()
    return true
  }

  /// Ends the memtable being filled, if there is anything in it, and begins another. - Complexity: O(nlist).
  public mutating func freeze() {
    guard active.count > 0 else { return }
    let levels = levels
    shared.replaceLevels(
      MemTableLevels(trained: levels.trained, base: levels.base, tables: levels.tables + [makeTable()]))
  }
}

// MARK: - Writing

extension MemTableWriter {
  var levels: MemTableLevels { shared.levels! }

  private var active: MemTable { levels.tables[levels.tables.count - 1] }

  private func makeTable() -> MemTable {
    let (index, shape) = (shared.index, shared.index.configuration.shape)
    return MemTable(
      configuration: configuration,
      layout: MemTableLayout(shape: shape, format: index.configuration.rowFormat(dimension: index.dimension)),
      nlist: index.configuration.nlist, firstRow: nextRow)
  }

  /// Whether an id has a vector. - Complexity: O(t) for t memtables.
  func contains(_ id: UInt64) -> Bool { levels.contains(id) }

  /// Checks a whole batch before anything changes.
  func plan(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict rule: ConflictRule, threads: Int
  ) throws(IndexError) -> InsertPlan {
    let levels = levels
    return try InsertPlan(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, dimension: shared.index.dimension,
      threads: threads, isStored: levels.contains)
  }

  /// Stores a batch that `plan` has accepted; nothing here can fail.
  mutating func apply(_ batch: InsertPlan, vectors: Matrix, threads: Int) {
    // Of an id twice in the batch the earlier row is a version too; else it is known what is replaced.
    let isRepeating = batch.rows.count < batch.ids.count
    if !isRepeating {
      for row in batch.replacingRows { _ = supersede(batch.ids[row], by: nextRow + UInt64(row)) }
    }
    for start in stride(from: 0, to: vectors.rows, by: MemTableConfiguration.batchRows) {
      let rows = start..<min(start + MemTableConfiguration.batchRows, vectors.rows)
      append(batch, rows: rows, of: vectors, replaces: isRepeating, threads: threads)
    }
    count += batch.newIDs
    shared.publish(below: nextRow, count: count)
    shared.reclaim()
    if levels.tables.count - 1 > configuration.mostFrozen { flush(threads: threads) }
  }

  /// Appends some rows of a batch, in order.
  ///
  /// - Parameter replaces: whether an older version of each id is looked for.
  private mutating func append(
    _ batch: InsertPlan, rows: Range<Int>, of vectors: Matrix, replaces: Bool, threads: Int
  ) {
    let trained = levels.trained
    let prepared = shared.index.metric.prepare(vectors[rows: rows], threads: threads)
    let labels = trained.quantizer.assign(prepared, threads: threads)
    let codes = trained.coder.encode(prepared, labels: labels, threads: threads)
    let bytes = trained.coder.quantizer.bytesPerCode
    codes.bytes.withUnsafeBufferPointer { code in
      guard let code = code.baseAddress else { return }
      for (offset, row) in rows.enumerated() {
        if replaces { _ = supersede(batch.ids[row], by: nextRow) }
        if isFull { freeze() }
        let table = active
        table.append(
          NewRow(
            id: batch.ids[row], row: nextRow,
            metadata: batch.metadata.isEmpty ? nil : table.keep(batch.metadata[row]), code: code + offset * bytes,
            correction: codes.corrections[offset], vector: prepared.baseAddress + offset * prepared.columns),
          to: Int(labels[offset]))
        nextRow += 1
      }
    }
  }

  private var isFull: Bool {
    active.count >= configuration.freezeRows
      || (configuration.freezeBytes < .max && active.memoryBytes >= configuration.freezeBytes)
  }

  /// Marks the newest version of an id as replaced or removed by a row; false when there is none.
  private func supersede(_ id: UInt64, by row: UInt64) -> Bool {
    let levels = levels
    for table in levels.tables.reversed() where table.supersede(id, by: row) { return true }
    return levels.base.supersede(id, by: row)
  }
}
