/// The common part of snapshots and transactions of a store in memory.
protocol MemoryReader: StoreReader {
  var contents: [String: MemoryTable] { get }

  /// - Throws: `transactionEnded`.
  func checkIsOpen(_ operation: String, _ table: String) throws(StoreError)
}

extension MemoryReader {
  var tables: [String] { contents.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

  func count(of table: String) throws(StoreError) -> Int {
    try checkIsOpen("count", table)
    return contents[table]?.count ?? 0
  }

  func value(for key: [UInt8], in table: String, checked: Bool) throws(StoreError) -> UnsafeRawBufferPointer? {
    if let reason = StoreLimits.refusal(ofKey: key) { throw .inMemory("read", reason, table: table) }
    try checkIsOpen("read", table)
    return contents[table]?[key]?.value.bytes
  }

  func cursor(
    in table: String, over range: KeyRange, _ direction: ScanDirection
  ) throws(StoreError) -> any StoreCursor {
    try checkIsOpen("scan", table)
    return MemoryCursor(self, table, range, direction)
  }
}

final class MemorySnapshot: MemoryReader, StoreSnapshot {
  let contents: [String: MemoryTable]
  private let store: MemoryStore

  /// Makes a snapshot, which the store counts until it is released.
  init(of store: MemoryStore, tables: [String: MemoryTable]) {
    self.store = store
    contents = tables
  }

  deinit { store.endSnapshot() }

  func checkIsOpen(_ operation: String, _ table: String) throws(StoreError) {}
}

final class MemoryCursor: StoreCursor {
  private let reader: any MemoryReader
  private let table: String
  private let range: KeyRange
  private let direction: ScanDirection
  /// The bound at which the next key is searched; `nil` at the end.
  private var start: KeyRange.Bound?

  init(_ reader: any MemoryReader, _ table: String, _ range: KeyRange, _ direction: ScanDirection) {
    self.reader = reader
    self.table = table
    self.range = range
    self.direction = direction
    start = reader.contents[table] == nil ? nil : range.start(direction)
  }

  func next() throws(StoreError) -> StoreEntry? {
    guard let start else { return nil }
    try reader.checkIsOpen("scan", table)
    guard let entry = reader.contents[table]?.first(start, direction), range.reaches(entry.key.bytes, direction) else {
      self.start = nil
      return nil
    }
    self.start = .excluded(Array(entry.key.bytes))
    return StoreEntry(key: entry.key.bytes, value: entry.value.bytes)
  }

  func nextKey() throws(StoreError) -> UnsafeRawBufferPointer? { try next()?.key }
}
