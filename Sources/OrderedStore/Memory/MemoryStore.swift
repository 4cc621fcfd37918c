import Foundation

/// An ordered store in memory: sorted arrays that snapshots share until a transaction changes them.
public final class MemoryStore: OrderedStore, @unchecked Sendable {
  private var tables: [String: MemoryTable] = [:]
  private var hasTransaction = false
  private var snapshotCount = 0
  private let lock = NSLock()

  public init() {}

  public func snapshot() throws(StoreError) -> any StoreSnapshot {
    lock.lock()
    defer { lock.unlock() }
    guard snapshotCount < StoreLimits.snapshots else {
      throw .inMemory("take a snapshot", .tooManySnapshots(limit: StoreLimits.snapshots))
    }
    snapshotCount += 1
    return MemorySnapshot(of: self, tables: tables)
  }

  func endSnapshot() { lock.withLock { snapshotCount -= 1 } }

  public func begin() throws(StoreError) -> any StoreTransaction {
    lock.lock()
    defer { lock.unlock() }
    guard !hasTransaction else { throw .inMemory("begin a transaction", .transactionOpen) }
    hasTransaction = true
    return MemoryTransaction(self, tables: tables)
  }

  public func sync() throws(StoreError) {}

  public var sizeOnDisk: Int { get throws(StoreError) { 0 } }

  /// Ends the transaction; commits these tables if there are any.
  func end(_ committed: [String: MemoryTable]?) {
    lock.withLock {
      hasTransaction = false
      if let committed { tables = committed }
    }
  }
}

extension StoreError {
  static func inMemory(_ operation: String, _ reason: Reason, table: String? = nil) -> StoreError {
    StoreError(operation: operation, table: table, path: "store in memory", reason: reason)
  }
}
