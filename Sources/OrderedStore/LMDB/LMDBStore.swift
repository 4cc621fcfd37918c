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
