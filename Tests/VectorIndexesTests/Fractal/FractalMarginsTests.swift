import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// When a tree measures what its searches for a recall go by, and what these search.
@Suite struct FractalMarginsTests {
  @Test func isDueAfterChangesInProportion() {
    func isDue(_ margins: FittedMargins, after changes: Int, of count: Int) -> Bool {
      var margins = margins
      for _ in 0..<changes { margins.countChange() }
      return margins.isDue(of: count)
    }
    #expect(!isDue(.unmeasured, after: 4095, of: 4095) && isDue(.unmeasured, after: 4096, of: 4096))
    #expect(!isDue(.unmeasured, after: 9000, of: 255) && isDue(.unmeasured, after: 9000, of: 256))
    let measured = FittedMargins(margins: .unmeasured, count: 5000, changes: 10)
    #expect(!isDue(measured, after: 14_989, of: 20_000) && isDue(measured, after: 14_990, of: 20_000))
    #expect(isDue(measured, after: 14_990, of: 300), "removals are changes, too")
  }

  /// The first 4096 vectors measure, four times as many measure again, and so does a training.
  @Test func measuresAsItGrows() throws {
    let setup = fractal(dimension: 4, ["max_leaf": "100", "min_leaf": "20", "m": "2", "max_children": "20"])
    let vectors = setup.vectors(16_385, .clustered, seed: 40)
    let index = try setup.make()
    func insert(_ rows: Range<Int>) throws {
      try index.insertBatch(
        ids: rows.map(UInt64.init), vectors: vectors[rows: rows], metadata: [], onConflict: .fail, threads: 2)
    }
    func state() -> [Int] {
      let margins = index.core.margins
      return [Int(index.statistics.figures["measurements"]!), margins.margins.sampled, margins.changes]
    }
    try insert(0..<4095)
    #expect(state() == [0, 0, 4095])
    try insert(4095..<4096)
    let outliers = Int(index.statistics.figures["outliers"]!)
    let first = 4096 - outliers
    #expect(state() == [1, first, 0])
    try index.insert(id: 7, vector: vectors.array(7), onConflict: .replace)
    #expect(try index.remove(id: 4095))
    #expect(state() == [1, first, 3], "a replaced vector is removed and inserted")
    try insert(4095..<4095 + 3 * first - 4)
    #expect(state() == [1, first, 3 * first - 1])
    #expect(try index.remove(id: 0))
    #expect(state()[0] == 2 && state()[2] == 0)
    try index.retrain(threads: 2)
    #expect(state()[0] == 3)
    try index.checkInvariants()
  }

  /// Which vectors serve as queries depends on the seed, and nothing on the number of threads.
  @Test func isTheSameForAnyNumberOfThreads() throws {
    let data = try RecallData(RecallData.files[1], rows: 1000, queries: 1)
    func margins(_ seed: Int, _ threads: Int) throws -> ProbeMargins {
      try data.measuredFractal(seed: seed, threads: threads).core.margins.margins
    }
    let one = try margins(1, 1)
    #expect(one.sampled == 1000)
    #expect(try margins(1, 3) == one)
    #expect(try margins(2, 1) != one)
  }

