internal import CLMDB
import Foundation

/// One LMDB read or write transaction with its readers; snapshots and transactions are wrappers of it.
///
/// Without LMDB's thread-local readers a transaction may be used by several threads, one at a time, which the lock
/// ensures.
final class LMDBView: @unchecked Sendable {
  let lease: EnvironmentLease
  /// LMDB's transaction; `nil` after its end.
  private(set) var transaction: OpaquePointer?
  /// The thread of a write transaction; `nil` for a read transaction.
  private let writer: WriterThread?
  private var handles: [String: MDB_dbi]
  /// The store's own table, hidden from users; `nil` while the store is being made.
  private var ownTable: MDB_dbi?
  /// The tables that this transaction has made.
  private var newTables: [String: MDB_dbi] = [:]
  /// The digests of the keys of those tables that this transaction has changed.
  private var digests: [String: UInt64] = [:]
  /// The number of changes; a change may invalidate everything that cursors have read.
  private(set) var changes = 0
  private let lock = NSLock()

  private var environment: LMDBEnvironment { lease.environment }

  /// Begins a read transaction.
  init(reading lease: EnvironmentLease) throws(StoreError) {
    self.lease = lease
    let environment = lease.environment
    (transaction, handles) = try environment.begin(.init(path: environment.file.path, operation: "take a snapshot"))
    writer = nil
    ownTable = handles.removeValue(forKey: OwnTable.name)
  }

