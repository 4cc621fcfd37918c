import VectorCore

/// The writer of fresh vectors: searches, which never wait, find a vector from the moment the insertion returns.
///
/// The writer cannot be copied, and only a writer makes the set that readers share: so the type system guarantees one
/// writer. Rows are appended to the last memtable. When that is full, it is frozen and a new one is added. Frozen
/// memtables are flushed into a new version of the base. Readers only notice the newer rows.
public struct MemTableWriter: ~Copyable {
  /// The object that readers use.
  public let shared: MemTableSet
  let configuration: MemTableConfiguration
  /// The number of the next row, and the number of ids that have a vector, published or not.
  private(set) var nextRow: UInt64 = 0
  private var count = 0
  /// The number of memtables frozen so far, and the number of flushes.
  public private(set) var freezeCount = 0
  public internal(set) var flushCount = 0
  /// Why the last due freeze or flush failed; `nil` when it succeeded.
  ///
  /// The rows stay in their memtables, where searches find them. A flush is tried again when the next memtable is
  /// frozen, a freeze with the next insertion.
  public internal(set) var flushFailure: IndexError?
  /// Whether the system had no address space for a memtable after a full one.
  private(set) var lacksRoom = false
  /// The number of memtables frozen at the last failure.
  var failedAt = 0

  /// Makes an empty memtable over a trained index; searches cover both.
  ///
  /// - Parameter base: belongs to the writer from now on: nobody else may change it, and nobody may search a base in
  ///   memory directly while the writer flushes. Each flush to a base in a file is a transaction; uncommitted changes
  ///   of the base are committed first.
  /// - Throws: `IndexError.notTrained`; `.storage`, also for a base opened for reading; `.invalidParameter` for an
  ///   invalid configuration, or one for which there is no memory.
  public init(over base: IVFPQIndex, configuration: MemTableConfiguration = MemTableConfiguration()) throws(IndexError)
  {
    if let refusal = base.storage.refusal { throw refusal }
    try self.init(shared: MemTableSet(base), configuration: configuration)
  }

  /// Takes over a set without a writer, whose base is trained.
  init(shared: MemTableSet, configuration: MemTableConfiguration) throws(IndexError) {
    self.shared = shared
    self.configuration = configuration
    try configuration.checkDomains()
    let contents = try shared.index.currentContents()
    nextRow = contents.nextRow
    count = contents.lists.count
    let base = BaseLevel(contents, oldestLimit: nextRow)
    shared.replaceLevels(MemTableLevels(base: base, tables: [try makeTable(over: base)], reusing: []))
    shared.publish(below: nextRow, count: count)
  }

  /// The memtables that are searched, the oldest first; the last one is being filled.
  public var tables: [MemTable] { levels.tables }

  /// Stores one vector per id, either all or none; a search sees all of them or none.
  ///
  /// - Parameters:
  ///   - ids: n ids. If an id is repeated, its last vector is the newest.
  ///   - vectors: n × d, with finite components.
  ///   - metadata: n dictionaries, or none at all.
  /// - Returns: the number of new ids.
  /// - Throws: `IndexError`; nothing is stored then.
  /// - Complexity: O(n·(nlist·d + d·ksub)), plus that of a flush when one is due; see `flushFailure`.
  @discardableResult
  public mutating func insert(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata] = [], onConflict rule: ConflictRule = .replace,
    threads: Int = 1
  ) throws(IndexError) -> Int {
    let batch = try check(ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, threads: threads)
    apply(batch, vectors: vectors, threads: threads)
    return batch.plan.newIDs
  }

  /// Stores several batches as if they were one: their vectors are assigned and encoded together.
  ///
  /// - Returns: the number of new ids.
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

  /// Removes the vector of an id; returns false when there is none. A removal has its own row number.
  ///
  /// - Throws: `IndexError.storage` for a base in a file; nothing has changed then.
  /// - Complexity: O(1); over a base in a file O(log n).
  @discardableResult
  public mutating func remove(id: UInt64) throws(IndexError) -> Bool {
    guard let removal = try checkRemoval(of: id) else { return false }
    apply(removal)
    return true
  }

  /// Freezes the memtable being filled, if anything was written since it was made, and adds another.
  ///
  /// A removal counts as a write: it has a row number, and the next flush applies it to the base.
  ///
  /// - Throws: `IndexError.invalidParameter` if the system has no address space for another; nothing has changed then.
  /// - Complexity: O(nlist), and amortised O(m·log t) for each row that waits in t frozen memtables: their codes are merged.
  public mutating func freeze() throws(IndexError) {
    guard nextRow > active.firstRow else { return }
    let levels = levels
    let table = try makeTable(over: levels.base)
    shared.replaceLevels(
      MemTableLevels(base: levels.base, tables: levels.tables + [table], reusing: levels.frozen))
    freezeCount += 1
  }
}

// MARK: - Writing

/// A batch that has passed all checks.
struct CheckedBatch {
  let plan: InsertPlan
  /// The places in the base of the newest versions of the batch's ids.
  let basePlaces: [UInt64: RowPlace]
}

/// A removal of an id that has a vector.
struct CheckedRemoval {
  let id: UInt64
  /// The place in the base of the newest version; `nil` if that is in a memtable.
  let basePlace: RowPlace?
}

extension MemTableWriter {
  var base: IVFPQIndex { shared.index }

  var levels: MemTableLevels { shared.levels! }

