/// The write transaction of an LMDB file.
final class LMDBTransaction: LMDBReader, StoreTransaction {
  let view: LMDBView

  init(_ lease: EnvironmentLease) throws(StoreError) { view = try LMDBView(writing: lease) }

  /// A cursor may keep the view alive, so the transaction is ended here.
  deinit { abort() }

  func put(
    byteCount: Int, for key: [UInt8], in table: String, appending: Bool,
    fill: (UnsafeMutableRawBufferPointer) -> Void
  ) throws(StoreError) {
    try view.put(byteCount: byteCount, for: key, in: table, appending: appending, fill: fill)
  }

  func remove(_ key: [UInt8], from table: String) throws(StoreError) -> Bool { try view.remove(key, from: table) }

  func clear(_ table: String) throws(StoreError) { try view.clear(table) }

  func commit() throws(StoreError) { try view.end(commit: true) }

  func abort() { try? view.end(commit: false) }
}
