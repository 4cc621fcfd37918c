internal import CLMDB
import Foundation

/// One LMDB transaction, to read or to write, and all that reads it: the handle that snapshots and transactions wrap.
///
/// Without LMDB's thread-local readers a transaction may go from thread to thread, one at a time: the lock sees to that.
final class LMDBView: @unchecked Sendable {
  let lease: EnvironmentLease
  /// nil once the transaction has ended.
  private(set) var transaction: OpaquePointer?
  /// The thread of a write transaction; nil in one that reads.
  private let writer: WriterThread?
  private var handles: [String: MDB_dbi]
  /// The table in which a store says what it is; none while the store is being made.
  private let ownTable: MDB_dbi?
  /// Whether the store's own table is like any other; it is not there otherwise.
  private let seesOwnTable: Bool
  /// Tables that this transaction has made.
  private var newTables: [String: MDB_dbi] = [:]
  /// Goes up with each change, which may move all that cursors know.
  private(set) var changes = 0
  private let lock = NSLock()

  private var environment: LMDBEnvironment { lease.environment }

  /// Begins a read transaction.
  init(reading lease: EnvironmentLease, seesOwnTable: Bool = false) throws(StoreError) {
    self.lease = lease
    self.seesOwnTable = seesOwnTable
    let environment = lease.environment
    (transaction, handles) = try environment.begin(.init(path: environment.file.path, operation: "take a snapshot"))
    writer = nil
    ownTable = handles[StoreLimits.ownTable]
    if !seesOwnTable { handles[StoreLimits.ownTable] = nil }
  }

  /// Begins the write transaction.
  init(writing lease: EnvironmentLease, seesOwnTable: Bool = false) throws(StoreError) {
    self.lease = lease
    self.seesOwnTable = seesOwnTable
    let environment = lease.environment
    let place = LMDBPlace(path: environment.file.path, operation: "begin a transaction")
    let begun = try environment.beginWriting(place)
    (writer, transaction, handles) = (begun.thread, begun.thread.transaction, begun.tables)
    ownTable = handles[StoreLimits.ownTable]
    if !seesOwnTable { handles[StoreLimits.ownTable] = nil }
  }

  deinit {
    if isWriting { try? end(commit: false) } else { mdb_txn_abort(transaction) }
  }

  var isWriting: Bool { writer != nil }

  func place(_ operation: String, _ table: String? = nil) -> LMDBPlace {
    LMDBPlace(path: environment.file.path, operation: operation, table: table)
  }

