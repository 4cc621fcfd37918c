import OrderedStore
import VectorCore

/// Changes of lists and assignments in a transaction.
///
/// Rows are added behind the last one, in the place that its blocks have left; a removed row is replaced by the last
/// one. So all chunks but the last are full, whatever came and went.
struct ListWriter {
  let transaction: any StoreTransaction
  let place: StorePlace
  let layout: PostingLayout

  /// How many rows a list has. - Complexity: O(log n + bytes of a chunk).
  func rows(of list: UInt32) throws(StoreError) -> Int {
    let cursor = try transaction.cursor(
      in: StoredTable.postings, over: .prefix(PostingLayout.key(list)), .descending)
    guard let entry = try cursor.next() else { return 0 }
    guard let number = PostingLayout.chunk(ofKey: entry.key),
      let chunk = PostingChunk(stored: entry.value, layout: layout)
    else { throw place.corrupted(StoredTable.postings, "the last chunk of list \(list)") }
    return number * layout.chunkRows + chunk.rows
  }

  /// Adds rows to a list that has `count` of them.
  ///
  /// - Parameters:
  ///   - write: writes id, sequence and code of added row `number` to row `row` of a chunk.
  ///   - writeVector: writes the vector of added row `number`, where vectors are kept.
  func append(
    _ added: Int, to list: UInt32, behind count: Int, write: (_ number: Int, _ chunk: PostingChunk, _ row: Int) -> Void,
    writeVector: (_ number: Int, _ row: UnsafeMutableRawPointer) -> Void
  ) throws(StoreError) {
    try forEachPart(of: added, behind: count, size: layout.chunkRows) { (chunk, rows, first) throws(StoreError) in
      try rewrite(list, chunk, rows: rows.upperBound) { chunk in
        for row in rows { write(first + row - rows.lowerBound, chunk, row) }
      }
    }
    guard layout.keepsVectors else { return }
    try forEachPart(of: added, behind: count, size: layout.vectorRows) { (chunk, rows, first) throws(StoreError) in
      try rewriteVectors(list, chunk, from: rows.lowerBound, to: rows.upperBound) { base in
        for row in rows { writeVector(first + row - rows.lowerBound, base + row * layout.format.rowBytes) }
      }
    }
  }

  /// Removes a vector; the last of its list takes its place. False when there is none of this id.
  func remove(_ id: UInt64) throws(StoreError) -> Bool {
    guard let place = try transaction.place(of: id, self.place) else { return false }
    let last = try rows(of: place.list) - 1
    let row = Int(place.offset)
    guard row <= last else { throw self.place.corrupted(StoredTable.assignments, "the row of id \(id)") }
    if row < last { try move(last, to: row, of: place.list) }
    let (chunk, kept) = last.quotientAndRemainder(dividingBy: layout.chunkRows)
    if kept == 0 {
      try transaction.remove(PostingLayout.key(place.list, chunk: chunk), from: StoredTable.postings)
    } else {
      try rewrite(place.list, chunk, rows: kept) { _ in }
    }
    if layout.keepsVectors {
      let (chunk, kept) = last.quotientAndRemainder(dividingBy: layout.vectorRows)
      if kept == 0 {
        try transaction.remove(PostingLayout.key(place.list, chunk: chunk), from: StoredTable.vectors)
      } else {
        try rewriteVectors(place.list, chunk, from: kept + 1, to: kept) { _ in }
      }
    }
    try transaction.remove(PostingLayout.key(ofID: id), from: StoredTable.assignments)
    try transaction.remove(PostingLayout.key(ofID: id), from: StoredTable.metadata)
    return true
  }

  /// Notes where a vector is.
  func assign(_ id: UInt64, to place: VectorStore.Place, appending: Bool = false) throws(StoreError) {
    try transaction.put(
      byteCount: StoredPlace.byteCount, for: PostingLayout.key(ofID: id), in: StoredTable.assignments,
      appending: appending
    ) { StoredPlace.write(place, to: $0) }
  }

