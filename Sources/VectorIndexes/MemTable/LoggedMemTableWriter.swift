import VectorCore

/// A writer of fresh vectors whose writes survive a crash: each is written to a log before the call returns.
///
/// Over a base in a file, the log holds the rows that the base does not have yet: after each flush, once the base has
/// committed them, they are removed from the log. Over a base in memory, the log holds all rows. To start a new log
/// over a base with more rows, use another path.
public struct LoggedMemTableWriter: ~Copyable {
  private var writer: MemTableWriter
  private var log: WriteAheadLog
  /// Why the last due flush, or the truncation of the log after it, failed; `nil` when both succeeded.
  ///
  /// Every write is stored and logged nevertheless. The next flush tries both again.
  public private(set) var flushFailure: MemTableError?

  /// The object that readers use.
  public var shared: MemTableSet { writer.shared }

  /// The memtables that are searched, the oldest first; the last one is being filled.
  public var tables: [MemTable] { writer.tables }

  /// The size of the log in bytes.
  public var logBytes: Int { log.byteCount }

  /// Opens the log over a base, and replays the rows in the log that the base does not have.
  ///
  /// - Parameters:
  ///   - base: a trained index. A base in memory has no more rows than when the log was begun, or also rows from the
  ///     beginning of the log. A base in a file must only ever have been changed by writers with this log.
  ///   - path: the path of the log, which is made if it does not exist.
  /// - Throws: `IndexError.notTrained`; errors of opening or truncating the log, of reading the base, and of a gap
  ///   between base and log; `WriteAheadLogError.otherBase` for the log of another base; `.damaged` for a log that
  ///   `WriteAheadLog.salvage` can repair.
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

  /// Replays the rows of the log that the memtables do not have.
  ///
  /// The base may end within a record; then only the later rows of that record are replayed.
  ///
  /// - Returns: the number of replayed rows.
  @discardableResult
  public mutating func replay(threads: Int = 1) throws(MemTableError) -> Int {
    let first = writer.nextRow
    var records = log.records()
    while let record = try logging({ () throws(WriteAheadLogError) in try log.next(&records) }) {
      // A row is counted once, even if it is replayed again.
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
      // If the insertion of this id was lost, there is nothing to remove, but the removal still needs its row number.
      if try !writer.remove(id: id) { writer.skip(to: record.rows.upperBound) }
    case .lost: writer.skip(to: record.rows.upperBound)
    }
  }

  /// As `MemTableWriter.insert`; the write is in the log before the call returns.
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

  /// As `MemTableWriter.remove`; the write is in the log before the call returns.
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

  /// As `MemTableWriter.flush`; then removes from the log the rows that a base in a file has committed.
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

/// Why a logged write failed.
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
