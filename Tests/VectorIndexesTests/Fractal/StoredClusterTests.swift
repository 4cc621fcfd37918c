import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// What a file says of its clusters is looked at before memory is taken for it or a search goes by it.
@Suite struct StoredClusterTests {
  private let fixtures: PersistentFixtures
  private let store = MemoryStore()
  private let setup: IndexSetup<PersistentFractalIndex>
  private let root: Cluster
  private let leaf: Cluster
  private let nextID: UInt64

  init() throws {
    fixtures = try PersistentFixtures()
    setup = fixtures.fractal(dimension: 4)
    let index = try PersistentFractalIndex(
      openOrMake: store, at: "store", dimension: 4, metric: .euclidean, parameters: setup.parameters(), seed: 7)
    let vectors = setup.vectors(300, seed: 1)
    try index.train(vectors, threads: 1)
    try index.insertBatch(
      ids: (0..<300).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    try index.commit()
    root = index.tree.root
    leaf = try #require(index.tree.leaves.last)
    nextID = index.tree.nextID
    try #require(index.tree.depth > 1 && index.tree.leaves.count > 3)
  }

  /// Changes what is stored, expects whoever opens the index to be told of a table, and puts the old contents back.
  private func expectRefusal(_ table: String, _ name: String, _ change: (any StoreTransaction) throws -> Void) throws {
    let before = try store.snapshot()
    let transaction = try store.begin()
    try change(transaction)
    try transaction.commit()
    let uses: [() throws -> PersistentFractalIndex] = [
      { try PersistentFractalIndex(readOnly: store, at: "store") },
      {
        try PersistentFractalIndex(
          openOrMake: store, at: "store", dimension: 4, metric: .euclidean, parameters: setup.parameters(), seed: 7)
      },
    ]
    for open in uses {
      let error = #expect(throws: IndexError.self, "\(name)") { _ = try open() }
      guard let failure = error?.storeError, case .corrupted = failure.reason, failure.table == table else {
        Issue.record("\(name): \(String(describing: error))")
        continue
      }
    }
    try store.write { transaction throws(StoreError) in
      for table in [StoredTable.clusters, StoredTable.meta] {
        try transaction.clear(table)
        let cursor = try before.cursor(in: table)
        while let entry = try cursor.next() {
          try transaction.put(Array(entry.value), for: Array(entry.key), in: table)
        }
      }
    }
  }

  /// Changes the record of a cluster.
  private func expectRefusal<Value: BitwiseCopyable>(
    of value: Value, at offset: Int, in cluster: Cluster, _ name: String
  ) throws {
    try expectRefusal(StoredTable.clusters, name) { transaction in
      let key = PostingLayout.key(ofID: cluster.id)
      var bytes = try #require(try transaction.bytes(for: key, in: StoredTable.clusters))
      bytes.withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: offset, as: Value.self) }
      try transaction.put(bytes, for: key, in: StoredTable.clusters)
    }
  }

  @Test func fieldsThatNoTreeHasAreRefused() throws {
    _ = try PersistentFractalIndex(readOnly: store, at: "store")
    for slot in [0, UInt32(root.slot), UInt32(nextID) + 1, 1 << 29, .max] {
      try expectRefusal(of: slot, at: 0, in: leaf, "slot \(slot)")
    }
    try expectRefusal(of: UInt32(1) << 30, at: 4, in: root, "children that the record has no room for")
    for population in [Int64(leaf.population) + 1, 0, -1, .max] {
      try expectRefusal(of: population, at: 8, in: leaf, "population \(population)")
    }
    try expectRefusal(of: Int64(root.population) - 1, at: 8, in: root, "fewer than the children have")
    try expectRefusal(of: Int64(-1), at: 16, in: leaf, "a negative limit")
    try expectRefusal(of: Double.nan, at: 32, in: leaf, "a sum that is not a number")
    try expectRefusal(of: Double.infinity, at: 40, in: leaf, "a centroid at infinity")
    for child in [root.id, leaf.id, nextID, .max] where child != root.children[0].id {
      try expectRefusal(of: child, at: 40, in: root, "child \(child)")
    }
  }

  @Test func aTreeIsNoDeeperThanItMayBe() throws {
    try expectRefusal(StoredTable.clusters, "too deep") { transaction in
      // A chain of clusters above the root, each with all that is below it.
      for number in 0..<100_000 as Range<UInt64> {
        let cluster = Cluster(
          id: nextID + number, slot: Int(nextID + number), population: root.population, sums: root.sums,
          greatestSum: 0, raisedLimit: root.raisedLimit, waitsForRoom: false)
        let below =
          number == 0
          ? root
          : Cluster(id: nextID + number - 1, slot: 1, dimension: 4)
        cluster.adopt([below], metric: .euclidean)
        try StoredCluster.write(cluster, to: transaction)
      }
      try StoredMeta.put(nextID + 100_000, "next_cluster", in: transaction)
      try StoredMeta.put(nextID + 99_999, "root", in: transaction)
    }
  }

  @Test func countsAddUp() throws {
    try expectRefusal(StoredTable.clusters, "a cluster that is not in the tree") { transaction in
      let bytes = try #require(
        try transaction.bytes(for: PostingLayout.key(ofID: leaf.id), in: StoredTable.clusters))
      try transaction.put(bytes, for: PostingLayout.key(ofID: nextID + 5), in: StoredTable.clusters)
    }
    for count in [1, 299, 301] {
      try expectRefusal(StoredTable.meta, "count \(count)") { try StoredMeta.put(count, "count", in: $0) }
    }
    let index = try PersistentFractalIndex(readOnly: store, at: "store")
    #expect(index.count == 300)
  }
}
