import Foundation
import OrderedStore
import Synchronization
import VectorCore

/// The lists of an index as one reader of its store sees them, read from the mapped file.
///
/// The addresses of a list are found when a search first visits it.
///
/// A list is checked when it is found: the checksums of the store cover all its bytes. Several threads may search at
/// the same time; the threads that find new lists take turns. `@unchecked Sendable`: the pointers of a list never
/// change once they are published.
final class StoredLists: ReadableSource, @unchecked Sendable {
  /// The addresses of a list's chunks, in order.
  private struct List {
    let count: Int
    let chunks: UnsafeMutablePointer<PostingChunk>
    let vectors: UnsafeMutablePointer<UnsafeRawPointer>
  }

  let metric: Metric
  let listCount: Int
  let count: Int
  /// Whether there are spilled copies; `lists` has these after all lists of vectors.
  let hasSpilledRows: Bool
  private let slots: Int
  private let reader: any StoreReader
  private let place: StorePlace
  private let layout: PostingLayout
  private let lists: UnsafeMutablePointer<Atomic<UnsafeMutablePointer<List>?>>
  private let loadedCount = Atomic<Int>(0)
  /// Whether all lists have been found, and the places of their spilled copies checked.
  private let isComplete = Atomic<Bool>(false)
  /// Held while a list is looked up in the store.
  private let lock = NSLock()
  private var metadata: MetadataTable?
  /// The rows of no list ever change.
  private let version = UniqueNumber.next()
  private let chunkBytes = Atomic<Int>(0)

  /// - Parameter reader: its bytes must stay at their addresses while these lists are in use.
  init(
    _ reader: any StoreReader, place: StorePlace, layout: PostingLayout, metric: Metric, lists: Int,
    hasCopies: Bool = false, count: Int
  ) {
    self.reader = reader
    self.place = place
    self.layout = layout
    self.metric = metric
    listCount = lists
    hasSpilledRows = hasCopies
    self.count = count
    slots = hasSpilledRows ? 2 * lists : lists
    self.lists = .allocate(capacity: slots)
    for slot in 0..<slots { (self.lists + slot).initialize(to: Atomic(nil)) }
  }

  deinit {
    for slot in 0..<slots {
      guard let list = lists[slot].load(ordering: .relaxed) else { continue }
      list.pointee.chunks.deallocate()
      list.pointee.vectors.deallocate()
      list.deallocate()
    }
    lists.deinitialize(count: slots)
    lists.deallocate()
  }

  var format: RowFormat { layout.format }

  var isLoaded: Bool {
    hasSpilledRows ? isComplete.load(ordering: .acquiring) : loadedCount.load(ordering: .relaxed) == slots
  }

  private func slot(ofCopiesOf list: UInt32) -> UInt32 { UInt32(listCount) + list }

  /// Bytes of the tables of addresses, and of the metadata once they are read; the mapped lists are not counted.
  var memoryBytes: Int {
    let tables = slots * MemoryLayout<UnsafeRawPointer>.stride + chunkBytes.load(ordering: .relaxed)
    return tables + lock.withLock { metadata?.memoryBytes ?? 0 }
  }

  // MARK: Finding lists

  /// Finds these lists. With spilled copies it finds all lists, because copies in one list belong to vectors in all the
  /// others.
  ///
  /// - Complexity: O(bytes of the lists) if they have not been visited before, otherwise O(lists).
  func load(_ numbers: [UInt32], metadata: Bool) throws(IndexError) {
    if hasSpilledRows {
      if !isLoaded { try loadAll() }
    } else {
      for number in numbers where lists[Int(number)].load(ordering: .acquiring) == nil { try load(slot: number) }
    }
    if metadata { try loadMetadata() }
  }

  /// Finds all lists.
  func loadAll() throws(IndexError) {
    for slot in 0..<UInt32(slots) { try load(slot: slot) }
    guard hasSpilledRows else { return }
    var misplaced: (list: UInt32, row: Int)?
    for list in 0..<UInt32(listCount) {
      forEachCopy(of: list) { row, _, origin in if !holds(origin) { misplaced = misplaced ?? (list, row) } }
    }
    if let misplaced {
      throw .storage(
        place.corrupted(StoredTable.postings, "the place of spilled copy \(misplaced.row) of list \(misplaced.list)"))
    }
    isComplete.store(true, ordering: .releasing)
  }

  /// Whether there is a row at this place, whose list has been found.
  private func holds(_ place: RowPlace) -> Bool {
    place.list < listCount && place.offset < rowCount(of: place.list)
  }