  /// Begins the write transaction.
  init(writing lease: EnvironmentLease) throws(StoreError) {
    self.lease = lease
    let environment = lease.environment
    let place = LMDBPlace(path: environment.file.path, operation: "begin a transaction")
    let begun = try environment.beginWriting(place)
    (writer, transaction, handles) = (begun.thread, begun.thread.transaction, begun.tables)
    ownTable = handles.removeValue(forKey: OwnTable.name)
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

  /// LMDB's transaction, if it has not ended. The caller must hold the lock.
  ///
  /// - Throws: `transactionEnded`.
  func open(_ place: LMDBPlace) throws(StoreError) -> OpaquePointer {
    guard let transaction else { throw place.error(.transactionEnded) }
    return transaction
  }

  // MARK: Reading

  var tables: [String] {
    locked { handles.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
  }

  /// LMDB's handle of a table; `nil` if the table does not exist. The caller must hold the lock.
  func handle(_ table: String) -> MDB_dbi? { handles[table] }

  func count(of table: String) throws(StoreError) -> Int {
    try locked { () throws(StoreError) in
      let place = place("count", table)
      let transaction = try open(place)
      guard let handle = handles[table] else { return 0 }
      var statistics = MDB_stat()
      try place.check(mdb_stat(transaction, handle, &statistics), environment)
      return statistics.ms_entries
    }
  }

  /// Bytes of the pages that hold something: those of all tables, of the list of free pages and of the file's head.
  func usedBytes() throws(StoreError) -> Int {
    try locked { () throws(StoreError) in
      let place = place("measure")
      let transaction = try open(place)
      var (pages, pageSize) = (PageLayout.metaPages, 0)
      // The list of free pages has LMDB's first handle.
      for handle in [0, environment.mainTable] + handles.values + (ownTable.map { [$0] } ?? []) {
        var statistics = MDB_stat()
        try place.check(mdb_stat(transaction, handle, &statistics), environment)
        pages += Int(statistics.ms_branch_pages + statistics.ms_leaf_pages + statistics.ms_overflow_pages)
        pageSize = Int(statistics.ms_psize)
      }
      return pages * pageSize
    }
  }

  func value(for key: [UInt8], in table: String, checked: Bool) throws(StoreError) -> UnsafeRawBufferPointer? {
    let place = place("read", table)
    try place.refuse(StoreLimits.refusal(ofKey: key))
    return try key.withMDBValue { (key) throws(StoreError) in
      var value = MDB_val()
      let isThere = try locked { () throws(StoreError) in
        let transaction = try open(place)
        guard let handle = handles[table] else { return false }
        return try found(mdb_get(transaction, handle, &key, &value), place)
      }
      return isThere ? try bytes(of: value, key: key, checked: checked, place) : nil
    }
  }

  /// The bytes of a value as LMDB stores it.
  ///
  /// - Throws: `corrupted`.
  func bytes(
    of value: MDB_val, key: MDB_val, checked: Bool, _ place: LMDBPlace
  ) throws(StoreError) -> UnsafeRawBufferPointer {
    let (stored, key) = (UnsafeRawBufferPointer(value), UnsafeRawBufferPointer(key))
    let bytes =
      checked ? StoredValue.open(stored, keyHash: StoredValue.hash(ofKey: key)) : StoredValue.bytes(of: stored)
    guard let bytes else {
      let name = key.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      throw place.error(.corrupted("the value of key 0x\(name)\(key.count > 16 ? "…" : "") fails its checksum"))
    }
    return bytes
  }

  /// Whether LMDB has found the key.
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
        _ = try open(place)
        let handle = if let handle = handles[table] { handle } else { try makeTable(table) }
        let digest = try digest(of: table)
        changes += 1
        let keyHash = StoredValue.hash(ofKey: UnsafeRawBufferPointer(key))
        if try put(byteCount, &key, keyHash, handle, appending: appending, place, fill) {
          digests[table] = digest &+ keyHash
        }
      }
    }
  }

  /// Stores a value; returns whether its key is new.
  private func put(
    _ byteCount: Int, _ key: inout MDB_val, _ keyHash: UInt64, _ handle: MDB_dbi, appending: Bool, _ place: LMDBPlace,
    _ fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StoreError) -> Bool {
    let transaction = try open(place)
    func reserve(_ flags: CInt, _ value: inout MDB_val) -> CInt {
      value = MDB_val(mv_size: StoredValue.storedBytes(byteCount), mv_data: nil)
      return mdb_put(transaction, handle, &key, &value, CUnsignedInt(MDB_RESERVE | flags))
    }
    var value = MDB_val()
    var code = reserve(appending ? MDB_APPEND : MDB_NOOVERWRITE, &value)
    let isNew = code != MDB_KEYEXIST
    if !isNew {
      if appending { throw place.error(.keyNotLast) }
      code = reserve(0, &value)
    }
    try place.check(code, environment)
    StoredValue.fill(
      UnsafeMutableRawBufferPointer(start: value.mv_data, count: value.mv_size), keyHash: keyHash, fill)
    return isNew
  }

  private func makeTable(_ name: String) throws(StoreError) -> MDB_dbi {
    let place = place("make the table", name)
    try place.refuse(StoreLimits.refusal(ofTable: name))
    let handle = try openTable(name, place)
    handles[name] = handle
    digests[name] = 0
    return handle
  }

  private func openTable(_ name: String, _ place: LMDBPlace) throws(StoreError) -> MDB_dbi {
    var handle: MDB_dbi = 0
    try place.check(mdb_dbi_open(open(place), name, CUnsignedInt(MDB_CREATE), &handle), environment)
    newTables[name] = handle
    return handle
  }

  func remove(_ key: [UInt8], from table: String) throws(StoreError) -> Bool {
    let place = place("remove", table)
    try place.refuse(StoreLimits.refusal(ofKey: key))
    return try key.withMDBValue { (key) throws(StoreError) in
      try locked { () throws(StoreError) in
        let transaction = try open(place)
        guard let handle = handles[table] else { return false }
        let digest = try digest(of: table)
        changes += 1
        guard try found(mdb_del(transaction, handle, &key, nil), place) else { return false }
        digests[table] = digest &- StoredValue.hash(ofKey: UnsafeRawBufferPointer(key))
        return true
      }
    }
  }

  func clear(_ table: String) throws(StoreError) {
    try locked { () throws(StoreError) in
      let place = place("clear", table)
      let transaction = try open(place)
      guard let handle = handles[table] else { return }
      changes += 1
      try place.check(mdb_drop(transaction, handle, 0), environment)
      digests[table] = 0
    }
  }

  /// Ends a write transaction; does nothing if it has already ended.
  func end(commit: Bool) throws(StoreError) {
    try locked { () throws(StoreError) in
      guard let writer, transaction != nil else {
        if commit { throw place("commit").error(.transactionEnded) }
        return
      }
      var failure: StoreError?
      if commit {
        do throws(StoreError) {
          for (table, digest) in digests {
            try lockedPutOwn(OwnTable.digest(digest), for: OwnTable.key(ofTable: table), place("commit"))
          }
        } catch { failure = error }
      }
      transaction = nil
      let code = environment.endWriting(writer, commit: commit && failure == nil, newTables: newTables)
      if let failure { throw failure }
      if commit { try place("commit").check(code, environment) }
    }
  }

  // MARK: The store's own table

  /// A value of the store's own table.
  func ownValue(for key: [UInt8]) throws(StoreError) -> UnsafeRawBufferPointer? {
    try locked { () throws(StoreError) in try lockedOwnValue(for: key) }
  }

  /// Stores a value in the store's own table, and makes the table if it does not exist.
  func putOwn(_ value: [UInt8], for key: [UInt8]) throws(StoreError) {
    try locked { () throws(StoreError) in try lockedPutOwn(value, for: key, place("put", OwnTable.name)) }
  }

  private func lockedOwnValue(for key: [UInt8]) throws(StoreError) -> UnsafeRawBufferPointer? {
    guard let ownTable else { return nil }
    let place = place("read", OwnTable.name)
    return try key.withMDBValue { (key) throws(StoreError) in
      var value = MDB_val()
      return try found(mdb_get(open(place), ownTable, &key, &value), place)
        ? try bytes(of: value, key: key, checked: true, place) : nil
    }
  }

  private func lockedPutOwn(_ bytes: [UInt8], for key: [UInt8], _ place: LMDBPlace) throws(StoreError) {
    let handle = if let ownTable { ownTable } else { try openTable(OwnTable.name, place) }
    ownTable = handle
    _ = try key.withMDBValue { (key) throws(StoreError) in
      let keyHash = StoredValue.hash(ofKey: UnsafeRawBufferPointer(key))
      return try put(bytes.count, &key, keyHash, handle, appending: false, place) { $0.copyBytes(from: bytes) }
    }
  }

  /// The digest of a table's keys in the present state of this transaction.
  private func digest(of table: String) throws(StoreError) -> UInt64 {
    if let digest = digests[table] { return digest }
    return try lockedOwnValue(for: OwnTable.key(ofTable: table)).flatMap { OwnTable.readDigest($0) } ?? 0
  }
}
