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
  /// The version of what the store itself writes: checksums, and the table that says what the store is.
  static let format: UInt32 = 1

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
    let view = try LMDBView(reading: lease, seesOwnTable: true)
    let stored = try view.value(for: Self.identityKey, in: StoreLimits.ownTable, checked: true)
    if let stored {
      let (format, found) = Self.identity(stored)
      guard format == Self.format else {
        throw place.error(.otherFormat(found: format, supported: Self.format))
      }
      guard found == application else { throw place.error(.otherApplication(found: found, expected: application)) }
      let records = try LMDBCursor(view, StoreLimits.ownTable, .prefix(Self.tablePrefix), .ascending)
      var tables: Set = [StoreLimits.ownTable]
      while let key = try records.nextKey() {
        tables.insert(String(decoding: key.dropFirst(Self.tablePrefix.count), as: UTF8.self))
      }
      guard tables == Set(view.tables) else {
        throw place.error(.corrupted("a table has another name than it was given"))
      }
    } else {
      guard view.tables.isEmpty else { throw place.error(.notAStore) }
      guard !isReadOnly else { throw place.error(.unfinished) }
      let writing = try LMDBView(writing: lease, seesOwnTable: true)
      let bytes = Self.identity(application)
      try writing.put(byteCount: bytes.count, for: Self.identityKey, in: StoreLimits.ownTable, appending: false) {
        $0.copyBytes(from: bytes)
      }
      try writing.end(commit: true)
      lease.environment.file.syncFolder()
    }
  }

  /// What a store says about itself: its format and the application's version, in 32 bits each, and its name.
  private static func identity(_ application: StoreApplication) -> [UInt8] {
    [format, application.version].flatMap { number in withUnsafeBytes(of: number.littleEndian) { Array($0) } }
      + Array(application.name.utf8)
  }

  private static func identity(_ stored: UnsafeRawBufferPointer) -> (format: UInt32, StoreApplication) {
    func number(_ offset: Int) -> UInt32 {
      stored.count < offset + 4
        ? 0 : UInt32(littleEndian: stored.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    return (number(0), StoreApplication(name: String(decoding: stored.dropFirst(8), as: UTF8.self), version: number(4)))
  }

  /// The key under which the store's own table notes a table's name.
  static func record(ofTable name: String) -> [UInt8] { tablePrefix + Array(name.utf8) }

  private static let identityKey = Array("identity".utf8)
  private static let tablePrefix = Array("table:".utf8)

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
