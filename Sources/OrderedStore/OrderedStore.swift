/// Ordered key-value tables with transactions: one writer, and any number of readers of snapshots.
///
/// A table has a name and byte keys in the order of `memcmp` (a prefix before longer keys). It exists from its first
/// `put` on; reading a table that does not exist finds nothing. Stores may be used from any thread.
///
/// - Keys have 1 to 511 bytes, values up to 4 GiB − 49. Table names have 1 to 255 bytes of UTF-8.
/// - There are up to 256 tables, and up to 1024 snapshots at one time.
/// - In a snapshot, a value of half a page or more (2 KB; 8 KB on Apple silicon) is aligned to 64 bytes. Smaller values
///   may be at any address.
public protocol OrderedStore: AnyObject, Sendable {
  /// The state of the last commit, for as long as the snapshot exists.
  func snapshot() throws(StoreError) -> any StoreSnapshot

  /// Begins the write transaction. There can be one at a time; a second one is refused (`transactionOpen`).
  ///
  /// A transaction whose last reference is released without `commit` is undone.
  func begin() throws(StoreError) -> any StoreTransaction

  /// Makes all committed changes survive a crash of the machine, for stores that do not do so at each commit.
  func sync() throws(StoreError)

  /// The size of the store's file in bytes; 0 for a store in memory.
  var sizeOnDisk: Int { get throws(StoreError) }
}

extension OrderedStore {
  /// Runs a transaction, which is committed when the body returns, and undone when the body throws.
  public func write<Result>(
    _ body: (any StoreTransaction) throws(StoreError) -> Result
  ) throws(StoreError) -> Result {
    let transaction = try begin()
    do throws(StoreError) {
      let result = try body(transaction)
      try transaction.commit()
      return result
    } catch {
      transaction.abort()
      throw error
    }
  }
}

/// Reads a store; the common part of snapshots and write transactions.
///
/// Values and keys are returned in place, without a copy. Those of a snapshot are valid until its last reference is
/// released, those of a transaction until its next change or its end. Nobody may write to them.
public protocol StoreReader: AnyObject {
  /// The names of all tables, in byte order.
  var tables: [String] { get }

  /// The number of keys of a table. - Complexity: O(1).
  func count(of table: String) throws(StoreError) -> Int

  /// The value of a key; `nil` if there is none. - Complexity: O(log n), plus O(bytes of the value) if checked.
  ///
  /// - Parameter checked: whether to verify the value's checksum. Pass false only for a large value of which little is
  ///   read, and which contains checksums of its own parts.
  /// - Throws: `corrupted`, `emptyKey`, `keyTooLong`.
  func value(for key: [UInt8], in table: String, checked: Bool) throws(StoreError) -> UnsafeRawBufferPointer?

  /// A cursor over the keys of a range and their values.
  func cursor(
    in table: String, over range: KeyRange, _ direction: ScanDirection
  ) throws(StoreError) -> any StoreCursor
}

extension StoreReader {
  /// The value of a key after verifying its checksum; `nil` if there is none.
  public func value(for key: [UInt8], in table: String) throws(StoreError) -> UnsafeRawBufferPointer? {
    try value(for: key, in: table, checked: true)
  }

  /// A copy of the value of a key; `nil` if there is none.
  public func bytes(for key: [UInt8], in table: String) throws(StoreError) -> [UInt8]? {
    try value(for: key, in: table).map { Array($0) }
  }

  /// A cursor over the keys of a range and their values, in ascending order.
  public func cursor(in table: String, over range: KeyRange = .all) throws(StoreError) -> any StoreCursor {
    try cursor(in: table, over: range, .ascending)
  }
}

/// An immutable state of the store. Several threads may read a snapshot; their look-ups are serialised.
///
/// A snapshot keeps the pages of its state from being reused, so the file grows while old snapshots exist.
public protocol StoreSnapshot: StoreReader, Sendable {}

/// A set of changes that become visible together or not at all; any thread may use it, but only one at a time.
///
/// After a failed change, other than a refused key or value, the transaction can only be aborted. After its end the
/// transaction and its cursors refuse every call (`transactionEnded`).
public protocol StoreTransaction: StoreReader {
  /// Allocates a value for a key, replacing any, and calls `fill` to write all its bytes directly into the store's
  /// page.
  ///
  /// - Parameters:
  ///   - byteCount: the number of bytes of the value.
  ///   - appending: requires the key to come after all keys of the table, otherwise throws `keyNotLast`; fills pages
  ///     completely, and is faster.
  ///   - fill: must not use the transaction. The bytes are not initialised.
  func put(
    byteCount: Int, for key: [UInt8], in table: String, appending: Bool,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StoreError)

  /// Removes a key; returns false if it does not exist.
  @discardableResult
  func remove(_ key: [UInt8], from table: String) throws(StoreError) -> Bool

  /// Removes all keys of a table. - Complexity: O(pages).
  func clear(_ table: String) throws(StoreError)

  /// Makes the changes visible and, in a store that syncs, durable; an error undoes all changes. It ends the
  /// transaction.
  func commit() throws(StoreError)

  /// Undoes all changes and ends the transaction. Does nothing after the end.
  func abort()
}

extension StoreTransaction {
  /// Stores a value under a key, replacing any.
  public func put(
    _ value: RawSpan, for key: [UInt8], in table: String, appending: Bool = false
  ) throws(StoreError) {
    try value.withUnsafeBytes { (source) throws(StoreError) in
      try put(byteCount: source.count, for: key, in: table, appending: appending) { $0.copyMemory(from: source) }
    }
  }

  /// Stores a value under a key, replacing any.
  public func put(
    _ value: [UInt8], for key: [UInt8], in table: String, appending: Bool = false
  ) throws(StoreError) {
    try put(value.span.bytes, for: key, in: table, appending: appending)
  }
}

/// The direction in which a cursor reads its range.
public enum ScanDirection: Sendable, CaseIterable {
  case ascending, descending
}

/// A key and its value in the memory of the store; valid as long as `StoreReader` states.
public struct StoreEntry {
  public let key: UnsafeRawBufferPointer
  public let value: UnsafeRawBufferPointer
}

/// A cursor over a range of keys.
///
/// If a transaction changes the table meanwhile, the next key is the first one beyond the last returned key in the
/// present table. A cursor over a table that does not exist when the cursor is made is at its end.
public protocol StoreCursor: AnyObject {
  /// The next key with its value, whose checksum is verified; `nil` at the end and afterwards.
  func next() throws(StoreError) -> StoreEntry?

  /// The next key, without reading its value; `nil` at the end and afterwards.
  func nextKey() throws(StoreError) -> UnsafeRawBufferPointer?
}
