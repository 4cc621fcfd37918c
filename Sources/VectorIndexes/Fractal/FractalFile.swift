import OrderedStore
import VectorCore

/// Reads and writes a fractal index in an ordered store.
///
/// Tables: `meta`, `codebooks`, `clusters`, `postings`, `vectors`, `buffers`, `metadata`. A list has the number of its
/// leaf's slot in the tree. There is no table of ids: only an index opened for writing needs the places of ids, and it
/// reads all lists.
struct FractalFile {
  let store: any OrderedStore
  let place: StorePlace
  let dimension: Int
  let metric: Metric
  let seed: UInt64
  let settings: FractalSettings

  private static let boundsKey: [UInt8] = [255]
  private static let outlierCenterKey: [UInt8] = [254]

  var layout: PostingLayout {
    PostingLayout(
      shape: settings.coding.shape, format: settings.coding.rowFormat(dimension: dimension))
  }

  // MARK: Writing

  /// Writes everything that has changed since the last commit.
  ///
  /// - Parameters:
  ///   - old: the contents of the last commit; `nil` if nothing was committed yet.
  ///   - metadata: the ids whose metadata may have changed.
  /// - Returns: the contents written.
  func write(
    _ index: FractalCore, since old: FractalContents?, metadata: Set<UInt64>, to transaction: any StoreTransaction
  ) throws(StoreError) -> FractalContents {
    let contents = FractalContents(of: index)
    try writeTree(index.tree, since: old, contents, to: transaction)
    let lists = ListWriter(transaction: transaction, place: place, layout: layout)
    for (number, list) in index.store.lists.enumerated() where !list.isWritten {
      if Cluster.isBuffer(number) {
        try StoredBuffer.write(list, number, to: transaction)
      } else {
        try write(list, UInt32(number), to: lists)
      }
    }
    for id in metadata {
      let (fields, key) = (index.store.metadata[id], PostingLayout.key(ofID: id))
      if fields.isEmpty {
        try transaction.remove(key, from: StoredTable.metadata)
      } else {
        try transaction.put(StoredMetadata.encode(fields), for: key, in: StoredTable.metadata)
      }
    }
    if let trained = index.trained, contents.trainings != old?.trainings {
      try StoredCoder.write(trained.coder, to: transaction)
      if let bounds = trained.bounds {
        try transaction.put(Matrix([bounds.middle, bounds.step]), for: Self.boundsKey, in: StoredTable.codebooks)
      }
    }
    // The training count is written next to the codebooks, in a table that a training clears.
    try transaction.put(
      Matrix([index.outliers.limit.center]), for: Self.outlierCenterKey, in: StoredTable.codebooks)
    try contents.write(since: old, to: transaction)
    return contents
  }

  private func writeTree(
    _ tree: ClusterTree, since old: FractalContents?, _ new: FractalContents, to transaction: any StoreTransaction
  ) throws(StoreError) {
    for case let cluster? in tree.clusters where cluster.isChanged {
      try StoredCluster.write(cluster, to: transaction)
    }
    for id in old?.clusters.subtracting(new.clusters) ?? [] {
      try transaction.remove(PostingLayout.key(ofID: id), from: StoredTable.clusters)
    }
  }

  /// Writes the rows of a list that differ from the stored ones.
  private func write(_ list: VectorList, _ number: UInt32, to lists: ListWriter) throws(StoreError) {
    let kept = list.written.unchanged
    try lists.truncate(number, from: list.written.count, to: kept)
    try lists.append(list.count - kept, to: number, behind: kept) { added, chunk, row in
      chunk.ids[row] = list.ids[kept + added]
      chunk.sequences[row] = list.sequences[kept + added]
      list.copyProductCode(kept + added, to: chunk.cells, at: row)
    } writeVector: { added, row in
      row.copyMemory(from: list.row(kept + added), byteCount: list.format.rowBytes)
    }
  }

  // MARK: Reading

  /// Reads the tree as of the reader's snapshot.
  func readTree(_ reader: any StoreReader, _ contents: FractalContents) throws(StoreError) -> ClusterTree {
    let root = try StoredCluster.readTree(
      contents, of: reader, limits: settings.limits, dimension: dimension, metric: metric, place: place)
    return ClusterTree(
      dimension: dimension, metric: metric, limits: settings.limits, seed: seed, root: root,
      nextID: contents.nextCluster)
  }

