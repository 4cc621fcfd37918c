import Foundation
import OrderedStore
import Synchronization
import VectorCore

/// A trained fractal index as one reader of its store sees it.
///
/// The tree is in memory. Postings and their vectors are read from the mapped file. The first search that visits a leaf
/// checks them and copies the leaf's buffer. Several threads may search at the same time; the threads that visit new
/// leaves take turns. `@unchecked Sendable`: what has been loaded is published once and never changes.
final class StoredFractal: BlockSource, @unchecked Sendable {
  let contents: FractalContents
  let tree: ClusterTree
  let trained: FractalCore.Trained
  let reader: any StoreReader
  private let file: FractalFile
  private let postings: StoredLists
  /// The buffers, numbered as the lists of the tree; the other lists are empty.
  private let buffers: VectorStore
  /// By slot: whether the postings and the buffer of the leaf, or the outliers, have been loaded.
  private let isFound: UnsafeMutablePointer<Atomic<Bool>>
  private let found = Atomic<Int>(0)
  /// Held while something is loaded from the store.
  private let lock = NSLock()
  private var hasMetadata = false

  init(
    _ file: FractalFile, _ reader: any StoreReader, _ contents: FractalContents, _ trained: FractalCore.Trained
  ) throws(StoreError) {
    self.file = file
    self.reader = reader
    self.contents = contents
    self.trained = trained
    tree = try file.readTree(reader, contents)
    let outliers = try StoredBuffer.rows(Cluster.outliers, of: reader, place: file.place)
    guard tree.root.population == contents.count - outliers else {
      throw file.place.corrupted(
        StoredTable.meta, "\(contents.count) vectors, not \(tree.root.population) and \(outliers) outliers")
    }
    let slots = tree.clusters.count
    postings = StoredLists(
      reader, place: file.place, layout: file.layout, metric: file.metric, lists: 2 * slots, count: contents.count)
    buffers = VectorStore(growing: file.dimension, metric: file.metric, quantizer: trained.bounds)
    for _ in 0..<2 * slots { _ = buffers.addList(format: RowFormat(encoding: .floats, dimension: file.dimension)) }
    isFound = .allocate(capacity: slots)
    for slot in 0..<slots { (isFound + slot).initialize(to: Atomic(false)) }
  }

  deinit {
    isFound.deinitialize(count: buffers.lists.count / 2)
    isFound.deallocate()
  }

  /// Bytes of the tree, codebooks, copied buffers and tables of addresses; the mapped lists are not counted.
  var memoryBytes: Int {
    tree.memoryBytes + trained.coder.memoryBytes + postings.memoryBytes + lock.withLock { buffers.memoryBytes }
  }

  // MARK: Loading

  /// - Complexity: O(bytes of the leaves) when they are visited for the first time, otherwise O(leaves).
  func load(_ lists: [UInt32], metadata: Bool) throws(IndexError) {
    for list in lists where !isFound[Cluster.slot(ofList: Int(list))].load(ordering: .acquiring) {
      let slot = Cluster.slot(ofList: Int(list))
      if slot == Cluster.outlierSlot { try findOutliers() } else { try find(tree[slot]) }
    }
    if metadata { try loadMetadata() }
  }

  private func find(_ leaf: Cluster) throws(IndexError) {
    lock.lock()
    defer { lock.unlock() }
    guard !isFound[leaf.slot].load(ordering: .relaxed) else { return }
    try postings.load([UInt32(leaf.postings)], metadata: false)
    let buffer = buffers.lists[leaf.buffer]
    try storing { () throws(StoreError) in
      try readBuffer(leaf.buffer)
      try file.checkPopulation(of: leaf, postings.rowCount(of: UInt32(leaf.postings)), buffer.count)
    }
    isFound[leaf.slot].store(true, ordering: .releasing)
    found.add(1, ordering: .relaxed)
  }

