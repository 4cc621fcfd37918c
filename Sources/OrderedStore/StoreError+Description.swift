extension StoreError: CustomStringConvertible {
  public var description: String {
    "\(path): cannot \(operation)\(table.map { " (table '\($0)')" } ?? ""): \(reason)"
  }
}

extension StoreError.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missingFile: "no such file; check the path, or open it for writing to make it"
    case .isFolder: "is a folder; name the file in it"
    case .notAccessible(let text): "\(text); the file, the '-lock' file beside it and their folder must be accessible"
    case .notLMDB: "not a store's file; check the path"
    case .otherLMDBVersion: "written by another version of LMDB; build the store again, or use LMDB 0.9"
    case .notAStore: "an LMDB file, but not one of recallbench; choose another path"
    case .unfinished: "the making of the store was interrupted; open it for writing, or delete it"
    case .otherFormat(let found, let supported):
      "has format \(found), but this version reads format \(supported); build the store again"
    case .otherApplication(let found, let expected):
      "holds \(found), not \(expected); choose another path, or build the store again"
    case .truncated(let bytes, let needed):
      "truncated: it has \(bytes) bytes and uses at least \(needed); restore it, or build the store again"
    case .corrupted(let detail): "damaged, restore it, or build the store again (\(detail))"
    case .writerElsewhere: "another process writes to it; wait for its end, or open it for reading"
    case .readersElsewhere: "another process reads it; wait for its end"
    case .notEmpty: "there is a store already; choose another path"
    case .openHere(true): "this process writes to it already; use that store, or open it for reading"
    case .openHere(false): "this process has it open for reading; close that first"
    case .transactionOpen: "there is a write transaction already; end it first"
    case .transactionEnded: "the transaction has ended; begin another"
    case .noThread(let error): error.description
    case .readOnly: "it is open for reading; open it for writing"
    case .mapFull(let bytes):
      "full: \(bytes) bytes of addresses could be reserved for it; raise the limit (ulimit -v) and open it again"
    case .mapTooSmall(let bytes):
      "it has grown past the \(bytes) bytes that could be reserved; raise the limit (ulimit -v) and open it again"
    case .diskFull(let text): "\(text); free space on the disk; all that was committed before is intact"
    case .tooManySnapshots(let limit): "all \(limit) snapshots are in use; release some"
    case .tooManyTables(let limit): "there are \(limit) tables already; use fewer"
    case .transactionTooLarge: "the transaction changes too much; commit in smaller parts"
    case .transactionFailed: "an earlier change of the transaction failed; begin it again"
    case .mustReopen: "an earlier commit failed halfway; open the store again"
    case .emptyKey: "the key is empty; keys have at least 1 byte"
    case .keyTooLong(let bytes, let limit): "the key has \(bytes) bytes; at most \(limit) are possible"
    case .keyNotLast: "the appended key is not after the last one; append in ascending order, or use put"
    case .valueTooLarge(let bytes, let limit): "the value has \(bytes) bytes; at most \(limit) are possible"
    case .invalidTableName: "invalid table name; use 1 to 255 bytes without a zero, not 'recallbench-store'"
    case .library(let code, let text): "\(text) (LMDB error \(code))"
    }
  }
}

extension StoreApplication: CustomStringConvertible {
  public var description: String { "'\(name)' version \(version)" }
}
