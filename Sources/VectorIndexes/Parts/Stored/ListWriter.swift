import OrderedStore
import VectorCore

/// Changes the lists and the table of places in a transaction.
///
/// New rows are appended after the last one, first into free room of the last chunk. A removed row is replaced by the
/// last one. So all chunks except the last are always full.
struct ListWriter {
  let transaction: any StoreTransaction
  let place: StorePlace
  let layout: PostingLayout

  /// How many rows a list has. - Complexity: O(log n + bytes of a chunk).
  func rows(of list: UInt32) throws(StoreError) -> Int { try transaction.rowCount(of: list, layout, place) }

  /// Appends rows to a list that has `count` rows.
  ///
  /// - Parameters:
  ///   - write: writes id, sequence and code of added row `number` to row `row` of a chunk.
  ///   - writeVector: writes the vector of added row `number`, if vectors are stored.
  func append(
    _ added: Int, to list: UInt32, behind count: Int, write: (_ number: Int, _ chunk: PostingChunk, _ row: Int) -> Void,
    writeVector: (_ number: Int, _ row: UnsafeMutableRawPointer) -> Void
  ) throws(StoreError) {
    try forEachPart(of: added, behind: count, size: layout.chunkRows) { (chunk, rows, first) throws(StoreError) in
      try rewrite(list, chunk, rows: rows.upperBound) { chunk in
        for row in rows { write(first + row - rows.lowerBound, chunk, row) }
      }
    }
    guard layout.keepsVectors(of: list) else { return }
    try forEachPart(of: added, behind: count, size: layout.vectorRows) { (chunk, rows, first) throws(StoreError) in
      try rewriteVectors(list, chunk, from: rows.lowerBound, to: rows.upperBound) { base in
        for row in rows { writeVector(first + row - rows.lowerBound, base + row * layout.format.rowBytes) }
      }
    }
  }

  /// Removes the last rows of a list that has `count` rows, so that `kept` remain.
  func truncate(_ list: UInt32, from count: Int, to kept: Int) throws(StoreError) {
    guard kept < count else { return }
    try truncate(list, from: count, to: kept, size: layout.chunkRows, in: StoredTable.postings)
    if kept % layout.chunkRows > 0 {
      try rewrite(list, kept / layout.chunkRows, rows: kept % layout.chunkRows) { _ in }
    }
    guard layout.keepsVectors(of: list) else { return }
    try truncate(list, from: count, to: kept, size: layout.vectorRows, in: StoredTable.vectors)
    let (chunk, rows) = kept.quotientAndRemainder(dividingBy: layout.vectorRows)
    if rows > 0 { try rewriteVectors(list, chunk, from: rows, to: rows) { _ in } }
  }

  /// Removes the chunks of a table in which no row remains.
  private func truncate(_ list: UInt32, from count: Int, to kept: Int, size: Int, in table: String) throws(StoreError) {
    for chunk in (kept + size - 1) / size..<(count + size - 1) / size {
      try transaction.remove(PostingLayout.key(list, chunk: chunk), from: table)
    }
  }

  /// Removes a vector and its spilled copy; the last row of the list takes its place. Returns false when there is none.
  func remove(_ id: UInt64) throws(StoreError) -> Bool {
    guard let assignment = try transaction.assignment(of: id, place) else { return false }
    if let moved = try removeRow(at: assignment.place, of: id) {
      guard var other = try transaction.assignment(of: moved, place) else { throw lost(moved) }
      other.place = assignment.place
      try assign(moved, other)
      if let copy = other.copy {
        let (chunk, row) = Int(copy.offset).quotientAndRemainder(dividingBy: layout.chunkRows)
        try rewrite(copy.list, chunk, changing: row) { $0.origins[row] = other.place }
      }
    }
    if let copy = assignment.copy, let moved = try removeRow(at: copy, of: id) {
      guard var other = try transaction.assignment(of: moved, place) else { throw lost(moved) }
      other.copy = copy
      try assign(moved, other)
    }
    try transaction.remove(PostingLayout.key(ofID: id), from: StoredTable.assignments)
    try transaction.remove(PostingLayout.key(ofID: id), from: StoredTable.metadata)
    return true
  }

