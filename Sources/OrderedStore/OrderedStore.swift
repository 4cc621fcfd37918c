/// Ordered key-value tables with transactions: one writer and any number of readers of snapshots.
///
/// A table is named, holds byte keys in the order of `memcmp` (a key before all that it is a prefix of), and is there from
/// its first `put` on; reading a table that is not there finds nothing. Stores may be used from any thread.
///
/// - Keys have 1 to 511 bytes, values up to 4 GiB − 49. Table names have 1 to 255 bytes of UTF-8.
/// - There are up to 256 tables, and up to 1024 snapshots at one time.
/// - In a snapshot, a value of half a page or more (2 KB; 8 KB on Apple silicon) is aligned to 64 bytes. Smaller ones lie
///   at any address.
public protocol OrderedStore: AnyObject, Sendable {
  /// The state as it was last committed, for as long as the snapshot lives.
  func snapshot() throws(StoreError) -> any StoreSnapshot

  /// Begins the write transaction, of which there can be one at a time; a second is refused (`transactionOpen`).
  ///
  /// Without `commit` it is undone with the last reference to it.
  func begin() throws(StoreError) -> any StoreTransaction

  /// Makes all that is committed survive a crash of the machine, for stores that do not at each commit.
  func sync() throws(StoreError)

  /// Bytes of the store's file; 0 for a store in memory.
  var sizeOnDisk: Int { get throws(StoreError) }
}

extension OrderedStore {
  /// Runs a transaction: committed when the body returns, undone when it throws.
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

/// What snapshots and write transactions have in common: reading.
///
/// Bytes are handed out where they lie, without a copy. Those of a snapshot stay there until its last reference is gone;
/// those of a transaction until its next change or its end. Nobody may write to them.
public protocol StoreReader: AnyObject {
  /// The names of the tables there are, in byte order.
  var tables: [String] { get }

  /// How many keys a table has. - Complexity: O(1).
  func count(of table: String) throws(StoreError) -> Int

  /// The value of a key, nil where there is none. - Complexity: O(log n), and O(bytes of the value) when checked.
  ///
  /// - Parameter checked: whether the value's checksum is looked at. Leave it out only for a large value of which little
  ///   is read, and which holds checksums of its own parts.
  /// - Throws: `corrupted`, `emptyKey`, `keyTooLong`.
  func value(for key: [UInt8], in table: String, checked: Bool) throws(StoreError) -> UnsafeRawBufferPointer?

  /// The keys of a range and their values, one after the other.
  func cursor(
    in table: String, over range: KeyRange, _ direction: ScanDirection
  ) throws(StoreError) -> any StoreCursor
}

extension StoreReader {
  /// The value of a key, its checksum checked; nil where there is none.
  public func value(for key: [UInt8], in table: String) throws(StoreError) -> UnsafeRawBufferPointer? {
    try value(for: key, in: table, checked: true)
  }

  /// A copy of a key's value; nil where there is none.
  public func bytes(for key: [UInt8], in table: String) throws(StoreError) -> [UInt8]? {
    try value(for: key, in: table).map { Array($0) }
  }

  /// The keys of a range and their values, in ascending order.
  public func cursor(in table: String, over range: KeyRange = .all) throws(StoreError) -> any StoreCursor {
    try cursor(in: table, over: range, .ascending)
  }
}

/// A state of the store that never changes. Several threads may read one snapshot: their look-ups take turns.
///
/// A snapshot keeps the pages of its state from being used again, so the file grows while old ones live on.
public protocol StoreSnapshot: StoreReader, Sendable {}

/// Changes that become visible to others together, or not at all; for one thread at a time, though it may be any.
///
/// After an error of a change other than a refused key or value the transaction can only be aborted. After its end it and
/// its cursors refuse everything (`transactionEnded`).
public protocol StoreTransaction: StoreReader {
  /// Makes place for a key's value, replacing any, and lets `fill` write all of it, straight into the store's page.
  ///
  /// - Parameters:
  ///   - byteCount: bytes of the value.
  ///   - appending: the key comes after all that are in the table, else `keyNotLast`: fills pages wholly, and faster.
  ///   - fill: may not use the transaction. The bytes hold anything before.
  func put(
    byteCount: Int, for key: [UInt8], in table: String, appending: Bool,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StoreError)

  /// Removes a key; false when it is not there.
  @discardableResult
  func remove(_ key: [UInt8], from table: String) throws(StoreError) -> Bool

  /// Removes all keys of a table. - Complexity: O(pages).
  func clear(_ table: String) throws(StoreError)

  /// Makes the changes visible and, in a store that syncs, durable; on an error all are undone. Nothing may follow.
  func commit() throws(StoreError)

  /// Undoes all changes. After the end of a transaction it does nothing.
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

/// In which direction a cursor goes through its range.
public enum ScanDirection: Sendable, CaseIterable {
  case ascending, descending
}

/// A key and its value where they lie in the store; valid as long as `StoreReader` says.
public struct StoreEntry {
  public let key: UnsafeRawBufferPointer
  public let value: UnsafeRawBufferPointer
}

/// A way through a range of keys.
///
/// In a transaction that changes the table meanwhile, the next key is always the first beyond the last one that was handed
/// out, in the table as it then is. A cursor whose table is not there when it is made is at its end.
public protocol StoreCursor: AnyObject {
  /// The next key with its value, checked; nil at the end, and from then on.
  func next() throws(StoreError) -> StoreEntry?

  /// The next key alone, whose value's bytes are not touched; nil at the end, and from then on.
  func nextKey() throws(StoreError) -> UnsafeRawBufferPointer?
}
