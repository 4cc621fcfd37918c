import Foundation
import OrderedStore
import Synchronization
import VectorCore

/// The lists of an index as one reader of its store sees them: found once, when a search first looks at them, and from
/// then on read where they lie.
///
/// What is found is checked: the store's checksums go over all bytes of a list. Several threads may search meanwhile;
/// those that find lists take turns. Unchecked because the lists' pointers, once published, never change.
final class StoredLists: BlockSource, @unchecked Sendable {
  /// A list's chunks in their order, where they lie.
  private struct List {
    let count: Int
    let chunks: UnsafeMutablePointer<PostingChunk>
    let vectors: UnsafeMutablePointer<UnsafeRawPointer>
  }

  let metric: Metric
  let listCount: Int
  let count: Int
  private let reader: any StoreReader
  private let place: StorePlace
  private let layout: PostingLayout
  private let lists: UnsafeMutablePointer<Atomic<UnsafeMutablePointer<List>?>>
  private let loadedCount = Atomic<Int>(0)
  /// Held while something is looked for in the store.
  private let lock = NSLock()
  private var metadata: MetadataTable?
  private let chunkBytes = Atomic<Int>(0)

  /// - Parameter reader: whose bytes stay where they are while these lists are in use.
  init(_ reader: any StoreReader, place: StorePlace, layout: PostingLayout, metric: Metric, lists: Int, count: Int) {
    self.reader = reader
    self.place = place
    self.layout = layout
    self.metric = metric
    listCount = lists
    self.count = count
    self.lists = .allocate(capacity: lists)
    for list in 0..<lists { (self.lists + list).initialize(to: Atomic(nil)) }
  }

  deinit {
    for number in 0..<listCount {
      guard let list = lists[number].load(ordering: .relaxed) else { continue }
      list.pointee.chunks.deallocate()
      list.pointee.vectors.deallocate()
      list.deallocate()
    }
    lists.deinitialize(count: listCount)
    lists.deallocate()
  }

  var format: RowFormat { layout.format }

  var isLoaded: Bool { loadedCount.load(ordering: .relaxed) == listCount }

  /// Bytes of the tables of where things are, and of the metadata once they are read; the lists are the system's pages.
  var memoryBytes: Int {
    let tables = listCount * MemoryLayout<UnsafeRawPointer>.stride + chunkBytes.load(ordering: .relaxed)
    return tables + lock.withLock { metadata?.memoryBytes ?? 0 }
  }

  // MARK: Finding

  /// - Complexity: O(bytes of the lists) when they have not been looked at before, else O(lists).
  func load(_ numbers: [UInt32], metadata: Bool) throws(IndexError) {
    for number in numbers where lists[Int(number)].load(ordering: .acquiring) == nil { try load(number) }
    if metadata { try loadMetadata() }
  }

  /// Makes all lists readable.
  func loadAll() throws(IndexError) { try load((0..<listCount).map(UInt32.init), metadata: false) }

  private func load(_ number: UInt32) throws(IndexError) {
    lock.lock()
    defer { lock.unlock() }
    guard lists[Int(number)].load(ordering: .relaxed) == nil else { return }
    do throws(StoreError) {
      let chunks = try findChunks(of: number)
      let count = chunks.reduce(0) { $0 + $1.rows }
      let vectors = try findVectors(of: number, count: count)
      let list = UnsafeMutablePointer<List>.allocate(capacity: 1)
      list.initialize(to: List(count: count, chunks: copy(chunks), vectors: copy(vectors)))
      lists[Int(number)].store(list, ordering: .releasing)
      loadedCount.add(1, ordering: .relaxed)
    } catch { throw .storage(error) }
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
    guard layout.keepsVectors else { return [] }
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
    do throws(StoreError) {
      var table = MetadataTable()
      let cursor = try reader.cursor(in: StoredTable.metadata)
      while let entry = try cursor.next() {
        guard let id = PostingLayout.id(ofKey: entry.key), let fields = StoredMetadata.decode(entry.value) else {
          throw place.corrupted(StoredTable.metadata, "not the metadata of a vector")
        }
        table[id] = fields
      }
      metadata = table
    } catch { throw .storage(error) }
  }

  // MARK: Reading

  private func list(_ number: UInt32) -> List {
    guard let list = lists[Int(number)].load(ordering: .acquiring) else {
      preconditionFailure("list \(number) is read before it is loaded")
    }
    return list.pointee
  }

  /// Where a vector is; nil when there is none of this id. - Complexity: O(log n).
  func place(of id: UInt64) throws(IndexError) -> VectorStore.Place? {
    try storing { () throws(StoreError) in try reader.place(of: id, place) }
  }

  /// The rows of a list, which has been loaded.
  func rows(of number: UInt32) -> Int { list(number).count }

  func forEachRows(of number: UInt32, _ body: (CodedRows) -> Void) {
    let list = list(number)
    var first = 0
    var chunk = list.chunks
    while first < list.count {
      let blocks = chunk.pointee.cells.base.assumingMemoryBound(to: UInt8.self)
      body(
        CodedRows(
          list: number, first: first, count: chunk.pointee.rows, blocks: blocks, shape: layout.shape, origins: nil))
      first += chunk.pointee.rows
      chunk += 1
    }
  }

  func echoes(of list: UInt32) -> CodedRows? { nil }

  func firstBlock(of number: UInt32) -> UnsafePointer<UInt8>? {
    let list = list(number)
    return list.count > 0 ? UnsafePointer(list.chunks[0].cells.base.assumingMemoryBound(to: UInt8.self)) : nil
  }

  func id(at place: VectorStore.Place) -> UInt64 {
    let (chunk, row) = posting(place)
    return chunk.ids[row]
  }

  func sequence(at place: VectorStore.Place) -> UInt64 {
    let (chunk, row) = posting(place)
    return chunk.sequences[row]
  }

  func metadata(at place: VectorStore.Place) -> Metadata { metadata?[id(at: place)] ?? [:] }

  func row(at place: VectorStore.Place) -> UnsafeRawPointer {
    let (chunk, row) = Int(place.offset).quotientAndRemainder(dividingBy: layout.vectorRows)
    return list(place.list).vectors[chunk] + row * layout.format.rowBytes
  }

  /// Writes the row-major code at a place to `code`. - Complexity: O(m).
  func readProductCode(at place: VectorStore.Place, into code: UnsafeMutablePointer<UInt8>) {
    let (chunk, row) = posting(place)
    chunk.cells.read(row, into: code)
  }

  private func posting(_ place: VectorStore.Place) -> (PostingChunk, row: Int) {
    let (chunk, row) = Int(place.offset).quotientAndRemainder(dividingBy: layout.chunkRows)
    return (list(place.list).chunks[chunk], row)
  }
}