  func locked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body()
  }

  /// The transaction, which has not ended.
  var open: OpaquePointer {
    guard let transaction else { preconditionFailure("the transaction has ended") }
    return transaction
  }

  // MARK: Reading

  var tables: [String] {
    locked { handles.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
  }

  /// LMDB's handle of a table; nil where the table is not there. Call it with the lock held.
  func handle(_ table: String) -> MDB_dbi? { handles[table] }

  func count(of table: String) throws(StoreError) -> Int {
    try locked { () throws(StoreError) in
      guard let handle = handles[table] else { return 0 }
      var statistics = MDB_stat()
      try place("count", table).check(mdb_stat(open, handle, &statistics), environment)
      return statistics.ms_entries
    }
  }

  func value(for key: [UInt8], in table: String, checked: Bool) throws(StoreError) -> UnsafeRawBufferPointer? {
    let place = place("read", table)
    try place.refuse(StoreLimits.refusal(ofKey: key))
    return try key.withMDBValue { (key) throws(StoreError) in
      var value = MDB_val()
      let isThere = try locked { () throws(StoreError) in
        guard let handle = handles[table] else { return false }
        return try found(mdb_get(open, handle, &key, &value), place)
      }
      return isThere ? try bytes(of: value, key: key, checked: checked, place) : nil
    }
  }

  /// The bytes of a value as LMDB keeps it.
  ///
  /// - Throws: `corrupted`.
  func bytes(
    of value: MDB_val, key: MDB_val, checked: Bool, _ place: LMDBPlace
  ) throws(StoreError) -> UnsafeRawBufferPointer {
    let (stored, key) = (UnsafeRawBufferPointer(value), UnsafeRawBufferPointer(key))
    guard let bytes = checked ? StoredValue.open(stored, key: key) : StoredValue.bytes(of: stored) else {
      let name = key.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      throw place.error(.corrupted("the value of key 0x\(name)\(key.count > 16 ? "…" : "") fails its checksum"))
    }
    return bytes
  }

  /// Whether LMDB has found what it was asked for.
  func found(_ code: CInt, _ place: LMDBPlace) throws(StoreError) -> Bool {
    if code == MDB_NOTFOUND { return false }
    try place.check(code, environment)
    return true
  }

  // MARK: Writing

  func put(
    byteCount: Int, for key: [UInt8], in table: String, appending: Bool,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StoreError) {
    let place = place("put", table)
    try place.refuse(StoreLimits.refusal(ofKey: key) ?? StoreLimits.refusal(ofValueBytes: byteCount))
    try key.withMDBValue { (key) throws(StoreError) in
      try locked { () throws(StoreError) in
        let handle = if let handle = handles[table] { handle } else { try makeTable(table) }
        changes += 1
        try put(byteCount, &key, handle, appending: appending, place, fill)
      }
    }
  }

  private func put(
    _ byteCount: Int, _ key: inout MDB_val, _ handle: MDB_dbi, appending: Bool, _ place: LMDBPlace,
    _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StoreError) {
    var value = MDB_val(mv_size: StoredValue.storedBytes(byteCount), mv_data: nil)
    let code = mdb_put(open, handle, &key, &value, CUnsignedInt(MDB_RESERVE | (appending ? MDB_APPEND : 0)))
    if code == MDB_KEYEXIST { throw place.error(.keyNotLast) }
    try place.check(code, environment)
    StoredValue.fill(
      UnsafeMutableRawBufferPointer(start: value.mv_data, count: value.mv_size), key: UnsafeRawBufferPointer(key), fill)
  }

  private func makeTable(_ name: String) throws(StoreError) -> MDB_dbi {
    let place = place("make the table", name)
    if !seesOwnTable { try place.refuse(StoreLimits.refusal(ofTable: name)) }
    var handle: MDB_dbi = 0
    try place.check(mdb_dbi_open(open, name, CUnsignedInt(MDB_CREATE), &handle), environment)
    newTables[name] = handle
    handles[name] = handle
    // LMDB's names of tables have no checksum: this one has.
    if let ownTable {
      try LMDBStore.record(ofTable: name).withMDBValue { (key) throws(StoreError) in
        try put(0, &key, ownTable, appending: false, place) { _ in }
      }
    }
    return handle
  }

  func remove(_ key: [UInt8], from table: String) throws(StoreError) -> Bool {
    let place = place("remove", table)
    try place.refuse(StoreLimits.refusal(ofKey: key))
    return try key.withMDBValue { (key) throws(StoreError) in
      try locked { () throws(StoreError) in
        guard let handle = handles[table] else { return false }
        changes += 1
        return try found(mdb_del(open, handle, &key, nil), place)
      }
    }
  }

  func clear(_ table: String) throws(StoreError) {
    try locked { () throws(StoreError) in
      guard let handle = handles[table] else { return }
      changes += 1
      try place("clear", table).check(mdb_drop(open, handle, 0), environment)
    }
  }

  /// Ends a write transaction; nothing when it has ended.
  func end(commit: Bool) throws(StoreError) {
    try locked { () throws(StoreError) in
      guard let writer, transaction != nil else {
        precondition(!commit, "the transaction has ended")
        return
      }
      transaction = nil
      let code = environment.endWriting(writer, commit: commit, newTables: newTables)
      if commit { try place("commit").check(code, environment) }
    }
  }
}
