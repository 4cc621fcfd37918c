import VectorCore

/// A writer of fresh vectors whose writes survive a crash: each is in a log before it is done.
///
/// Over a base in a file the log holds the rows that the base has not taken yet: after each flush, when the base has
/// committed them, they are cut off the log. Over a base in memory it holds all rows; to begin again over a later base,
/// give that and another path.
public struct LoggedMemTableWriter: ~Copyable {
  private var writer: MemTableWriter
  private var log: WriteAheadLog
  /// Why the last flush that was due did not succeed, or the cut of the log after it; nil when both did.
  ///
  /// Every write is stored and logged nevertheless. Both are tried again with the next flush.
  public private(set) var flushFailure: MemTableError?

  /// What readers hold.
  public var shared: MemTableSet { writer.shared }

  /// The memtables that are searched, the oldest first; the last is being filled.
  public var tables: [MemTable] { writer.tables }

  /// Bytes of the log.
  public var logBytes: Int { log.byteCount }

  /// Opens the log over a base and does again what it holds of rows that the base lacks.
  ///
  /// - Parameters:
  ///   - base: trained; in memory holding no more than when the log was begun, or rows of the log from its begin on; in a
  ///     file only ever changed by writers with this log.
  ///   - path: of the log, which is made where there is none.
  /// - Throws: `IndexError.notTrained`, or what keeps the log from being opened or cut, the base from being read, or the
  ///   log from going on where the base ends; `WriteAheadLogError.otherBase` for the log of another base, `.damaged` for a log that `WriteAheadLog.salvage` mends.
  public static func open(
    over base: IVFPQIndex, configuration: MemTableConfiguration = MemTableConfiguration(), log path: String,
    sync: WriteAheadLog.Sync, threads: Int = 1
  ) throws(MemTableError) -> LoggedMemTableWriter {
    let log = try logging { () throws(WriteAheadLogError) in
      try WriteAheadLog.open(path, over: LoggedBase(base), sync: sync)
    }
    let writer = try refusing { () throws(IndexError) in try MemTableWriter(over: base, configuration: configuration) }
    return try LoggedMemTableWriter(writer: writer, log: log, threads: threads)
  }

  private init(
    writer: consuming MemTableWriter, log: consuming WriteAheadLog, threads: Int
  ) throws(MemTableError) {
    self.writer = writer
    self.log = log
    try replay(threads: threads)
    try cutLog()
  }

  /// Does again what the log holds and the memtables do not: nothing, unless the log is ahead.
  ///
  /// A base may end within a record; of that the rows behind its end are done.
  ///
  /// - Returns: how many rows there were.
  @discardableResult
  public mutating func replay(threads: Int = 1) throws(MemTableError) -> Int {
    let first = writer.nextRow
    var records = log.records()
    while let record = try logging({ () throws(WriteAheadLogError) in try log.next(&records) }) {
      // A row is counted once, however often it is written here.
      guard writer.nextRow < record.rows.upperBound else { continue }
      guard record.firstRow <= writer.nextRow else {
        throw .log(.missingRows(path: log.path, rows: writer.nextRow..<record.firstRow))
      }
      try refusing { () throws(IndexError) in try redo(record, threads: threads) }
    }
    return Int(writer.nextRow - first)
  }

  private mutating func redo(_ record: LogRecord, threads: Int) throws(IndexError) {
    switch record.write {
    case .insert(let ids, let vectors, let metadata):
      let rows = Int(writer.nextRow - record.firstRow)..<ids.count
      try writer.insert(
        ids: Array(ids[rows]), vectors: vectors[rows: rows], metadata: metadata.isEmpty ? [] : Array(metadata[rows]),
        onConflict: .replace, threads: threads)
    case .remove(let id):
      // Of an id whose insertion the log has lost there is nothing to remove; the row is taken all the same.
      if try !writer.remove(id: id) { writer.skip(to: record.rows.upperBound) }
    case .lost: writer.skip(to: record.rows.upperBound)
    }
  }

  /// As `MemTableWriter.insert`; in the log before it is done.
  ///
  /// - Throws: `MemTableError`; nothing is stored then.
  @discardableResult
  public mutating func insert(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata] = [], onConflict rule: ConflictRule = .replace,
    threads: Int = 1
  ) throws(MemTableError) -> Int {
    let batch = try refusing { () throws(IndexError) in
      try writer.check(ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, threads: threads)
    }
    guard !ids.isEmpty else { return 0 }
    try append(.insert(ids: ids, vectors: vectors, metadata: metadata))
    let flushed = writer.levels.base.nextRow
    writer.apply(batch, vectors: vectors, threads: threads)
    if writer.levels.base.nextRow > flushed {
      flushFailure = nil
      do throws(MemTableError) { try cutLog() } catch { flushFailure = error }
    } else if let failure = writer.flushFailure {
      flushFailure = .refused(failure)
    }
    return batch.plan.newIDs
  }

  /// As `MemTableWriter.remove`; in the log before it is done.
  @discardableResult
  public mutating func remove(id: UInt64) throws(MemTableError) -> Bool {
    guard let removal = try refusing({ () throws(IndexError) in try writer.checkRemoval(of: id) }) else {
      return false
    }
    try append(.remove(id: id))
    writer.apply(removal)
    return true
  }

  /// As `MemTableWriter.freeze`.
  public mutating func freeze() throws(MemTableError) {
    try refusing { () throws(IndexError) in try writer.freeze() }
  }

  /// As `MemTableWriter.flush`; then cuts off the log what a base in a file has committed.
  public mutating func flush(threads: Int = 1) throws(MemTableError) {
    try refusing { () throws(IndexError) in try writer.flush(threads: threads) }
    try cutLog()
    flushFailure = nil
  }

  private mutating func append(_ write: LogRecord.Write) throws(MemTableError) {
    try logging { () throws(WriteAheadLogError) in
      try log.append(LogRecord(firstRow: writer.nextRow, write: write))
    }
  }

  private mutating func cutLog() throws(MemTableError) {
    guard writer.base.storage.isDurable else { return }
    let row = writer.base.nextRow
    try logging { () throws(WriteAheadLogError) in try log.removeRecords(before: row) }
  }
}

/// Why a write that is logged was not done.
public enum MemTableError: Error, Equatable, Sendable, CustomStringConvertible {
  case refused(IndexError)
  case log(WriteAheadLogError)

  public var description: String {
    switch self {
    case .refused(let error): error.description
    case .log(let error): error.description
    }
  }
}

private func refusing<Result: ~Copyable>(
  _ body: () throws(IndexError) -> Result
) throws(MemTableError) -> Result {
  do throws(IndexError) { return try body() } catch { throw .refused(error) }
}

private func logging<Result: ~Copyable>(
  _ body: () throws(WriteAheadLogError) -> Result
) throws(MemTableError) -> Result {
  do throws(WriteAheadLogError) { return try body() } catch { throw .log(error) }
}
