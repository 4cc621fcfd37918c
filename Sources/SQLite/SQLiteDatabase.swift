internal import CSQLite
import Foundation

/// A value in a row or of a parameter.
public enum SQLiteValue: Sendable, Equatable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
}

/// An SQLite 3 database file in WAL mode; only one thread at a time may use a connection.
///
/// Every commit waits for the disk, so committed changes survive the end of the process and a crash of the machine.
///
/// Source: https://www.sqlite.org/c3ref/intro.html.
public final class SQLiteDatabase {
  public let path: String
  private let connection: OpaquePointer

  /// SQLite's version, such as `3.40.1`.
  public static var libraryVersion: String { String(cString: sqlite3_libversion()) }

  /// Opens a file, and creates it if it does not exist.
  ///
  /// - Parameter busySeconds: how long to wait while another process writes.
  public init(path: String, busySeconds: Double = 5) throws(SQLiteError) {
    self.path = path
    connection = try Self.open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, busySeconds)
    try execute("PRAGMA journal_mode = WAL")
    try execute("PRAGMA synchronous = FULL")
    try distrustFile()
  }

  /// Opens an existing file for reading only; the file may be in a folder that cannot be written to.
  ///
  /// - Parameter busySeconds: how long to wait while another process writes.
  public init(reading path: String, busySeconds: Double = 5) throws(SQLiteError) {
    self.path = path
    // A read-only connection would leave the files of the write-ahead log behind, so this one is opened for writing.
    var connection = try Self.open(path, SQLITE_OPEN_READWRITE, busySeconds)
    let code = sqlite3_exec(connection, "PRAGMA user_version", nil, nil, nil)
    if [SQLITE_CANTOPEN, SQLITE_READONLY].contains(code & 0xFF), access("\(path)-wal", F_OK) != 0 {
      // The folder cannot contain a log, so nobody can write. The file is read as it is.
      sqlite3_close_v2(connection)
      let address = URL(filePath: path).absoluteString + "?immutable=1"
      connection = try Self.open(address, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, busySeconds)
    }
    self.connection = connection
    try distrustFile()
    try execute("PRAGMA query_only = ON")
  }

  /// Copies another database into a new database in memory.
  public init(copying other: SQLiteDatabase) throws(SQLiteError) {
    path = other.path
    connection = try Self.open(":memory:", SQLITE_OPEN_READWRITE, 0)
    guard let backup = sqlite3_backup_init(connection, "main", other.connection, "main") else {
      throw error(sqlite3_errcode(connection), nil)
    }
    sqlite3_backup_step(backup, -1)
    let code = sqlite3_backup_finish(backup)
    guard code == SQLITE_OK else { throw error(code, nil) }
    try distrustFile()
  }

  private static func open(
    _ path: String, _ access: CInt, _ busySeconds: Double
  ) throws(SQLiteError) -> OpaquePointer {
    var connection: OpaquePointer?
    let code = sqlite3_open_v2(path, &connection, access | SQLITE_OPEN_FULLMUTEX, nil)
    guard code == SQLITE_OK, let connection else {
      let message = connection.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(connection)
      throw SQLiteError(code: code & 0xFF, path: path, message: message, statement: nil)
    }
    sqlite3_busy_timeout(connection, CInt(busySeconds * 1000))
    return connection
  }

  /// Protects against a file from an untrusted source: its schema cannot call functions, and damaged pages are
  /// detected.
  private func distrustFile() throws(SQLiteError) {
    try execute("PRAGMA foreign_keys = ON")
    try execute("PRAGMA trusted_schema = OFF")
    try execute("PRAGMA cell_size_check = ON")
  }

  deinit { sqlite3_close_v2(connection) }

  /// Runs one statement to its end and ignores its rows.
  public func execute(_ sql: String, _ parameters: [SQLiteValue] = []) throws(SQLiteError) {
    try query(sql, parameters) { _ in }
  }

  /// Runs one statement and passes its rows to `row`.
  ///
  /// - Parameter row: receives the columns of each row.
  public func query(
    _ sql: String, _ parameters: [SQLiteValue] = [], row: ([SQLiteValue]) -> Void
  ) throws(SQLiteError) {
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v2(connection, sql, -1, &statement, nil), sql)
    defer { sqlite3_finalize(statement) }
    precondition(Int(sqlite3_bind_parameter_count(statement)) == parameters.count, "parameters of \(sql)")
    for (index, value) in parameters.enumerated() {
      let index = CInt(index + 1)
      switch value {
      case .null: try check(sqlite3_bind_null(statement, index), sql)
      case .integer(let value): try check(sqlite3_bind_int64(statement, index, value), sql)
      case .real(let value): try check(sqlite3_bind_double(statement, index, value), sql)
      case .text(var text):
        let code = text.withUTF8 { bytes in
          bytes.withMemoryRebound(to: CChar.self) {
            csqlite_bind_text(statement, index, $0.baseAddress, CInt($0.count))
          }
        }
        try check(code, sql)
      }
    }
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw error(code, sql) }
      row((0..<sqlite3_column_count(statement)).map { Self.value(statement, $0) })
    }
  }

  /// Runs `body` in a transaction: an error of `body`, or the end of the process, undoes all its changes.
  ///
  /// Transactions must not be nested.
  public func transaction<Result>(_ body: () throws(SQLiteError) -> Result) throws(SQLiteError) -> Result {
    // A transaction that will write waits for other writers at its beginning, where waiting cannot cause a deadlock.
    try execute("BEGIN IMMEDIATE")
    do throws(SQLiteError) {
      let result = try body()
      try execute("COMMIT")
      return result
    } catch {
      // The first error is reported, not that of the rollback.
      try? execute("ROLLBACK")
      throw error
    }
  }

  private static func value(_ statement: OpaquePointer?, _ column: CInt) -> SQLiteValue {
    switch sqlite3_column_type(statement, column) {
    case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
    case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, column))
    case SQLITE_NULL: return .null
    default:
      guard let text = sqlite3_column_text(statement, column) else { return .null }
      let count = Int(sqlite3_column_bytes(statement, column))
      return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
    }
  }

  private func check(_ code: CInt, _ sql: String) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw error(code, sql) }
  }

  private func error(_ code: CInt, _ sql: String?) -> SQLiteError {
    SQLiteError(
      code: code & 0xFF, path: path, message: String(cString: sqlite3_errmsg(connection)), statement: sql)
  }
}

extension SQLiteValue {
  /// The text, if the value is one.
  public var text: String? { if case .text(let value) = self { value } else { nil } }

  /// The integer, if the value is one.
  public var integer: Int? { if case .integer(let value) = self { Int(exactly: value) } else { nil } }
}

extension SQLiteDatabase {
  /// The version of the schema of the file's tables; 0 for a new file.
  public func userVersion() throws(SQLiteError) -> Int {
    var version = 0
    try query("PRAGMA user_version") { version = $0[0].integer ?? 0 }
    return version
  }

  /// Stores the version of the schema, inside the transaction that creates that schema.
  public func setUserVersion(_ version: Int) throws(SQLiteError) {
    try execute("PRAGMA user_version = \(version)")
  }
}