  /// More leaves for a higher recall and for more neighbours, and for each query as many as it needs.
  @Test(arguments: RecallData.files)
  func searchesAsManyLeavesAsAQueryNeeds(file: String) throws {
    let data = try RecallData(file, rows: 2000, queries: 100)
    let index = try data.measuredFractal()
    func probed(_ recall: String, k: Int) throws -> [Int] {
      try data.probedLists(index, ["recall": recall], k: k)
    }
    let some = try probed("0.8", k: 10)
    #expect(Set(some).count > 5)
    for (more, less) in zip(try probed("0.95", k: 10), some) { #expect(more >= less) }
    for (more, less) in zip(try probed("0.8", k: 40), some) { #expect(more >= less) }
    #expect(try probed("0.95", k: 10).reduce(0, +) > some.reduce(0, +))
    #expect(try probed("0.95", k: 129) == data.queries.rowsOf(index.tree.leafCount), "so many were not measured")
  }

  /// What a filter leaves of the leaves is searched, and a batch finds what its queries find.
  @Test func findsInBatchesAndWithFilters() throws {
    let data = try RecallData(RecallData.files[0], rows: 2000, queries: 40)
    let index = try FractalIndex(
      dimension: 128, metric: data.metric, configuration: .init(maxLeaf: 60, minLeaf: 10, niter: 4), seed: 1)
    try index.insertBatch(
      ids: (0..<2000).map { $0 }, vectors: data.vectors,
      metadata: (0..<2000).map { ["even": .boolean($0 % 2 == 0)] }, onConflict: .fail, threads: 2)
    try index.retrain(threads: 2)
    let parameters = try data.parameters(of: index, ["recall": "0.9"])
    for filter in [nil, Filter.equal("even", .boolean(true))] {
      var batch = NeighborBatch(k: 10, reserving: 40)
      try index.searchBatch(
        data.queries, k: 10, parameters: parameters, filter: filter, scratch: index.makeScratch(), into: &batch)
      for row in 0..<40 {
        let found = try index.find(data.queries.array(row), k: 10, parameters: parameters, filter: filter)
        #expect(found.map(\.id) == Array(batch.ids[row * 10..<row * 10 + 10]))
        #expect(filter == nil || found.allSatisfy { $0.id % 2 == 0 })
      }
    }
  }

  /// A file of version 0.1 has no margins: all leaves are searched until the index has measured.
  @Test func aFileWithoutMarginsIsOpened() throws {
    let file = try StoredMarginsFixture()
    try file.change { transaction in
      for name in ["margin_sample", "margin_fitted_count", "margin_changes"] {
        try transaction.remove(Array(name.utf8), from: StoredTable.meta)
      }
      try transaction.remove([253], from: StoredTable.codebooks)
    }
    let setup = file.setup
    let query = setup.vectors(1, seed: 42).array(0)
    for index in [try file.open(), try PersistentFractalIndex(readOnly: file.store, at: "store")] {
      try index.checkInvariants()
      let all = try index.find(query, k: 300, parameters: setup.searchParameters(["nprobe": "1000"]))
      #expect(
        try index.find(query, k: 300, parameters: setup.searchParameters(["nprobe": "auto", "recall": "0.1"])) == all)
      #expect(all.count == 300)
    }
    let index = try file.open()
    try index.retrain(threads: 1)
    try index.commit()
    try index.checkInvariants()
    #expect(try file.open().core.margins == index.core.margins && index.core.margins.margins.sampled > 0)
  }

  @Test func damagedMarginsAreRefused() throws {
    let changes: [(table: String, change: (any StoreTransaction) throws -> Void)] = [
      (StoredTable.codebooks, { try $0.put([1, 2, 3], for: [253], in: StoredTable.codebooks) }),
      (StoredTable.codebooks, { _ = try $0.remove([253], from: StoredTable.codebooks) }),
      (StoredTable.meta, { try StoredMeta.put(-1, "margin_sample", in: $0) }),
      (StoredTable.meta, { try StoredMeta.put("many", "margin_fitted_count", in: $0) }),
      (StoredTable.meta, { _ = try $0.remove(Array("margin_changes".utf8), from: StoredTable.meta) }),
    ]
    for (table, change) in changes {
      let file = try StoredMarginsFixture()
      try file.change(change)
      for open in [file.open, { try PersistentFractalIndex(readOnly: file.store, at: "store") }] {
        let error = #expect(throws: IndexError.self) { _ = try open() }
        #expect(error?.storeError?.table == table)
      }
    }
  }
}

/// A store with a fractal index that has measured its margins.
private struct StoredMarginsFixture {
  let store = MemoryStore()
  let setup: IndexSetup<PersistentFractalIndex>

  init() throws {
    setup = try PersistentFixtures().fractal(dimension: 4)
    let index = try open()
    try index.insertBatch(
      ids: (0..<300).map(UInt64.init), vectors: setup.vectors(300, seed: 41), metadata: [], onConflict: .fail,
      threads: 1)
    try index.retrain(threads: 1)
    try index.commit()
    try #require(index.core.margins.margins.sampled > 0)
  }

  func open() throws -> PersistentFractalIndex {
    try PersistentFractalIndex(
      openOrMake: store, at: "store", dimension: 4, metric: .euclidean, parameters: setup.parameters(), seed: 7)
  }

  func change(_ body: (any StoreTransaction) throws -> Void) throws {
    let transaction = try store.begin()
    try body(transaction)
    try transaction.commit()
  }
}

extension Matrix {
  /// A number for each row.
  fileprivate func rowsOf(_ number: Int) -> [Int] { Array(repeating: number, count: rows) }
}