  private func findOutliers() throws(IndexError) {
    lock.lock()
    defer { lock.unlock() }
    guard !isFound[Cluster.outlierSlot].load(ordering: .relaxed) else { return }
    try storing { () throws(StoreError) in try readBuffer(Cluster.outliers) }
    isFound[Cluster.outlierSlot].store(true, ordering: .releasing)
    found.add(1, ordering: .relaxed)
  }

  private func readBuffer(_ number: Int) throws(StoreError) {
    let buffer = buffers.lists[number]
    try StoredBuffer.read(number, into: buffer, of: reader, place: file.place)
    if let bounds = trained.bounds { buffer.code(with: bounds, center: trained.coder.centers.baseAddress, threads: 1) }
  }

  private func loadMetadata() throws(IndexError) {
    lock.lock()
    defer { lock.unlock() }
    guard !hasMetadata else { return }
    buffers.restore(try storing { () throws(StoreError) in try reader.metadata(file.place) })
    hasMetadata = true
  }

  // MARK: Reading back

  /// The vector of an id; `nil` when there is none. - Complexity: O(n), plus O(bytes) for leaves not visited before.
  func vector(of id: UInt64) throws(IndexError) -> [Float]? {
    guard let place = try findPlace(of: id) else { return nil }
    return Cluster.isBuffer(Int(place.list))
      ? buffers.vectors(at: [place]).floats
      : postings.vectors(at: [place], codedBy: trained.coder, threads: 1).floats
  }

  /// The metadata of an id; `nil` when no vector has this id. - Complexity: as `vector(of:)`.
  func metadata(of id: UInt64) throws(IndexError) -> Metadata? {
    guard try findPlace(of: id) != nil else { return nil }
    return try storing { () throws(StoreError) in try reader.metadata(of: id, file.place) }
  }

  private func findPlace(of id: UInt64) throws(IndexError) -> RowPlace? {
    for leaf in tree.leaves {
      let list = UInt32(leaf.postings)
      try load([list], metadata: false)
      for row in 0..<UInt32(postings.rowCount(of: list)) where postings.id(at: RowPlace(list: list, offset: row)) == id
      {
        return RowPlace(list: list, offset: row)
      }
    }
    try load([UInt32(Cluster.outliers)], metadata: false)
    for list in [Cluster.outliers] + tree.leaves.map(\.buffer) {
      if let row = buffers.lists[list].ids.firstIndex(of: id) {
        return RowPlace(list: UInt32(list), offset: UInt32(row))
      }
    }
    return nil
  }

  // MARK: Reading

  var metric: Metric { file.metric }
  var listCount: Int { buffers.lists.count }
  var format: RowFormat { postings.format }
  var count: Int { contents.count }
  var isLoaded: Bool { found.load(ordering: .relaxed) == tree.leafCount + 1 }

  func forEachRows(of list: UInt32, _ body: (CodedRows) -> Void) { postings.forEachRows(of: list, body) }

  func codes(of list: UInt32) -> UnsafeRawBufferPointer { postings.codes(of: list) }

  func id(at place: RowPlace) -> UInt64 { postings.id(at: place) }

  func sequence(at place: RowPlace) -> UInt64 { postings.sequence(at: place) }

  var metadataTable: MetadataTable { buffers.metadata }

  func version(of list: UInt32) -> UInt64 { postings.version(of: list) }

  func rowCount(of list: UInt32) -> Int { postings.rowCount(of: list) }

  func withIDs(of list: UInt32, _ body: (UnsafeBufferPointer<UInt64>) -> Void) { postings.withIDs(of: list, body) }

  func row(at place: RowPlace) -> UnsafeRawPointer { postings.row(at: place) }

  func scanExactly(_ lists: [UInt32], filter: Filter?, scratch: ScanScratch, into answer: inout TopK) {
    buffers.scanExactly(lists, filter: filter, scratch: scratch, into: &answer)
  }
}
