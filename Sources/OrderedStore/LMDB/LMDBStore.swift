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
  /// Whether `begin` is refused.
  public let isReadOnly: Bool
  private let lease: EnvironmentLease

  private init(_ lease: EnvironmentLease, path: String, isReadOnly: Bool) {
    self.lease = lease
    self.path = path
    self.isReadOnly = isReadOnly
  }

  /// Opens a store for reading.
  ///
  /// - Throws: `missingFile` and the other reasons for which a file is refused; no file is made.
  /// - Complexity: O(keys + bytes of small values) if this process does not have the file open yet.
  public static func open(readOnly path: String, for application: StoreApplication) throws(StoreError) -> LMDBStore {
    let lease = try EnvironmentRegistry.open(
      path, forWriting: false, durability: .sync, reserving: LMDBEnvironment.reservedBytes)
    let store = LMDBStore(lease, path: path, isReadOnly: true)
    try store.identify(application)
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
    let store = LMDBStore(lease, path: path, isReadOnly: false)
    try store.identify(application)
    return store
  }

  /// Checks the store's identity, or writes it into a new store.
  private func identify(_ application: StoreApplication) throws(StoreError) {
    let place = LMDBPlace(path: path, operation: "open the store")
    let view = try LMDBView(reading: lease)
    if let stored = try view.ownValue(for: OwnTable.identityKey) {
      let (format, found) = OwnTable.readIdentity(stored)
      guard format == OwnTable.format else {
        throw place.error(.otherFormat(found: format, supported: OwnTable.format))
      }
      guard found == application else { throw place.error(.otherApplication(found: found, expected: application)) }
    } else {
      guard !isReadOnly else { throw place.error(.unfinished) }
      let writing = try LMDBView(writing: lease)
      try writing.putOwn(OwnTable.identity(of: application), for: OwnTable.identityKey)
      try writing.end(commit: true)
      lease.environment.file.syncFolder()
    }
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
}
