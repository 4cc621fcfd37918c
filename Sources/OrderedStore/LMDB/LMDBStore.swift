/// What a commit does before it returns.
public enum Durability: Sendable {
  /// Waits until the disk has it: what was committed survives a crash of the machine.
  case sync
  /// Leaves the writing to the system, for bulk loads that `OrderedStore.sync()` ends. What was committed survives the end
  /// of the process, killed or not; a crash of the machine before `sync()` may cost the whole store.
  case noSync
}

/// An ordered store in one file, by LMDB: a B+tree of copied-on-write pages, read where it is mapped.
///
/// - The store is the file `path`; `path-lock` beside it is LMDB's table of readers, and may be deleted while nobody has
///   the store open. It must not lie on a network's file system, and cannot be moved to a machine of other byte order.
/// - One process has it open for writing; a second one, or a second time in the same process, is refused. Any process may
///   read meanwhile, and see each commit as a whole. A store opened again in one process for reading shares the first.
/// - The file is closed with the last reference to the store and its snapshots and transactions.
/// - The file grows as it is written, in pages that later transactions use again; it never becomes smaller. LMDB needs its
///   largest size beforehand: 1 TiB of addresses, which cost neither memory nor disk, or the most that the system gives.
/// - What protects from damage: opening reads all keys and small values, and refuses a file whose trees, keys, list of
///   free pages or small values contradict themselves or their checksums, or that lacks pages. Values from 2 KB on are
///   checked when they are read. Not covered: pages that change after they were checked, and a whole file put back to an
///   older state of itself.
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
  /// - Throws: `missingFile` and the other reasons why a file is refused; nothing is made.
  /// - Complexity: O(keys + bytes of small values) when this process is the first to open it.
  public static func open(readOnly path: String, for application: StoreApplication) throws(StoreError) -> LMDBStore {
    let lease = try EnvironmentRegistry.open(
      path, forWriting: false, durability: .sync, reserving: LMDBEnvironment.reservedBytes)
    let store = LMDBStore(lease, path: path, isReadOnly: true)
    try store.identify(application)
    return store
  }

  /// Opens a store for writing; it is made where there is none.
  ///
  /// - Throws: `writerElsewhere`, `openHere`, and the other reasons why a file is refused, which then is as it was.
  /// - Complexity: O(keys + bytes of small values).
  public static func open(
    _ path: String, for application: StoreApplication, durability: Durability = .sync
  ) throws(StoreError) -> LMDBStore {
    try open(path, for: application, durability: durability, reserving: LMDBEnvironment.reservedBytes)
  }

  /// Opens a store for writing that reserves no more addresses than given.
  static func open(
    _ path: String, for application: StoreApplication, durability: Durability = .sync, reserving bytes: Int
  ) throws(StoreError) -> LMDBStore {
    let lease = try EnvironmentRegistry.open(path, forWriting: true, durability: durability, reserving: bytes)
    let store = LMDBStore(lease, path: path, isReadOnly: false)
    try store.identify(application)
    return store
  }

  /// Reads what the store says it is, or says it in a new one.
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