  private func load(slot: UInt32) throws(IndexError) {
    try storing { () throws(StoreError) in try find(slot) }
  }

  /// Finds a list unless it has been found; slots after those of all lists are their spilled copies.
  func find(_ slot: UInt32) throws(StoreError) {
    lock.lock()
    defer { lock.unlock() }
    guard lists[Int(slot)].load(ordering: .relaxed) == nil else { return }
    let number = slot < listCount ? slot : PostingLayout.copies(of: slot - UInt32(listCount))
    let chunks = try findChunks(of: number)
    let count = chunks.reduce(0) { $0 + $1.rows }
    let vectors = try findVectors(of: number, count: count)
    let list = UnsafeMutablePointer<List>.allocate(capacity: 1)
    list.initialize(to: List(count: count, chunks: copy(chunks), vectors: copy(vectors)))
    lists[Int(slot)].store(list, ordering: .releasing)
    loadedCount.add(1, ordering: .relaxed)
  }

  private func copy<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let copy = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
    copy.initialize(from: elements, count: elements.count)
    chunkBytes.add(elements.count * MemoryLayout<Element>.stride, ordering: .relaxed)
    return copy
  }

  private func findChunks(of list: UInt32) throws(StoreError) -> [PostingChunk] {
    var chunks: [PostingChunk] = []
    let cursor = try reader.cursor(in: StoredTable.postings, over: .prefix(PostingLayout.key(list)))
    while let entry = try cursor.next() {
      guard PostingLayout.chunk(ofKey: entry.key) == chunks.count,
        chunks.last.map({ $0.rows == layout.chunkRows }) ?? true,
        let chunk = PostingChunk(stored: entry.value, layout: layout)
      else { throw place.corrupted(StoredTable.postings, "chunk \(chunks.count) of list \(list)") }
      chunks.append(chunk)
    }
    return chunks
  }

  private func findVectors(of list: UInt32, count: Int) throws(StoreError) -> [UnsafeRawPointer] {
    guard layout.keepsVectors(of: list) else { return [] }
    var chunks: [UnsafeRawPointer] = []
    let cursor = try reader.cursor(in: StoredTable.vectors, over: .prefix(PostingLayout.key(list)))
    while let entry = try cursor.next() {
      let rows = min(layout.vectorRows, count - chunks.count * layout.vectorRows)
      guard PostingLayout.chunk(ofKey: entry.key) == chunks.count, rows > 0,
        entry.value.count >= layout.vectorBytes(rows: rows), let base = entry.value.baseAddress
      else { throw place.corrupted(StoredTable.vectors, "chunk \(chunks.count) of list \(list)") }
      chunks.append(base)
    }
    guard chunks.count * layout.vectorRows >= count else {
      throw place.corrupted(StoredTable.vectors, "chunk \(chunks.count) of list \(list) is missing")
    }
    return chunks
  }

  private func loadMetadata() throws(IndexError) {
    lock.lock()
    defer { lock.unlock() }
    guard metadata == nil else { return }
    metadata = try storing { () throws(StoreError) in try reader.metadata(place) }
  }

  // MARK: Reading

  private func list(_ number: UInt32) -> List {
    guard let list = lists[Int(number)].load(ordering: .acquiring) else {
      preconditionFailure("list \(number) is read before it is loaded")
    }
    return list.pointee
  }

  /// The place of a vector, whose list is then found; `nil` when no vector has this id.
  ///
  /// - Complexity: O(log n), plus O(bytes of the list) if it has not been visited before.
  func place(of id: UInt64) throws(IndexError) -> RowPlace? {
    try storing { () throws(StoreError) in
      guard let found = try reader.place(of: id, place) else { return nil }
      if found.list < listCount { try find(found.list) }
      guard holds(found) else { throw place.corrupted(StoredTable.assignments, "the place of id \(id)") }
      return found
    }
  }

  /// The metadata of an id; `nil` when no vector has this id. - Complexity: O(log n).
  func metadata(of id: UInt64) throws(IndexError) -> Metadata? {
    guard try place(of: id) != nil else { return nil }
    return try storing { () throws(StoreError) in try reader.metadata(of: id, place) }
  }

  /// The rows of a list, whether it has been loaded or not.
  ///
  /// - Complexity: O(1), or O(log n) when it has not.
  func countRows(of number: UInt32) throws(IndexError) -> Int {
    if let list = lists[Int(number)].load(ordering: .acquiring) { return list.pointee.count }
    return try storing { () throws(StoreError) in try reader.rowCount(of: number, layout, place) }
  }

  /// The rows of a list, which has been loaded.
  func rowCount(of number: UInt32) -> Int { list(number).count }

  func forEachRows(of number: UInt32, _ body: (CodedRows) -> Void) {
    var first = 0
    forEachChunk(of: number) { chunk in
      let blocks = chunk.cells.base.assumingMemoryBound(to: UInt8.self)
      body(CodedRows(list: number, first: first, count: chunk.rows, blocks: blocks, shape: layout.shape, origins: nil))
      first += chunk.rows
    }
  }

  /// Passes the chunks of postings of a list, which has been found, to `body` in order.
  func forEachChunk(of number: UInt32, _ body: (PostingChunk) -> Void) {
    let list = list(number)
    var first = 0
    var chunk = list.chunks
    while first < list.count {
      body(chunk.pointee)
      first += chunk.pointee.rows
      chunk += 1
    }
  }

  func forEachSpilledRows(of number: UInt32, _ body: (CodedRows) -> Void) {
    guard hasSpilledRows else { return }
    forEachChunk(of: slot(ofCopiesOf: number)) { chunk in
      let blocks = chunk.cells.base.assumingMemoryBound(to: UInt8.self)
      body(
        CodedRows(list: number, count: chunk.rows, blocks: blocks, shape: layout.shape, origins: chunk.origins))
    }
  }

  /// Passes each spilled copy of a list to `body`: its row, the id of its vector, and the vector's place.
  func forEachCopy(of number: UInt32, _ body: (_ row: Int, _ id: UInt64, _ origin: RowPlace) -> Void) {
    guard hasSpilledRows else { return }
    var row = 0
    forEachChunk(of: slot(ofCopiesOf: number)) { chunk in
      for place in 0..<chunk.rows {
        body(row, chunk.ids[place], chunk.origins[place])
        row += 1
      }
    }
  }

  func codes(of number: UInt32) -> UnsafeRawBufferPointer {
    let list = list(number)
    guard list.count > 0 else { return .none }
    let blocks = (list.chunks[0].rows + layout.shape.lanes - 1) / layout.shape.lanes
    return UnsafeRawBufferPointer(start: list.chunks[0].cells.base, count: blocks * layout.shape.blockBytes)
  }

  func id(at place: RowPlace) -> UInt64 {
    let (chunk, row) = posting(place)
    return chunk.ids[row]
  }

  func sequence(at place: RowPlace) -> UInt64 {
    let (chunk, row) = posting(place)
    return chunk.sequences[row]
  }

  var metadataTable: MetadataTable { metadata ?? MetadataTable() }

  func version(of list: UInt32) -> UInt64 { version }

  func withIDs(of number: UInt32, _ body: (UnsafeBufferPointer<UInt64>) -> Void) {
    var ids: [UInt64] = []
    forEachChunk(of: number) { chunk in ids.append(contentsOf: UnsafeBufferPointer(start: chunk.ids, count: chunk.rows))
    }
    ids.withUnsafeBufferPointer(body)
  }

  func row(at place: RowPlace) -> UnsafeRawPointer {
    let (chunk, row) = Int(place.offset).quotientAndRemainder(dividingBy: layout.vectorRows)
    return list(place.list).vectors[chunk] + row * layout.format.rowBytes
  }

  /// The places of all rows; all lists have been found.
  func placesBySequence() -> [RowPlace] {
    var places: [(sequence: UInt64, place: RowPlace)] = []
    places.reserveCapacity(count)
    for list in 0..<UInt32(listCount) {
      for row in 0..<rowCount(of: list) {
        let place = RowPlace(list: list, offset: UInt32(row))
        places.append((sequence(at: place), place))
      }
    }
    places.sort { $0.sequence < $1.sequence }
    return places.map(\.place)
  }

  func readProductCode(at place: RowPlace, into code: UnsafeMutablePointer<UInt8>) {
    let (chunk, row) = posting(place)
    chunk.cells.read(row, into: code)
  }

  func correction(at place: RowPlace) -> ProductCorrection {
    let (chunk, row) = posting(place)
    return chunk.cells.correction(of: row)
  }

  private func posting(_ place: RowPlace) -> (PostingChunk, row: Int) {
    let (chunk, row) = Int(place.offset).quotientAndRemainder(dividingBy: layout.chunkRows)
    return (list(place.list).chunks[chunk], row)
  }
}