  /// Removes a row of a list; the last row takes its place.
  ///
  /// - Returns: the id of the moved row; `nil` if the last row was removed itself.
  private func removeRow(at row: RowPlace, of id: UInt64) throws(StoreError) -> UInt64? {
    let last = try rows(of: row.list) - 1
    guard row.offset <= last else { throw lost(id) }
    let moved = row.offset < last ? try move(last, to: Int(row.offset), of: row.list) : nil
    let (chunk, kept) = last.quotientAndRemainder(dividingBy: layout.chunkRows)
    if kept == 0 {
      try transaction.remove(PostingLayout.key(row.list, chunk: chunk), from: StoredTable.postings)
    } else {
      try rewrite(row.list, chunk, rows: kept) { _ in }
    }
    guard layout.keepsVectors(of: row.list) else { return moved }
    let (vectorChunk, vectors) = last.quotientAndRemainder(dividingBy: layout.vectorRows)
    if vectors == 0 {
      try transaction.remove(PostingLayout.key(row.list, chunk: vectorChunk), from: StoredTable.vectors)
    } else {
      try rewriteVectors(row.list, vectorChunk, from: vectors + 1, to: vectors) { _ in }
    }
    return moved
  }

  private func lost(_ id: UInt64) -> StoreError { place.corrupted(StoredTable.assignments, "the row of id \(id)") }

  /// Stores the place of a vector.
  func assign(_ id: UInt64, _ assignment: StoredAssignment, appending: Bool = false) throws(StoreError) {
    try transaction.put(
      byteCount: assignment.byteCount, for: PostingLayout.key(ofID: id), in: StoredTable.assignments,
      appending: appending
    ) { assignment.write(to: $0) }
  }

  /// Copies the last row of a list over another row; returns its id.
  private func move(_ last: Int, to row: Int, of list: UInt32) throws(StoreError) -> UInt64 {
    let (lastChunk, lastRow) = last.quotientAndRemainder(dividingBy: layout.chunkRows)
    let (chunk, chunkRow) = row.quotientAndRemainder(dividingBy: layout.chunkRows)
    let copy = try bytes(of: list, lastChunk, in: StoredTable.postings)
    let movedID = try copy.span.bytes.withUnsafeBytes { (bytes) throws(StoreError) in
      guard let source = PostingChunk(stored: bytes, layout: layout) else {
        throw place.corrupted(StoredTable.postings, "chunk \(lastChunk) of list \(list)")
      }
      try rewrite(list, chunk, changing: chunkRow) { target in
        target.ids[chunkRow] = source.ids[lastRow]
        target.sequences[chunkRow] = source.sequences[lastRow]
        target.cells.copy(lastRow, of: source.cells, to: chunkRow)
      }
      return source.ids[lastRow]
    }
    guard layout.keepsVectors(of: list) else { return movedID }
    let (lastVectors, lastVector) = last.quotientAndRemainder(dividingBy: layout.vectorRows)
    let (vectors, vector) = row.quotientAndRemainder(dividingBy: layout.vectorRows)
    let rowBytes = layout.format.rowBytes
    let source = try bytes(of: list, lastVectors, in: StoredTable.vectors)
    guard source.count >= (lastVector + 1) * rowBytes else {
      throw place.corrupted(StoredTable.vectors, "chunk \(lastVectors) of list \(list)")
    }
    let rows = vectors == lastVectors ? lastVector + 1 : layout.vectorRows
    try rewriteVectors(list, vectors, from: rows, to: rows) { base in
      source.withUnsafeBytes {
        (base + vector * rowBytes).copyMemory(from: $0.baseAddress! + lastVector * rowBytes, byteCount: rowBytes)
      }
    }
    return movedID
  }

  /// Rewrites a chunk of postings with `rows` rows, the old ones first; `nil` keeps their number.
  ///
  /// - Parameter row: the number of a row in the chunk.
  private func rewrite(
    _ list: UInt32, _ chunk: Int, rows: Int? = nil, changing row: Int = 0, _ edit: (PostingChunk) -> Void
  ) throws(StoreError) {
    let old = try bytes(of: list, chunk, in: StoredTable.postings)
    try old.span.bytes.withUnsafeBytes { (bytes) throws(StoreError) in
      let source = PostingChunk(stored: bytes, layout: layout)
      guard source != nil || bytes.isEmpty, let rows = rows ?? source?.rows, row < rows else {
        throw place.corrupted(StoredTable.postings, "chunk \(chunk) of list \(list)")
      }
      try transaction.put(
        byteCount: layout.postingBytes(rows: rows), for: PostingLayout.key(list, chunk: chunk),
        in: StoredTable.postings, appending: false
      ) { edit(PostingChunk(filling: $0, rows: rows, from: source, layout: layout)) }
    }
  }

