import VectorCore

/// Why an operation of a store failed; its description is one line that names operation, table, file and remedy.
public struct StoreError: Error, Equatable, Sendable {
  /// What was tried; completes "cannot …".
  public let operation: String
  /// The table it was about, where there is one.
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
    /// The operating system refuses the file, or the lock file beside it; its own text.
    case notAccessible(String)
    /// The file is something else (`MDB_INVALID`).
    case notLMDB
    /// The file is of another version of LMDB (`MDB_VERSION_MISMATCH`).
    case otherLMDBVersion
    /// An LMDB file that no store of ours has made.
    case notAStore
    /// The making of the store was interrupted.
    case unfinished
    /// The store's format is not the one that this version reads and writes.
    case otherFormat(found: UInt32, supported: UInt32)
    /// The store was made for something else, or for another version of it.
    case otherApplication(found: StoreApplication, expected: StoreApplication)
    /// Pages that are in use lie behind the end of the file.
    case truncated(bytes: Int, needed: Int)
    /// Stored bytes contradict each other or their checksum (also `MDB_CORRUPTED`, `MDB_PAGE_NOTFOUND`).
    case corrupted(String)
    /// Another process has the store open for writing.
    case writerElsewhere
    /// Another process has the store open for reading, where nobody may have.
    case readersElsewhere
    /// There is a store already where a new one is to be made.
    case notEmpty
    /// This process has the store open already, for writing or for reading.
    case openHere(forWriting: Bool)
    /// There is a write transaction already.
    case transactionOpen
    /// The transaction was committed or aborted before.
    case transactionEnded
    /// A write transaction needs a thread of its own, which the system refuses.
    case noThread(ThreadError)
    /// The store was opened for reading.
    case readOnly
    /// The store is as large as the addresses that it could reserve (`MDB_MAP_FULL`).
    case mapFull(bytes: Int)
    /// Another process made the store larger than what this one could reserve (`MDB_MAP_RESIZED`).
    case mapTooSmall(bytes: Int)
    /// The disk, the quota or the largest allowed file is full: `ENOSPC`, `EDQUOT`, `EFBIG`, or `EIO` for a cut write.
    case diskFull(String)
    /// All places for readers are taken (`MDB_READERS_FULL`).
    case tooManySnapshots(limit: Int)
    /// All places for tables are taken (`MDB_DBS_FULL`).
    case tooManyTables(limit: Int)
    /// More pages were changed than one transaction can hold (`MDB_TXN_FULL`).
    case transactionTooLarge
    /// An earlier change of the transaction failed (`MDB_BAD_TXN`).
    case transactionFailed
    /// An earlier commit failed halfway, so that no more are taken (`MDB_PANIC`).
    case mustReopen
    /// A key of no bytes.
    case emptyKey
    /// A key of more bytes than 511.
    case keyTooLong(bytes: Int, limit: Int)
    /// A key to append is not behind the table's last (`MDB_KEYEXIST`).
    case keyNotLast
    /// A value larger than a store can hold.
    case valueTooLarge(bytes: Int, limit: Int)
    /// A table name that is empty, too long, has a zero byte or is the store's own.
    case invalidTableName
    /// Any other error of LMDB or the operating system, with its number and text.
    case library(code: Int, text: String)
  }
}

/// What a store is for; one made for something else is refused.
public struct StoreApplication: Equatable, Sendable {
  public let name: String
  /// Raised with each change of what the tables hold.
  public let version: UInt32

  public init(name: String, version: UInt32) {
    self.name = name
    self.version = version
  }
}