  private var active: MemTable { levels.tables[levels.tables.count - 1] }

  private func makeTable(over level: BaseLevel) throws(IndexError) -> MemTable {
    try MemTable(
      configuration: configuration, layout: MemTableLayout(base.settings, dimension: base.dimension),
      nlist: level.lists.listCount, firstRow: nextRow)
  }

  /// Finds the vector of an id before anything changes; returns `nil` when there is none.
  ///
  /// - Throws: `IndexError.sequencesExhausted` or `.storage`.
  /// - Complexity: O(t) for t memtables.
  func checkRemoval(of id: UInt64) throws(IndexError) -> CheckedRemoval? {
    let levels = levels
    try checkSequences(from: nextRow, count: 1)
    if levels.tablesContain(id) { return CheckedRemoval(id: id, basePlace: nil) }
    return try levels.base.newestPlace(of: id).map { CheckedRemoval(id: id, basePlace: $0) }
  }

  /// Makes a removal that `checkRemoval` returned; this cannot fail.
  mutating func apply(_ removal: CheckedRemoval) {
    _ = supersede(removal.id, at: removal.basePlace, by: nextRow)
    nextRow += 1
    count -= 1
    shared.publish(below: nextRow, count: count)
    shared.reclaim()
  }

  /// Continues at a later row number. The rows in between were written, but their contents are lost.
  mutating func skip(to row: UInt64) {
    nextRow = row
    shared.publish(below: nextRow, count: count)
  }

  /// Checks a whole batch before anything changes.
  func check(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict rule: ConflictRule, threads: Int
  ) throws(IndexError) -> CheckedBatch {
    let levels = levels
    var places: [UInt64: RowPlace] = [:]
    let plan = try InsertPlan(
      ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, dimension: base.dimension,
      nextSequence: nextRow, threads: threads
    ) { id throws(IndexError) in
      if levels.tablesContain(id) { return true }
      guard let place = try levels.base.newestPlace(of: id) else { return false }
      places[id] = place
      return true
    }
    return CheckedBatch(plan: plan, basePlaces: places)
  }

  /// Stores a batch that `check` has accepted; this cannot fail.
  mutating func apply(_ batch: CheckedBatch, vectors: Matrix, threads: Int) {
    let plan = batch.plan
    if lacksRoom { (lacksRoom, flushFailure) = (false, nil) }
    // If an id is repeated in the batch, its earlier rows are versions too; otherwise the plan lists what is replaced.
    let isRepeating = plan.rows.count < plan.ids.count
    if !isRepeating {
      for row in plan.replacingRows {
        let id = plan.ids[row]
        _ = supersede(id, at: batch.basePlaces[id], by: nextRow + UInt64(row))
      }
    }
    for start in stride(from: 0, to: vectors.rows, by: MemTableConfiguration.batchRows) {
      let rows = start..<min(start + MemTableConfiguration.batchRows, vectors.rows)
      append(batch, rows: rows, of: vectors, replaces: isRepeating, threads: threads)
    }
    if isFull { freezeIfThereIsRoom() }
    count += plan.newIDs
    shared.publish(below: nextRow, count: count)
    shared.reclaim()
    flushWhenDue(threads: threads)
  }

  /// Appends rows of a batch, in order.
  ///
  /// - Parameter replaces: whether to look for an older version of each id.
  private mutating func append(
    _ batch: CheckedBatch, rows: Range<Int>, of vectors: Matrix, replaces: Bool, threads: Int
  ) {
    let (plan, model) = (batch.plan, levels.base.model)
    let prepared = base.metric.prepare(vectors[rows: rows], threads: threads)
    let labels = model.quantizer.assign(prepared, threads: threads)
    let codes = model.coder.encode(prepared, labels: labels, threads: threads)
    let bytes = model.coder.quantizer.bytesPerCode
    codes.bytes.withUnsafeBufferPointer { code in
      guard let code = code.baseAddress else { return }
      for (offset, row) in rows.enumerated() {
        let id = plan.ids[row]
        if replaces { _ = supersede(id, at: batch.basePlaces[id], by: nextRow) }
        if isFull { freezeIfThereIsRoom() }
        let table = active
        table.append(
          NewRow(
            id: id, row: nextRow, metadata: plan.metadata.isEmpty ? nil : table.keep(plan.metadata[row]),
            code: code + offset * bytes, correction: codes.corrections[offset],
            vector: prepared.baseAddress + offset * prepared.columns),
          to: Int(labels[offset]))
        nextRow += 1
      }
    }
  }

  /// Freezes a full memtable. If the system has no address space for another, rows are appended to the full one.
  private mutating func freezeIfThereIsRoom() {
    do throws(IndexError) { try freeze() } catch { (flushFailure, lacksRoom) = (error, true) }
  }

  private var isFull: Bool {
    guard !lacksRoom else { return false }
    return active.count >= configuration.freezeRows ?? configuration.maxRows
      || configuration.freezeBytes.map { active.memoryBytes >= $0 } ?? false
  }

  /// Marks the newest version of an id as replaced or removed by a row; returns false when there is none.
  ///
  /// - Parameter place: its place in the base; `nil` if it is not there.
  private func supersede(_ id: UInt64, at place: RowPlace?, by row: UInt64) -> Bool {
    let levels = levels
    for table in levels.tables.reversed() where table.supersede(id, by: row) { return true }
    guard let place else { return false }
    return levels.base.supersede(id, at: place, by: row)
  }
}
