import VectorCore

/// Why an operation of a store failed; the description is one line that names operation, table, file and remedy.
public struct StoreError: Error, Equatable, Sendable {
  /// The attempted operation; completes "cannot …".
  public let operation: String
  /// The table, if the operation concerns one.
  public let table: String?
  /// The store's file.
  public let path: String
  public let reason: Reason

  public init(operation: String, table: String?, path: String, reason: Reason) {
    self.operation = operation
    self.table = table
    self.path = path
    self.reason = reason
  }

  public enum Reason: Error, Equatable, Sendable {
    /// There is no file to read.
    case missingFile
    /// The path is a folder.
    case isFolder
    /// The operating system refuses the file, or the lock file beside it; with the system's text.
    case notAccessible(String)
    /// The file is no LMDB file (`MDB_INVALID`).
    case notLMDB
    /// The file has another version of LMDB (`MDB_VERSION_MISMATCH`).
    case otherLMDBVersion
    /// An LMDB file that this module has not made.
    case notAStore
    /// The creation of the store was interrupted.
    case unfinished
    /// The format of the store is not the one that this version reads and writes.
    case otherFormat(found: UInt32, supported: UInt32)
    /// The store was made by another application, or another version of it.
    case otherApplication(found: StoreApplication, expected: StoreApplication)
    /// Pages in use are beyond the end of the file.
    case truncated(bytes: Int, needed: Int)
    /// Stored bytes are inconsistent or fail their checksum (also `MDB_CORRUPTED`, `MDB_PAGE_NOTFOUND`).
    case corrupted(String)
    /// Another process has the store open for writing.
    case writerElsewhere
    /// Another process has the store open for reading, where nobody may have.
    case readersElsewhere
    /// There is a store already where a new one is to be made.
    case notEmpty
    /// This process has the store open already, for writing or for reading.
    case openHere(forWriting: Bool)
    /// A write transaction is already open.
    case transactionOpen
    /// The transaction has been committed or aborted.
    case transactionEnded
    /// A write transaction needs a thread, which the system refuses.
    case noThread(ThreadError)
    /// The store was opened for reading.
    case readOnly
    /// The store fills all addresses that it could reserve (`MDB_MAP_FULL`).
    case mapFull(bytes: Int)
    /// Another process made the store larger than the addresses that this process could reserve (`MDB_MAP_RESIZED`).
    case mapTooSmall(bytes: Int)
    /// The disk, the quota or the greatest file size is exhausted: `ENOSPC`, `EDQUOT`, `EFBIG`, or `EIO` for an
    /// incomplete write.
    case diskFull(String)
    /// All slots for readers are in use (`MDB_READERS_FULL`).
    case tooManySnapshots(limit: Int)
    /// All slots for tables are in use (`MDB_DBS_FULL`).
    case tooManyTables(limit: Int)
    /// The transaction has changed more pages than one transaction can (`MDB_TXN_FULL`).
    case transactionTooLarge
    /// An earlier change of the transaction failed (`MDB_BAD_TXN`).
    case transactionFailed
    /// An earlier commit failed halfway, so no more commits are accepted (`MDB_PANIC`).
    case mustReopen
    /// The key is empty.
    case emptyKey
    /// The key has more than 511 bytes.
    case keyTooLong(bytes: Int, limit: Int)
    /// A key to append is not after the last key of the table (`MDB_KEYEXIST`).
    case keyNotLast
    /// The value is larger than a store can hold.
    case valueTooLarge(bytes: Int, limit: Int)
    /// The table name is empty, too long, has a zero byte, or is the store's own.
    case invalidTableName
    /// Any other error of LMDB or the operating system, with its number and text.
    case library(code: Int, text: String)
  }
}

/// The application of a store; a store made by another application is refused.
public struct StoreApplication: Equatable, Sendable {
  public let name: String
  /// The version of the tables' format; increases with each change.
  public let version: UInt32

  public init(name: String, version: UInt32) {
    self.name = name
    self.version = version
  }
}
