final class MemoryTransaction: MemoryReader, StoreTransaction {
  private(set) var contents: [String: MemoryTable]
  /// The store; `nil` after the end of the transaction.
  private var store: MemoryStore?

  init(_ store: MemoryStore, tables: [String: MemoryTable]) {
    self.store = store
    contents = tables
  }

  deinit { abort() }

  func checkIsOpen(_ operation: String, _ table: String) throws(StoreError) { _ = try open(operation, table) }

  /// The store of the transaction, until its end.
  private func open(_ operation: String, _ table: String?) throws(StoreError) -> MemoryStore {
    guard let store else { throw .inMemory(operation, .transactionEnded, table: table) }
    return store
  }

  func put(
    byteCount: Int, for key: [UInt8], in table: String, appending: Bool,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StoreError) {
    if let reason = StoreLimits.refusal(ofKey: key) ?? StoreLimits.refusal(ofValueBytes: byteCount) {
      throw .inMemory("put", reason, table: table)
    }
    try checkIsOpen("put", table)
    if contents[table] == nil {
      let full = contents.count < StoreLimits.tables ? nil : StoreError.Reason.tooManyTables(limit: StoreLimits.tables)
      if let reason = StoreLimits.refusal(ofTable: table) ?? full {
        throw .inMemory("make the table", reason, table: table)
      }
    }
    if appending, let last = contents[table]?.last, compareKeys(last.key.bytes, key) >= 0 {
      throw .inMemory("put", .keyNotLast, table: table)
    }
    let entry = MemoryTable.Entry(
      key: MemoryBytes(byteCount: key.count) { $0.copyBytes(from: key) },
      value: MemoryBytes(byteCount: byteCount, fill: fill))
    contents[table, default: MemoryTable()].put(entry, for: key)
  }

  func remove(_ key: [UInt8], from table: String) throws(StoreError) -> Bool {
    if let reason = StoreLimits.refusal(ofKey: key) { throw .inMemory("remove", reason, table: table) }
    try checkIsOpen("remove", table)
    return contents[table]?.remove(key) ?? false
  }

  func clear(_ table: String) throws(StoreError) {
    try checkIsOpen("clear", table)
    if contents[table] != nil { contents[table] = MemoryTable() }
  }

  func commit() throws(StoreError) {
    try open("commit", nil).end(contents)
    store = nil
  }

  func abort() {
    store?.end(nil)
    store = nil
  }
}
