/// The common part of snapshots and transactions of an LMDB file.
protocol LMDBReader: StoreReader {
  var view: LMDBView { get }
}

extension LMDBReader {
  var tables: [String] { view.tables }

  func count(of table: String) throws(StoreError) -> Int { try view.count(of: table) }

  func value(for key: [UInt8], in table: String, checked: Bool) throws(StoreError) -> UnsafeRawBufferPointer? {
    try view.value(for: key, in: table, checked: checked)
  }

  func cursor(
    in table: String, over range: KeyRange, _ direction: ScanDirection
  ) throws(StoreError) -> any StoreCursor {
    try LMDBCursor(view, table, range, direction)
  }
}

/// A snapshot of an LMDB file; its values are in the mapped pages.
final class LMDBSnapshot: LMDBReader, StoreSnapshot {
  let view: LMDBView

  init(_ lease: EnvironmentLease) throws(StoreError) { view = try LMDBView(reading: lease) }
}