  /// Reads the codebooks as of the reader's snapshot; `nil` before training.
  func readTrained(
    _ reader: any StoreReader, _ contents: FractalContents
  ) throws(StoreError) -> FractalCore.Trained? {
    guard contents.trainings > 0 else { return nil }
    let coder = try StoredCoder.read(
      reader, place: place, coding: settings.coding, centers: nil, outlierList: nil,
      dimension: dimension, metric: metric, threads: 1)
    guard ScalarQuantizer.supports(metric) else { return FractalCore.Trained(coder: coder, bounds: nil) }
    let ranges = try reader.matrix(2, dimension, Self.boundsKey, in: StoredTable.codebooks, place)
    let origin = metric == .dot ? Array(repeating: 0, count: dimension) : coder.centers.floats
    return FractalCore.Trained(
      coder: coder,
      bounds: ScalarQuantizer(
        metric: metric, origin: origin, middle: ranges[rows: 0..<1].floats, step: ranges[rows: 1..<2].floats))
  }

  /// Reads the whole index into memory, as of the reader's snapshot. - Complexity: O(n·d).
  func read(_ reader: any StoreReader) throws(StoreError) -> (index: FractalCore, contents: FractalContents) {
    let contents = try FractalContents(reader, place: place)
    let tree = try readTree(reader, contents)
    let trained = try readTrained(reader, contents)
    let index = FractalCore(
      settings: settings, seed: seed, tree: tree, trained: trained,
      codingError: trained.map { contents.codingError(of: $0.coder) }, trainings: contents.trainings,
      outliers: contents.outliers(
        around: try reader.matrix(1, dimension, Self.outlierCenterKey, in: StoredTable.codebooks, place).floats),
      margins: contents.margins)
    let stored = StoredLists(
      reader, place: place, layout: layout, metric: metric, lists: index.store.lists.count, count: contents.count)
    for leaf in tree.leaves { try read(leaf.postings, of: stored, into: index.store.lists[leaf.postings]) }
    for buffer in [Cluster.outliers] + tree.leaves.map(\.buffer) {
      try StoredBuffer.read(buffer, into: index.store.lists[buffer], of: reader, place: place)
      index.boundRows(ofBuffer: buffer)
    }
    for leaf in tree.leaves {
      try checkPopulation(of: leaf, index.store.lists[leaf.postings].count, index.store.lists[leaf.buffer].count)
    }
    for list in [Cluster.outliers] + tree.leaves.flatMap({ [$0.postings, $0.buffer] }) {
      index.store.adoptRows(of: list)
      index.store.lists[list].noteWritten()
    }
    index.store.restore(try reader.metadata(place))
    index.store.restore(nextSequence: contents.nextSequence)
    guard index.count == contents.count else {
      throw place.corrupted(StoredTable.meta, "\(index.count) vectors, not \(contents.count)")
    }
    return (index, contents)
  }

  /// - Throws: `corrupted` if the lists of the leaf do not have the number of vectors that the leaf states.
  func checkPopulation(of leaf: Cluster, _ postings: Int, _ buffer: Int) throws(StoreError) {
    guard postings + buffer == leaf.population else {
      throw place.corrupted(StoredTable.clusters, "the population of cluster \(leaf.id)")
    }
  }

  private func read(_ number: Int, of stored: StoredLists, into list: VectorList) throws(StoreError) {
    try stored.find(UInt32(number))
    let rows = stored.rowCount(of: UInt32(number))
    @Sendable func place(_ row: Int) -> RowPlace {
      RowPlace(list: UInt32(number), offset: UInt32(row))
    }
    let rowBytes = list.format.rowBytes
    list.append(
      ids: (0..<rows).map { stored.id(at: place($0)) }, sequences: (0..<rows).map { stored.sequence(at: place($0)) },
      threads: 1
    ) { row, target in
      if rowBytes > 0 { target.copyMemory(from: stored.row(at: place(row)), byteCount: rowBytes) }
    }
    stored.forEachChunk(of: UInt32(number)) { list.append(productCodes: $0.cells, count: $0.rows) }
  }
}
