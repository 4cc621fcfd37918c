internal import CLMDB
import Foundation

/// The file, table and operation that an error message names; converts LMDB's codes to errors.
struct LMDBPlace {
  let path: String
  let operation: String
  var table: String?

  /// An error for a reason.
  func error(_ reason: StoreError.Reason) -> StoreError {
    StoreError(operation: operation, table: table, path: path, reason: reason)
  }

  /// Runs `body` and adds the place to the reason of its error.
  func naming<Result>(_ body: () throws(StoreError.Reason) -> Result) throws(StoreError) -> Result {
    do throws(StoreError.Reason) { return try body() } catch { throw self.error(error) }
  }

  /// Throws an error unless a call of LMDB succeeded.
  func check(_ code: CInt, _ environment: LMDBEnvironment) throws(StoreError) {
    guard code == MDB_SUCCESS else { throw error(.init(lmdb: code, mapBytes: environment.mapBytes)) }
  }

  /// Throws an error if there is a reason.
  func refuse(_ reason: StoreError.Reason?) throws(StoreError) {
    if let reason { throw error(reason) }
  }
}

extension StoreError.Reason {
  /// The reason for one of LMDB's return codes; positive codes are error numbers of the system.
  init(lmdb code: CInt, mapBytes: Int) {
    let text = String(cString: mdb_strerror(code))
    self =
      switch code {
      case MDB_INVALID: .notLMDB
      case MDB_VERSION_MISMATCH: .otherLMDBVersion
      case MDB_CORRUPTED, MDB_PAGE_NOTFOUND, MDB_CURSOR_FULL, MDB_PAGE_FULL: .corrupted(text)
      case MDB_MAP_FULL: .mapFull(bytes: mapBytes)
      case MDB_MAP_RESIZED: .mapTooSmall(bytes: mapBytes)
      case MDB_READERS_FULL: .tooManySnapshots(limit: StoreLimits.snapshots)
      case MDB_DBS_FULL: .tooManyTables(limit: StoreLimits.tables)
      case MDB_TXN_FULL: .transactionTooLarge
      case MDB_BAD_TXN: .transactionFailed
      case MDB_PANIC: .mustReopen
      case MDB_INCOMPATIBLE: .notAStore
      case ENOENT: .missingFile
      case EACCES, EPERM, EROFS: .notAccessible(text)
      case ENOSPC, EDQUOT, EFBIG: .diskFull(text)
      // LMDB returns this code for an incomplete write, the system for a failing disk.
      case EIO: .diskFull("a write was cut short, or the disk fails")
      default: .library(code: Int(code), text: text)
      }
  }
}
