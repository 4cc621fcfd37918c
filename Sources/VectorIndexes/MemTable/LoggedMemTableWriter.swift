import VectorCore

/// A writer of fresh vectors whose writes survive a crash: each is in a log before it is done.
///
/// The log holds all rows from its base on. To begin anew over a later base, give that and another path.
public struct LoggedMemTableWriter: ~Copyable {
  private var writer: MemTableWriter
  private var log: WriteAheadLog

  /// What readers hold.
  public var shared: MemTableSet { writer.shared }

  /// Opens the log and does again what it holds of rows that the base lacks.
  ///
  /// - Parameters:
  ///   - base: trained, and holding no more than when the log was begun, or rows of the log from its begin on.
  ///   - path: of the log, which is made where there is none.
  /// - Throws: `IndexError.notTrained`, or what keeps the log from being opened or from going on where the base ends.
  public static func open(
    over base: IVFPQIndex, configuration: MemTableConfiguration = MemTableConfiguration(), log path: String,
    sync: WriteAheadLog.Sync, threads: Int = 1
  ) throws(MemTableError) -> LoggedMemTableWriter {
    let log = try openLog(path, dimension: base.dimension, sync: sync)
    var logged = LoggedMemTableWriter(
      writer: try makeWriter(over: base, configuration: configuration), log: log)
    try logged.replay(threads: threads)
    return logged
  }

  private init(writer: consuming MemTableWriter, log: consuming WriteAheadLog) {
    self.writer = writer
    self.log = log
  }

  private static func makeWriter(
    over base: IVFPQIndex, configuration: MemTableConfiguration
  ) throws(MemTableError) -> MemTableWriter {
    do throws(IndexError) {
      return try MemTableWriter(over: base, configuration: configuration)
    } catch { throw .refused(error) }
  }

  private static func openLog(
    _ path: String, dimension: Int, sync: WriteAheadLog.Sync
  ) throws(MemTableError) -> WriteAheadLog {
    do throws(WriteAheadLogError) {
      return try WriteAheadLog(path: path, dimension: dimension, sync: sync)
    } catch { throw .log(error) }
  }

  /// Does again what the log holds and the memtables do not: nothing, unless the log is ahead.
  ///
  /// - Returns: how many rows there were.
  @discardableResult
  public mutating func replay(threads: Int = 1) throws(MemTableError) -> Int {
    let first = writer.nextRow
    do throws(WriteAheadLogError) {
      for record in try log.records() where record.rowCount > 0 {
        // A row is counted once, however often it is written here.
        guard record.firstRow >= writer.nextRow else { continue }
        guard record.firstRow == writer.nextRow else {
          throw .missingRows(path: log.path, rows: writer.nextRow..<record.firstRow)
        }
        switch record.write {
        case .insert(let ids, let vectors, let metadata):
          // What was accepted once is accepted again.
          _ = try? writer.insert(ids: ids, vectors: vectors, metadata: metadata, onConflict: .replace, threads: threads)
        case .remove(let id): writer.remove(id: id)
        }
      }
    } catch { throw .log(error) }
    return Int(writer.nextRow - first)
  }

  /// As `MemTableWriter.insert`; in the log before it is done.
  ///
  /// - Throws: `MemTableError`; nothing is stored then.
  @discardableResult
  public mutating func insert(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata] = [], onConflict rule: ConflictRule = .replace,
    threads: Int = 1
  ) throws(MemTableError) -> Int {
    let plan: InsertPlan
    do throws(IndexError) {
      plan = try writer.plan(ids: ids, vectors: vectors, metadata: metadata, onConflict: rule, threads: threads)
    } catch { throw .refused(error) }
    guard !ids.isEmpty else { return 0 }
    try append(.insert(ids: ids, vectors: vectors, metadata: metadata))
    writer.apply(plan, vectors: vectors, threads: threads)
    return plan.newIDs
  }

  /// As `MemTableWriter.remove`; in the log before it is done.
  @discardableResult
  public mutating func remove(id: UInt64) throws(MemTableError) -> Bool {
    guard writer.contains(id) else { return false }
    try append(.remove(id: id))
    return writer.remove(id: id)
  }

  /// As `MemTableWriter.freeze`.
  public mutating func freeze() { writer.freeze() }

  /// As `MemTableWriter.flush`; the log stays as it is, because the base is in memory.
  public mutating func flush(threads: Int = 1) { writer.flush(threads: threads) }

  private mutating func append(_ write: LogRecord.Write) throws(MemTableError) {
    do throws(WriteAheadLogError) {
      try log.append(LogRecord(firstRow: writer.nextRow, write: write))
    } catch { throw .log(error) }
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
