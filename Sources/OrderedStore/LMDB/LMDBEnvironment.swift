internal import CLMDB
import Foundation
import VectorCore

/// An open LMDB file. `EnvironmentRegistry` makes one per file in each process.
///
/// LMDB can enlarge its map only while no transaction is open in the process, which cannot be guaranteed when snapshots
/// are handed out. So addresses for a file of 1 TiB, or as many as the system gives, are reserved at opening. They take
/// neither memory nor disk space, and the file grows when it is written.
final class LMDBEnvironment: @unchecked Sendable {
  static let reservedBytes = 1 << 40
  /// The size that LMDB gives its lock file for this number of readers.
  static let lockFileBytes = StoreLimits.snapshots * 64 + 128

  let raw: OpaquePointer
  let file: DataFile
  let isWritable: Bool
  /// The number of bytes of reserved addresses.
  let mapBytes: Int
  /// The handle of LMDB's table of tables.
  private(set) var mainTable: MDB_dbi = 0
  /// The handles of all committed tables by name, including the store's own table.
  private var tables: [String: MDB_dbi] = [:]
  private var hasTransaction = false
  /// Guards the properties above. It also separates the start of transactions from the opening of tables, as LMDB
  /// requires.
  private let lock = NSLock()

  /// Opens a file whose meta pages have passed `FileCheck`, and checks all other pages.
  ///
  /// - Parameter reserving: the greatest number of bytes of addresses to reserve.
  init(_ file: DataFile, isWritable: Bool, durability: Durability, reserving: Int) throws(StoreError) {
    let place = LMDBPlace(path: file.path, operation: "open the store")
    var flags = CUnsignedInt(MDB_NOSUBDIR | MDB_NOTLS)
    if !isWritable { flags |= CUnsignedInt(MDB_RDONLY) }
    if durability == .noSync { flags |= CUnsignedInt(MDB_NOSYNC) }
    var bytes = reserving
    while true {
      var environment: OpaquePointer?
      var code = mdb_env_create(&environment)
      guard let environment, code == MDB_SUCCESS else { throw place.error(.init(lmdb: code, mapBytes: 0)) }
      mdb_env_set_mapsize(environment, bytes)
      mdb_env_set_maxreaders(environment, CUnsignedInt(StoreLimits.snapshots))
      // One more table, in which the store describes itself.
      mdb_env_set_maxdbs(environment, CUnsignedInt(StoreLimits.tables + 1))
      code = mdb_env_open(environment, file.realPath, flags, 0o644)
      if code == MDB_SUCCESS {
        raw = environment
        break
      }
      mdb_env_close(environment)
      guard code == ENOMEM, bytes / 2 > file.size else { throw place.error(.init(lmdb: code, mapBytes: bytes)) }
      bytes /= 2
    }
    self.file = file
    self.isWritable = isWritable
    mapBytes = bytes
    // LMDB would leave its data file open in programs that this program starts.
    var descriptor: mdb_filehandle_t = -1
    if mdb_env_get_fd(raw, &descriptor) == MDB_SUCCESS { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    // Entries of killed readers would keep pages from being reused.
    if isWritable { mdb_reader_check(raw, nil) }
    do throws(StoreError) {
      try check(place)
      let transaction = try beginReading(place)
      try place.check(mdb_dbi_open(transaction, nil, 0, &mainTable), self)
      try openNewTables(in: transaction, place)
    } catch {
      mdb_env_close(raw)
      throw error
    }
  }

  /// Checks the file while a read transaction keeps writers from reusing the pages being read.
  private func check(_ place: LMDBPlace) throws(StoreError) {
    let transaction = try beginReading(place)
    defer { mdb_txn_abort(transaction) }
    try place.naming { () throws(StoreError.Reason) in try FileCheck.check(file, forWriting: isWritable) }
  }

  /// Closes the file, which nobody may use any more.
  func close() {
    mdb_env_close(raw)
    file.unlock()
  }

  // MARK: Reading

  /// Begins a read transaction; returns it with the tables that exist in it.
  func begin(_ place: LMDBPlace) throws(StoreError) -> (transaction: OpaquePointer, tables: [String: MDB_dbi]) {
    lock.lock()
    defer { lock.unlock() }
    while true {
      let transaction = try beginReading(place)
      var main = MDB_stat()
      try place.check(mdb_stat(transaction, mainTable, &main), self)
      if main.ms_entries == tables.count { return (transaction, tables) }
      // Another process has made tables. Their handles can be used in transactions that begin later.
      try openNewTables(in: transaction, place)
    }
  }

  private func beginReading(_ place: LMDBPlace) throws(StoreError) -> OpaquePointer {
    var transaction: OpaquePointer?
    var code = mdb_txn_begin(raw, nil, CUnsignedInt(MDB_RDONLY), &transaction)
    if code == MDB_READERS_FULL {
      // Killed processes may still occupy reader slots.
      mdb_reader_check(raw, nil)
      code = mdb_txn_begin(raw, nil, CUnsignedInt(MDB_RDONLY), &transaction)
    }
    try place.check(code, self)
    return transaction!
  }

  /// Opens the tables that are not open yet, and ends the transaction.
  private func openNewTables(in transaction: OpaquePointer, _ place: LMDBPlace) throws(StoreError) {
    var opened: [String: MDB_dbi] = [:]
    var cursor: OpaquePointer?
    do throws(StoreError) {
      try place.check(mdb_cursor_open(transaction, mainTable, &cursor), self)
      var (key, value) = (MDB_val(), MDB_val())
      while mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS {
        let name = String(decoding: UnsafeRawBufferPointer(key), as: UTF8.self)
        guard tables[name] == nil else { continue }
        var handle: MDB_dbi = 0
        try place.check(mdb_dbi_open(transaction, name, 0, &handle), self)
        opened[name] = handle
      }
    } catch {
      mdb_cursor_close(cursor)
      mdb_txn_abort(transaction)
      throw error
    }
    mdb_cursor_close(cursor)
    // Nothing is written. When the transaction ends, its handles become valid for all transactions.
    try place.check(mdb_txn_commit(transaction), self)
    tables.merge(opened) { $1 }
  }

  // MARK: Writing

  /// Begins the write transaction; returns it with the existing tables.
  func beginWriting(
    _ place: LMDBPlace
  ) throws(StoreError) -> (thread: WriterThread, tables: [String: MDB_dbi]) {
    try place.refuse(isWritable ? nil : .readOnly)
    lock.lock()
    defer { lock.unlock() }
    try place.refuse(hasTransaction ? .transactionOpen : nil)
    let thread: WriterThread
    do throws(ThreadError) { thread = try WriterThread(self) } catch { throw place.error(.noThread(error)) }
    try place.check(thread.code, self)
    hasTransaction = true
    return (thread, tables)
  }

  /// Ends the write transaction.
  ///
  /// - Parameter newTables: the tables that the transaction has made.
  /// - Returns: LMDB's return code.
  func endWriting(_ thread: WriterThread, commit: Bool, newTables: [String: MDB_dbi]) -> CInt {
    // New handles must be known here and in LMDB before any other transaction begins. Without new tables no reader
    // waits.
    if !newTables.isEmpty { lock.lock() }
    let code = thread.end(commit: commit)
    if newTables.isEmpty { lock.lock() }
    defer { lock.unlock() }
    hasTransaction = false
    if commit, code == MDB_SUCCESS { tables.merge(newTables) { $1 } }
    return code
  }

  func sync(_ place: LMDBPlace) throws(StoreError) {
    guard isWritable else { return }
    try place.check(mdb_env_sync(raw, 1), self)
  }
}

extension UnsafeRawBufferPointer {
  init(_ value: MDB_val) { self.init(start: value.mv_data, count: value.mv_size) }
}

extension [UInt8] {
  /// Passes the bytes to the closure in the form that LMDB takes.
  func withMDBValue<Result, Failure: Error>(
    _ body: (inout MDB_val) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer { (bytes) throws(Failure) in
      var value = MDB_val(mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      return try body(&value)
    }
  }
}
