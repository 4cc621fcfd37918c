import Foundation
import VectorSearch

/// Why a log of writes can't be opened, replayed or added to.
public enum WriteAheadLogError: IndexFailure, Equatable {
  /// The system's error number, and what it was asked to do.
  case system(path: String, action: String, code: Int32)
  /// Another process, or another writer in this process, has opened the log.
  case inUse(path: String)
  /// The file is no log, or has an unknown version.
  case notALog(path: String)
  case dimensionMismatch(path: String, expected: Int, got: Int)
  /// The log belongs to another base: to another file, or to a base in memory with another metric or seed.
  case otherBase(path: String)
  /// A record is damaged at byte `offset`: number `record`, counted from 1, or the header if that is 0.
  ///
  /// A valid record follows at byte `next`, so this is no incomplete write after a crash.
  case damaged(path: String, record: Int, offset: Int, next: Int)
  /// A batch has more bytes than a record can have; nothing of it is written.
  case recordTooLarge(path: String, bytes: Int, most: Int)
  /// These rows are neither in the base nor in the log.
  case missingRows(path: String, rows: Range<UInt64>)
  /// After an earlier failure the state of the file is unknown.
  case broken(path: String)
}

extension WriteAheadLogError {
  /// One line: which file, what about it, and what to do.
  public var description: String {
    switch self {
    case .system(let path, let action, let code):
      "\(path): can't \(action): \(String(cString: strerror(code))): make room or give another path"
    case .inUse(let path):
      "\(path): another writer has this log open: close that one first, or give another path"
    case .notALog(let path):
      "\(path): not a memtable log of version \(WriteAheadLog.version): give another path, or move the file away"
    case .dimensionMismatch(let path, let expected, let got):
      "\(path): the log has vectors of \(got) components, the index of \(expected): open it over its own index"
    case .otherBase(let path):
      "\(path): this is the log of another base: open it over the index that it was begun with, or give another path"
    case .damaged(let path, let record, let offset, let next):
      "\(path): \(record == 0 ? "the header" : "record \(record)") is damaged at byte \(offset), and a valid record "
        + "follows at byte \(next): restore the file from a copy, or call WriteAheadLog.salvage to keep all valid records"
    case .recordTooLarge(let path, let bytes, let most):
      "\(path): a batch of \(bytes) bytes is refused, a record has at most \(most): write it in smaller batches"
    case .missingRows(let path, let rows):
      "\(path): the log goes on at row \(rows.upperBound), the base ends before row \(rows.lowerBound): "
        + "open it over the base it was begun with, or a later one"
    case .broken(let path):
      "\(path): an earlier write failed: open the log again"
    }
  }
}