  /// Copies a list's last row over another one.
  private func move(_ last: Int, to row: Int, of list: UInt32) throws(StoreError) {
    let (lastChunk, lastRow) = last.quotientAndRemainder(dividingBy: layout.chunkRows)
    let (chunk, chunkRow) = row.quotientAndRemainder(dividingBy: layout.chunkRows)
    let copy = try bytes(of: list, lastChunk, in: StoredTable.postings)
    let movedID = try copy.span.bytes.withUnsafeBytes { (bytes) throws(StoreError) in
      guard let source = PostingChunk(stored: bytes, layout: layout) else {
        throw place.corrupted(StoredTable.postings, "chunk \(lastChunk) of list \(list)")
      }
      try rewrite(list, chunk, rows: chunk == lastChunk ? source.rows : layout.chunkRows) { target in
        target.ids[chunkRow] = source.ids[lastRow]
        target.sequences[chunkRow] = source.sequences[lastRow]
        target.cells.copy(lastRow, of: source.cells, to: chunkRow)
      }
      return source.ids[lastRow]
    }
    if layout.keepsVectors {
      let (lastChunk, lastRow) = last.quotientAndRemainder(dividingBy: layout.vectorRows)
      let (chunk, chunkRow) = row.quotientAndRemainder(dividingBy: layout.vectorRows)
      let rowBytes = layout.format.rowBytes
      let source = try bytes(of: list, lastChunk, in: StoredTable.vectors)
      guard source.count >= (lastRow + 1) * rowBytes else {
        throw place.corrupted(StoredTable.vectors, "chunk \(lastChunk) of list \(list)")
      }
      let rows = chunk == lastChunk ? lastRow + 1 : layout.vectorRows
      try rewriteVectors(list, chunk, from: rows, to: rows) { base in
        source.withUnsafeBytes {
          (base + chunkRow * rowBytes).copyMemory(from: $0.baseAddress! + lastRow * rowBytes, byteCount: rowBytes)
        }
      }
    }
    try assign(movedID, to: VectorStore.Place(list: list, offset: UInt32(row)))
  }

  /// Writes a chunk of postings anew with this many rows, the old ones first.
  private func rewrite(_ list: UInt32, _ chunk: Int, rows: Int, _ edit: (PostingChunk) -> Void) throws(StoreError) {
    let old = try bytes(of: list, chunk, in: StoredTable.postings)
    try old.span.bytes.withUnsafeBytes { (bytes) throws(StoreError) in
      let source = PostingChunk(stored: bytes, layout: layout)
      guard source != nil || bytes.isEmpty else {
        throw place.corrupted(StoredTable.postings, "chunk \(chunk) of list \(list)")
      }
      try transaction.put(
        byteCount: layout.postingBytes(rows: rows), for: PostingLayout.key(list, chunk: chunk),
        in: StoredTable.postings, appending: false
      ) { edit(PostingChunk(filling: $0, rows: rows, from: source, layout: layout)) }
    }
  }

  /// Writes a chunk of vectors, which has `old` rows, anew with `rows`.
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

  /// A copy of a chunk, which stays when the store changes; empty where there is none.
  private func bytes(of list: UInt32, _ chunk: Int, in table: String) throws(StoreError) -> [UInt8] {
    try transaction.bytes(for: PostingLayout.key(list, chunk: chunk), in: table) ?? []
  }

  /// The parts of rows `count` to `count + added` that fall into one chunk of `size` rows each.
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

/// The bytes of an assignment: list and row.
enum StoredPlace {
  static let byteCount = 8

  static func write(_ place: VectorStore.Place, to bytes: UnsafeMutableRawBufferPointer) {
    bytes.storeBytes(of: place.list, as: UInt32.self)
    bytes.storeBytes(of: place.offset, toByteOffset: 4, as: UInt32.self)
  }

  static func read(_ bytes: UnsafeRawBufferPointer) -> VectorStore.Place? {
    guard bytes.count == byteCount else { return nil }
    return VectorStore.Place(
      list: bytes.loadUnaligned(as: UInt32.self), offset: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
  }
}

extension StoreReader {
  /// Where a vector is; nil when there is none of this id.
  func place(of id: UInt64, _ store: StorePlace) throws(StoreError) -> VectorStore.Place? {
    guard let bytes = try value(for: PostingLayout.key(ofID: id), in: StoredTable.assignments) else { return nil }
    guard let place = StoredPlace.read(bytes) else {
      throw store.corrupted(StoredTable.assignments, "the place of id \(id)")
    }
    return place
  }
}
