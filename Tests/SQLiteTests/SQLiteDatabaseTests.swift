import Foundation
import SQLite
import Testing

@Suite struct SQLiteDatabaseTests {
  private final class Place {
    let path = FileManager.default.temporaryDirectory.path(percentEncoded: false) + "/sqlite-\(UUID().uuidString).db"
    deinit { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
  }

  private let place = Place()

  private func rows(_ database: SQLiteDatabase, _ sql: String) throws -> [[SQLiteValue]] {
    var rows: [[SQLiteValue]] = []
    try database.query(sql) { rows.append($0) }
    return rows
  }

  @Test func valuesComeBackAsTheyWere() throws {
    let database = try SQLiteDatabase(path: place.path)
    try database.execute("CREATE TABLE t (a, b, c, d)")
    let row: [SQLiteValue] = [.integer(.max), .real(0.1), .text("ä, 'quoted'\n\u{0}end"), .null]
    try database.execute("INSERT INTO t VALUES (?, ?, ?, ?)", row)
    try database.execute("INSERT INTO t VALUES (?, ?, ?, ?)", [.text(""), .integer(-1), .null, .real(.infinity)])
    #expect(
      try rows(database, "SELECT * FROM t") == [row, [.text(""), .integer(-1), .null, .real(.infinity)]])
  }

  @Test func aFailedTransactionLeavesNothing() throws {
    let database = try SQLiteDatabase(path: place.path)
    try database.execute("CREATE TABLE t (a UNIQUE)")
    let error = #expect(throws: SQLiteError.self) {
      try database.transaction { () throws(SQLiteError) in
        try database.execute("INSERT INTO t VALUES (1)")
        try database.execute("INSERT INTO t VALUES (1)")
      }
    }
    #expect(error?.code == 19 && error?.path == place.path)
    #expect(try rows(database, "SELECT * FROM t").isEmpty)
    // And the next one can begin.
    try database.transaction { () throws(SQLiteError) in try database.execute("INSERT INTO t VALUES (2)") }
    #expect(try rows(database, "SELECT * FROM t") == [[.integer(2)]])
  }

  @Test func theFileIsInWALModeAndKeepsItsVersion() throws {
    var database: SQLiteDatabase? = try SQLiteDatabase(path: place.path)
    #expect(try database?.userVersion() == 0)
    try database?.setUserVersion(3)
    database = nil
    let again = try SQLiteDatabase(path: place.path)
    #expect(try again.userVersion() == 3)
    #expect(try rows(again, "PRAGMA journal_mode") == [[.text("wal")]])
  }

  @Test func aReaderSeesWhatIsCommittedWhileAnotherWrites() throws {
    let writer = try SQLiteDatabase(path: place.path)
    try writer.execute("CREATE TABLE t (a)")
    let reader = try SQLiteDatabase(path: place.path, busySeconds: 0)
    try writer.execute("BEGIN IMMEDIATE")
    try writer.execute("INSERT INTO t VALUES (1)")
    #expect(try rows(reader, "SELECT * FROM t").isEmpty)
    let error = #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (2)") }
    #expect(error?.isBusy == true && error?.description.contains("wait for its end") == true)
    try writer.execute("COMMIT")
    #expect(try rows(reader, "SELECT * FROM t") == [[.integer(1)]])
  }

  @Test func whatIsNoDatabaseIsRefusedInOneLine() throws {
    try "this is no database, however long it may be".write(toFile: place.path, atomically: true, encoding: .utf8)
    let error = #expect(throws: SQLiteError.self) { try SQLiteDatabase(path: place.path) }
    #expect(error?.description.hasPrefix("\(place.path): file is not a database") == true)
    #expect(throws: SQLiteError.self) { try SQLiteDatabase(path: "/no/such/folder/file.db") }
  }

  @Test func whatIsOpenedForReadingStaysAsItIs() throws {
    do {
      let database = try SQLiteDatabase(path: place.path)
      try database.execute("CREATE TABLE t (a)")
      try database.execute("INSERT INTO t VALUES (1)")
    }
    let bytes = try Data(contentsOf: URL(filePath: place.path))
    do {
      let reader = try SQLiteDatabase(reading: place.path)
      #expect(try rows(reader, "SELECT * FROM t") == [[.integer(1)]])
      #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (2)") }
      #expect(throws: SQLiteError.self) { try reader.setUserVersion(7) }
      // It sees what others commit.
      try SQLiteDatabase(path: place.path).execute("INSERT INTO t VALUES (3)")
      #expect(try rows(reader, "SELECT * FROM t") == [[.integer(1)], [.integer(3)]])
      try SQLiteDatabase(path: place.path).execute("DELETE FROM t WHERE a = 3")
    }
    #expect(try Data(contentsOf: URL(filePath: place.path)).count == bytes.count)
    for suffix in ["-wal", "-shm"] { #expect(!FileManager.default.fileExists(atPath: place.path + suffix)) }
  }

  @Test func nothingIsMadeForReading() throws {
    #expect(throws: SQLiteError.self) { try SQLiteDatabase(reading: place.path) }
    #expect(!FileManager.default.fileExists(atPath: place.path))
  }

  @Test func aCopyInMemoryChangesNothing() throws {
    let database = try SQLiteDatabase(path: place.path)
    try database.execute("CREATE TABLE t (a)")
    try database.execute("INSERT INTO t VALUES (1)")
    let copy = try SQLiteDatabase(copying: SQLiteDatabase(reading: place.path))
    try copy.execute("INSERT INTO t VALUES (2)")
    #expect(copy.path == place.path)
    #expect(try rows(copy, "SELECT * FROM t") == [[.integer(1)], [.integer(2)]])
    #expect(try rows(database, "SELECT * FROM t") == [[.integer(1)]])
  }
}
