import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// Counters that a damaged or hostile file has at the ends of their range are refused when they are read.
@Suite struct StoredCountersTests {
  private func expectRefusal(
    of name: String, _ value: Int, in store: MemoryStore, open: () throws -> any PersistentIndex
  ) throws {
    let bytes = try #require(try store.snapshot().bytes(for: Array(name.utf8), in: StoredTable.meta))
    try store.write { transaction throws(StoreError) in try StoredMeta.put(value, name, in: transaction) }
    let error = #expect(throws: IndexError.self, "\(name) = \(value)") { try open() }
    guard case .corrupted(let detail) = error?.storeError?.reason else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(detail.contains(name))
    try store.write { transaction throws(StoreError) in
      try transaction.put(bytes, for: Array(name.utf8), in: StoredTable.meta)
    }
    _ = try open()
  }

  @Test(arguments: ["count", "generation", "default_nprobe"], [Int.max, -1])
  func ofIVFPQ(name: String, value: Int) throws {
    let store = MemoryStore()
    func open() throws -> PersistentIVFPQIndex {
      try PersistentIVFPQIndex(
        openOrMake: store, at: "test", dimension: 8, metric: .dot, configuration: .init(nlist: 2), seed: 1)
    }
    let index = try open()
    try index.train(RandomVectors.uniform.matrix(100, dimension: 8, seed: 1), threads: 1)
    try index.commit()
    try expectRefusal(of: name, value, in: store) { try open() }
  }

  @Test(arguments: ["count", "trainings", "coded", "outlier_fitted_count", "outlier_insertions"], [Int.max, -1])
  func ofFractal(name: String, value: Int) throws {
    let store = MemoryStore()
    func open() throws -> PersistentFractalIndex {
      try PersistentFractalIndex(
        openOrMake: store, at: "test", dimension: 8, metric: .dot, configuration: .init(), seed: 1)
    }
    _ = try open()
    try expectRefusal(of: name, value, in: store) { try open() }
  }
}
