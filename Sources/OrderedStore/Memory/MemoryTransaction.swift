final class MemoryTransaction: MemoryReader, StoreTransaction {
  private(set) var contents: [String: MemoryTable]
  /// nil once the transaction has ended.
  private var store: MemoryStore?

  init(_ store: MemoryStore, tables: [String: MemoryTable]) {
    self.store = store
    contents = tables
  }

  deinit { abort() }

  func put(
    byteCount: Int, for key: [UInt8], in table: String, appending: Bool,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StoreError) {
    precondition(store != nil, "the transaction has ended")
    if let reason = StoreLimits.refusal(ofKey: key) ?? StoreLimits.refusal(ofValueBytes: byteCount) {
      throw .inMemory("put", reason, table: table)
    }
    if contents[table] == nil, let reason = StoreLimits.refusal(ofTable: table) {
      throw .inMemory("make the table", reason, table: table)
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
    precondition(store != nil, "the transaction has ended")
    if let reason = StoreLimits.refusal(ofKey: key) { throw .inMemory("remove", reason, table: table) }
    return contents[table]?.remove(key) ?? false
  }

  func clear(_ table: String) throws(StoreError) {
    precondition(store != nil, "the transaction has ended")
    if contents[table] != nil { contents[table] = MemoryTable() }
  }

  func commit() throws(StoreError) {
    precondition(store != nil, "the transaction has ended")
    store?.end(contents)
    store = nil
  }

  func abort() {
    store?.end(nil)
    store = nil
  }
}
