import HDF5
import SQLite

/// Why the ledger or a raw file cannot be used; every description is one line with the remedy.
public enum LedgerError: Error, Equatable, Sendable {
  case database(SQLiteError)
  /// Written by a later version of the program.
  case tooNew(path: String, version: Int, known: Int)
  /// A record that this version cannot read.
  case damaged(path: String, record: String, reason: String)
  /// A raw result file that cannot be read or written.
  case raw(HDF5Error)
  case cannotWrite(path: String, reason: String)
  /// The folder has no ledger, or nothing in it.
  case nothing(folder: String)
  /// The folder's last run did not come to its end.
  case unfinished(folder: String, done: Int, of: Int)
  /// The folder's last two runs, measured interleaved, did not come to their end.
  case unfinishedPair(folder: String)
  /// The folder's last run, which did not come to its end, is another than the one that is to be resumed.
  case otherRun(folder: String, number: Int, difference: String)
  /// Another process runs a sweep into the folder.
  case inUse(folder: String)
  /// The dataset's file has changed since the cell was measured.
  case otherDataset(path: String, expected: String)
}

extension LedgerError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .database(let error): "\(error)"
    case .tooNew(let path, let version, let known):
      "\(path): made by a later version (schema \(version), this one knows \(known)); use that version"
    case .damaged(let path, let record, let reason):
      "\(path): record \(record) cannot be read (\(reason)); measure it again with --force"
    case .raw(let error): "\(error)"
    case .cannotWrite(let path, let reason): "\(path): cannot be written: \(reason); choose another place"
    case .nothing(let folder): "\(folder): no sweep has been run into this folder; name another with --out"
    case .unfinished(let folder, let done, let count):
      "\(folder): its sweep stopped after \(done) of \(count) cells; --resume continues it, --force begins anew"
    case .unfinishedPair(let folder):
      "\(folder): its run --against did not come to its end, which cannot be resumed; --force begins anew"
    case .otherRun(let folder, let number, let difference):
      "\(folder): run \(number), which was interrupted, \(difference); resume it as it was begun, or begin anew with "
        + "--force"
    case .inUse(let folder): "\(folder): another sweep is running into this folder; wait, or name another with --out"
    case .otherDataset(let path, let expected):
      "\(path): not the file that was measured (SHA-256 \(expected.prefix(12))…); bring that one back"
    }
  }
}
