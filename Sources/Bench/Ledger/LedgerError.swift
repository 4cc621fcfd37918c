import Files
import HDF5
import SQLite

/// The reason why the ledger or a raw file cannot be used; every description is one line with the remedy.
public enum LedgerError: Error, Equatable, Sendable {
  case database(SQLiteError)
  /// The file was written by a later version of the program.
  case tooNew(path: String, version: Int, known: Int)
  /// A value that this program does not write; `place` names table, row and column.
  case damaged(path: String, place: String, value: String, expected: String)
  /// A raw result file cannot be read or written.
  case raw(HDF5Error)
  /// A raw result file is missing, or is not a regular file.
  case noRawResult(path: String)
  /// A raw result file belongs to another cell; `what` names the difference.
  case otherRawResult(path: String, what: String, found: String, expected: String)
  /// A raw result file has values that cannot have been measured.
  case damagedRawResult(path: String, name: String, expected: String)
  case output(OutputError)
  /// The folder has no ledger, or its ledger is empty.
  case nothing(folder: String)
  /// The folder's last run is unfinished.
  case unfinished(folder: String, done: Int, of: Int)
  /// The folder's last two runs, measured interleaved, are unfinished.
  case unfinishedPair(folder: String)
  /// The folder's last run is unfinished, and differs from the run that should be resumed.
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
    case .damaged(let path, let place, let value, let expected):
      "\(path): \(place) is \(value), expected \(expected); bring back a copy, or move the file away and measure again"
    case .raw(let error): "\(error)"
    case .noRawResult(let path): "\(path): this raw result is not there; measure the cell again"
    case .otherRawResult(let path, let what, let found, let expected):
      "\(path): the raw result is another cell's: its \(what) is '\(found.prefix(64).description.printable)', "
        + "expected \(expected.prefix(64)); measure the cell again"
    case .damagedRawResult(let path, let name, let expected):
      "\(path): '\(name)' of the raw result is damaged, expected \(expected); measure the cell again"
    case .output(let error): "\(error)"
    case .nothing(let folder): "\(folder): no sweep has been run into this folder; name another with --out"
    case .unfinished(let folder, let done, let count):
      "\(folder): its sweep stopped after \(done) of \(count) cells; --resume continues it, --force begins anew"
    case .unfinishedPair(let folder):
      "\(folder): its run --against is unfinished; --resume with the same --against continues it, --force begins anew"
    case .otherRun(let folder, let number, let difference):
      "\(folder): run \(number), which was interrupted, \(difference); resume it as it was begun, or begin anew with "
        + "--force"
    case .inUse(let folder):
      "\(folder): another sweep is running into this folder; wait for its end, or name another folder"
    case .otherDataset(let path, let expected):
      "\(path): not the file that was measured (SHA-256 \(expected.prefix(12))…); bring that one back"
    }
  }
}
