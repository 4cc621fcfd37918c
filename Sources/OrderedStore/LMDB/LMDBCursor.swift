internal import CLMDB

/// A cursor over a range of keys of an LMDB table.
final class LMDBCursor: StoreCursor {
  private let view: LMDBView
  private let place: LMDBPlace
  private let range: KeyRange
  private let direction: ScanDirection
  /// LMDB's cursor; `nil` if the table does not exist.
  private var raw: OpaquePointer?
  private var hasStarted = false
  private var hasEnded = false
  /// In a write transaction: the number of changes when the last key was found, and a copy of that key.
  private var changes = 0
  private var lastKey: [UInt8] = []

  init(_ view: LMDBView, _ table: String, _ range: KeyRange, _ direction: ScanDirection) throws(StoreError) {
    self.view = view
    self.range = range
    self.direction = direction
    let place = view.place("scan", table)
    self.place = place
    try view.locked { () throws(StoreError) in
      let transaction = try view.open(place)
      guard let handle = view.handle(table) else { return }
      var cursor: OpaquePointer?
      _ = try view.found(mdb_cursor_open(transaction, handle, &cursor), place)
      raw = cursor
    }
  }

  deinit {
    // The end of a write transaction has already freed its cursors.
    view.locked { if view.transaction != nil { mdb_cursor_close(raw) } }
  }

  func next() throws(StoreError) -> StoreEntry? {
    guard let (key, value) = try advance() else { return nil }
    let bytes = try view.bytes(of: value, key: key, checked: true, place)
    return StoreEntry(key: UnsafeRawBufferPointer(key), value: bytes)
  }

  func nextKey() throws(StoreError) -> UnsafeRawBufferPointer? {
    try advance().map { UnsafeRawBufferPointer($0.key) }
  }

  private func advance() throws(StoreError) -> (key: MDB_val, value: MDB_val)? {
    try view.locked { () throws(StoreError) in
      guard let raw, !hasEnded else { return nil }
      _ = try view.open(place)
      var (key, value) = (MDB_val(), MDB_val())
      let isThere =
        if !hasStarted {
          try seek(raw, range.start(direction), &key, &value)
        } else if changes != view.changes {
          try seek(raw, .excluded(lastKey), &key, &value)
        } else {
          try move(raw, direction == .ascending ? MDB_NEXT : MDB_PREV, &key, &value)
        }
      hasStarted = true
      guard isThere, range.reaches(UnsafeRawBufferPointer(key), direction) else {
        hasEnded = true
        return nil
      }
      if view.isWriting {
        changes = view.changes
        lastKey = Array(UnsafeRawBufferPointer(key))
      }
      return (key, value)
    }
  }

  /// Moves to the first key within the bound, in the direction of the cursor.
  private func seek(
    _ raw: OpaquePointer, _ bound: KeyRange.Bound, _ key: inout MDB_val, _ value: inout MDB_val
  ) throws(StoreError) -> Bool {
    let (edge, includesEdge): ([UInt8], Bool)
    switch bound {
    case .unbounded: (edge, includesEdge) = ([], true)
    case .included(let bytes): (edge, includesEdge) = (bytes, true)
    case .excluded(let bytes): (edge, includesEdge) = (bytes, false)
    }
    // Keys are never empty, and LMDB refuses to look up an empty key.
    if edge.isEmpty {
      if direction == .descending, bound != .unbounded { return false }
      return try move(raw, direction == .ascending ? MDB_FIRST : MDB_LAST, &key, &value)
    }
    // Finds the first key at or after the edge.
    let isThere = try edge.withMDBValue { (edge) throws(StoreError) in
      key = edge
      return try move(raw, MDB_SET_RANGE, &key, &value)
    }
    let isEdge = isThere && compareKeys(UnsafeRawBufferPointer(key), edge) == 0
    if isEdge, includesEdge { return true }
    switch direction {
    case .ascending: return isEdge ? try move(raw, MDB_NEXT, &key, &value) : isThere
    case .descending: return try move(raw, isThere ? MDB_PREV : MDB_LAST, &key, &value)
    }
  }

  private func move(
    _ raw: OpaquePointer, _ operation: MDB_cursor_op, _ key: inout MDB_val, _ value: inout MDB_val
  ) throws(StoreError) -> Bool {
    try view.found(mdb_cursor_get(raw, &key, &value, operation), place)
  }
}