  /// Rewrites a chunk of vectors that has `old` rows, with `rows` rows.
  private func rewriteVectors(
    _ list: UInt32, _ chunk: Int, from old: Int, to rows: Int, _ edit: (UnsafeMutableRawPointer) -> Void
  ) throws(StoreError) {
    let kept = min(old, rows) * layout.format.rowBytes
    let bytes = kept > 0 ? try bytes(of: list, chunk, in: StoredTable.vectors) : []
    guard bytes.count >= kept else { throw place.corrupted(StoredTable.vectors, "chunk \(chunk) of list \(list)") }
    try transaction.put(
      byteCount: layout.vectorBytes(rows: rows), for: PostingLayout.key(list, chunk: chunk), in: StoredTable.vectors,
      appending: false
    ) { target in
      target.initializeMemory(as: UInt8.self, repeating: 0)
      target.copyBytes(from: bytes.prefix(kept))
      edit(target.baseAddress!)
    }
  }

  /// A copy of a chunk, which stays valid when the store changes; empty if there is none.
  private func bytes(of list: UInt32, _ chunk: Int, in table: String) throws(StoreError) -> [UInt8] {
    try transaction.bytes(for: PostingLayout.key(list, chunk: chunk), in: table) ?? []
  }

  /// Passes those parts of the rows `count` to `count + added` to `body` that belong to the same chunk of `size` rows.
  private func forEachPart(
    of added: Int, behind count: Int, size: Int,
    _ body: (_ chunk: Int, _ rows: Range<Int>, _ first: Int) throws(StoreError) -> Void
  ) throws(StoreError) {
    var done = 0
    while done < added {
      let (chunk, row) = (count + done).quotientAndRemainder(dividingBy: size)
      let part = min(size - row, added - done)
      try body(chunk, row..<row + part, done)
      done += part
    }
  }
}

/// The place of a vector and of its spilled copy, if any; as bytes: list and row of the vector, then of the copy.
struct StoredAssignment {
  var place: RowPlace
  var copy: RowPlace?

  private static let placeBytes = 8

  var byteCount: Int { (copy == nil ? 1 : 2) * Self.placeBytes }

  init(place: RowPlace, copy: RowPlace? = nil) {
    self.place = place
    self.copy = copy
  }

  /// Decodes a place; `nil` for bytes of another length.
  init?(_ bytes: UnsafeRawBufferPointer) {
    func read(_ number: Int) -> RowPlace {
      RowPlace(
        list: bytes.loadUnaligned(fromByteOffset: number * Self.placeBytes, as: UInt32.self),
        offset: bytes.loadUnaligned(fromByteOffset: number * Self.placeBytes + 4, as: UInt32.self))
    }
    switch bytes.count {
    case Self.placeBytes: self.init(place: read(0))
    case 2 * Self.placeBytes: self.init(place: read(0), copy: read(1))
    default: return nil
    }
  }

  func write(to bytes: UnsafeMutableRawBufferPointer) {
    for (number, place) in [place, copy].compactMap({ $0 }).enumerated() {
      bytes.storeBytes(of: place.list, toByteOffset: number * Self.placeBytes, as: UInt32.self)
      bytes.storeBytes(of: place.offset, toByteOffset: number * Self.placeBytes + 4, as: UInt32.self)
    }
  }
}

extension StoreReader {
  /// How many rows a list has, by its last chunk. - Complexity: O(log n + bytes of a chunk).
  func rowCount(of list: UInt32, _ layout: PostingLayout, _ place: StorePlace) throws(StoreError) -> Int {
    let cursor = try cursor(in: StoredTable.postings, over: .prefix(PostingLayout.key(list)), .descending)
    guard let entry = try cursor.next() else { return 0 }
    guard let number = PostingLayout.chunk(ofKey: entry.key),
      let chunk = PostingChunk(stored: entry.value, layout: layout)
    else { throw place.corrupted(StoredTable.postings, "the last chunk of list \(list)") }
    return number * layout.chunkRows + chunk.rows
  }

  /// Where a vector is; nil when there is none of this id.
  func assignment(of id: UInt64, _ store: StorePlace) throws(StoreError) -> StoredAssignment? {
    guard let bytes = try value(for: PostingLayout.key(ofID: id), in: StoredTable.assignments) else { return nil }
    guard let assignment = StoredAssignment(bytes) else {
      throw store.corrupted(StoredTable.assignments, "the place of id \(id)")
    }
    return assignment
  }

  /// The place of a vector, without that of its spilled copy.
  func place(of id: UInt64, _ store: StorePlace) throws(StoreError) -> RowPlace? {
    try assignment(of: id, store)?.place
  }
}
