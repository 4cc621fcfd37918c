import OrderedStore
import VectorCore

extension FileFractal {
  /// Checks the invariants of `FractalCore`, and without open changes also that the file has the same contents as the
  /// memory.
  ///
  /// - Throws: `BrokenInvariant`, or the error of a file that cannot be read.
  /// - Complexity: O(n·d).
  func checkInvariants() throws {
    let reader: any StoreReader
    switch try content {
    case .memory(let index):
      try index.checkInvariants()
      guard !isChanged else { return }
      reader = try file.store.snapshot()
      let stored = try file.read(reader).index
      guard stored.summary == index.summary else {
        throw BrokenInvariant(description: "the file holds what the index in memory does")
      }
    case .mapped(let stored): reader = stored.reader
    }
    let (index, contents) = try file.read(reader)
    try index.checkInvariants()
    let leaves = index.tree.leaves
    let layout = file.layout
    func chunks(of size: Int) -> Int {
      leaves.reduce(0) { $0 + (index.store.lists[$1.postings].count + size - 1) / size }
    }
    let buffers = ([Cluster.outliers] + leaves.map(\.buffer)).count { index.store.lists[$0].count > 0 }
    for (table, expected) in [
      (StoredTable.clusters, index.tree.all.count), (StoredTable.postings, chunks(of: layout.chunkRows)),
      (StoredTable.vectors, layout.keepsVectors ? chunks(of: layout.vectorRows) : 0), (StoredTable.buffers, buffers),
    ] {
      let found = try reader.count(of: table)
      guard found == expected else {
        throw BrokenInvariant(description: "\(table) has \(expected) keys, not \(found)")
      }
    }
    guard contents.clusters == Set(index.tree.all.map(\.id)) else {
      throw BrokenInvariant(description: "every stored cluster is in the tree")
    }
    let cursor = try reader.cursor(in: StoredTable.metadata)
    while let key = try cursor.nextKey() {
      guard let id = PostingLayout.id(ofKey: key), index.store.places[id] != nil else {
        throw BrokenInvariant(description: "metadata is of a vector that is there")
      }
    }
  }
}

extension FractalCore {
  /// Everything that is equal, bit by bit, in two indexes with the same history.
  fileprivate var summary: [[UInt64]] {
    var summary: [[UInt64]] = [
      [tree.nextID, store.nextSequence, UInt64(trainings), UInt64(outliers.count), UInt64(outliers.insertions)],
      (outliers.limit.center + [outliers.limit.squaredRadius]).map { UInt64($0.bitPattern) },
      [margins.margins.sampled, margins.count, margins.changes].map(UInt64.init),
      margins.margins.quantiles.map { UInt64($0.bitPattern) },
      store.lists[Cluster.outliers].ids, store.lists[Cluster.outliers].sequences,
      keptVectors(of: Cluster.outliers).bits,
    ]
    for cluster in tree.all {
      summary.append([cluster.id, UInt64(cluster.population), UInt64(cluster.raisedLimit)])
      summary.append(cluster.children.map(\.id))
      summary.append(cluster.sums.map(\.bitPattern))
      guard cluster.isLeaf else { continue }
      for number in [cluster.postings, cluster.buffer] {
        let list = store.lists[number]
        summary += [list.ids, list.sequences]
        summary.append(keptVectors(of: number).bits)
        if number == cluster.postings { summary.append(list.productCodes(of: 0..<list.count).map(UInt64.init)) }
      }
    }
    return summary
  }
}

extension Matrix {
  fileprivate var bits: [UInt64] { (0..<rows * columns).map { UInt64(baseAddress[$0].bitPattern) } }
}
