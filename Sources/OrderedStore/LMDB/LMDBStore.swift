/// What a commit guarantees when it returns.
public enum Durability: Sendable {
  /// The data are on the disk: committed changes survive a crash of the machine.
  case sync
  /// The system writes the data later; for bulk loads that end with `OrderedStore.sync()`.
  ///
  /// Committed changes survive the end of the process, also if it is killed. A crash of the machine before `sync()` may
  /// destroy the whole store.
  case noSync
}

/// An ordered store in one file, by LMDB: a copy-on-write B+tree that is read through a memory map.
///
/// - The store is the file `path`. The file `path-lock` beside it is LMDB's table of readers, and may be deleted while
///   nobody has the store open. The store must not be on a network file system, and cannot be moved to a machine with
///   another byte order.
/// - One process at a time has the store open for writing; a second one, or a second time in the same process, is
///   refused. Any process may read at the same time, and sees each commit atomically. If a process opens a store
///   several times for reading, these share one environment.
/// - The file is closed with the last reference to the store and its snapshots and transactions.
/// - The file grows when it is written. Later transactions reuse free pages, but the file never shrinks. LMDB needs its
///   greatest size in advance: 1 TiB of addresses, or as many as the system gives, which take neither memory nor disk
///   space.
/// - Protection against damage: opening reads all keys and small values. It refuses a file whose trees, keys, free
///   pages or small values are inconsistent or fail their checksums, or that lacks pages. Values of 2 KB and more are
///   checked when they are read. Not detected are pages that change after they were checked, and a whole file that is
///   replaced by an older state of itself.
///
/// Source: LMDB 0.9, http://www.lmdb.tech/doc.
public final class LMDBStore: OrderedStore {
  public let path: String
  /// What the store is for.
  public let application: StoreApplication
  /// Whether `begin` is refused.
  public let isReadOnly: Bool
  let lease: EnvironmentLease

  private init(_ lease: EnvironmentLease, path: String, for application: StoreApplication, isReadOnly: Bool) {
    self.lease = lease
    self.path = path
    self.application = application
    self.isReadOnly = isReadOnly
  }

  /// Opens a store for reading, whatever it is for.
  ///
  /// - Throws: `missingFile` and the other reasons why a file is refused; nothing is made.
  /// - Complexity: O(keys + bytes of small values) when this process is the first to open it.
  public static func open(readOnly path: String) throws(StoreError) -> LMDBStore {
    let lease = try EnvironmentRegistry.open(
      path, forWriting: false, durability: .sync, reserving: LMDBEnvironment.reservedBytes)
    let place = LMDBPlace(path: path, operation: "open the store")
    guard let application = try application(of: lease, place) else { throw place.error(.unfinished) }
    return LMDBStore(lease, path: path, for: application, isReadOnly: true)
  }

  /// Opens a store for reading.
  ///
  /// - Throws: as the other, and `otherApplication` for a store that is for something else.
  public static func open(readOnly path: String, for application: StoreApplication) throws(StoreError) -> LMDBStore {
    let store = try open(readOnly: path)
    try store.check(application)
    return store
  }

  /// Opens a store for writing, and makes it if it does not exist.
  ///
  /// - Throws: `writerElsewhere`, `openHere`, and the other reasons for which a file is refused, which is then
  ///   unchanged.
  /// - Complexity: O(keys + bytes of small values).
  public static func open(
    _ path: String, for application: StoreApplication, durability: Durability = .sync
  ) throws(StoreError) -> LMDBStore {
    try open(path, for: application, durability: durability, reserving: LMDBEnvironment.reservedBytes)
  }

  /// Opens a store for writing, and reserves at most this many bytes of addresses.
  static func open(
    _ path: String, for application: StoreApplication, durability: Durability = .sync, reserving bytes: Int
  ) throws(StoreError) -> LMDBStore {
    let lease = try EnvironmentRegistry.open(path, forWriting: true, durability: durability, reserving: bytes)
    let found = try Self.application(of: lease, LMDBPlace(path: path, operation: "open the store"))
    let store = LMDBStore(lease, path: path, for: found ?? application, isReadOnly: false)
    if found == nil { try store.writeApplication() } else { try store.check(application) }
    return store
  }

  /// Whether a file begins as every store does, whatever else may be wrong with it.
  ///
  /// - Throws: `missingFile`, `isFolder` or `notAccessible`.
  public static func isStore(_ path: String) throws(StoreError) -> Bool {
    try LMDBPlace(path: path, operation: "read the file").naming { () throws(StoreError.Reason) in
      var isStore = false
      try DataFile(path: path, forWriting: false).withBytes { bytes in isStore = MetaPage.isFirst(in: bytes) }
      return isStore
    }
  }

  /// What a store says it is for; `nil` in a new one.
  private static func application(
    of lease: EnvironmentLease, _ place: LMDBPlace
  ) throws(StoreError) -> StoreApplication? {
    guard let stored = try LMDBView(reading: lease).ownValue(for: OwnTable.identityKey) else { return nil }
    let (format, found) = OwnTable.readIdentity(stored)
    guard format == OwnTable.format else {
      throw place.error(.otherFormat(found: format, supported: OwnTable.format))
    }
    return found
  }

  /// - Throws: `otherApplication` unless the store is for this one.
  private func check(_ expected: StoreApplication) throws(StoreError) {
    guard application == expected else {
      throw LMDBPlace(path: path, operation: "open the store")
        .error(.otherApplication(found: application, expected: expected))
    }
  }

  /// Writes into a new store what it is for.
  private func writeApplication() throws(StoreError) {
    let writing = try LMDBView(writing: lease)
    try writing.putOwn(OwnTable.identity(of: application), for: OwnTable.identityKey)
    try writing.end(commit: true)
    lease.environment.file.syncFolder()
  }

  public func snapshot() throws(StoreError) -> any StoreSnapshot { try LMDBSnapshot(lease) }

  public func begin() throws(StoreError) -> any StoreTransaction {
    guard !isReadOnly else { throw LMDBPlace(path: path, operation: "begin a transaction").error(.readOnly) }
    return try LMDBTransaction(lease)
  }

  public func sync() throws(StoreError) {
    try lease.environment.sync(LMDBPlace(path: path, operation: "sync the store"))
  }

  public var sizeOnDisk: Int { get throws(StoreError) { lease.environment.file.size } }

  /// Bytes of the file that nothing is kept in: room for later changes, which `compact` gives back.
  ///
  /// - Complexity: O(tables).
  public var freeBytes: Int {
    get throws(StoreError) { max(0, lease.environment.file.size - (try LMDBView(reading: lease).usedBytes())) }
  }
}
