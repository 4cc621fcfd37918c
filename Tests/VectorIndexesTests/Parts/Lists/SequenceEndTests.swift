import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// The end of the insertion sequence is an error, and nothing has changed then.
@Suite struct SequenceEndTests {
  let fixture = MemTableFixture()
  /// Five numbers are left: the greatest is never given.
  static let next = UInt64.max - 5

  /// Fills an index to the end of its sequence and beyond it.
  func check(_ index: some MutableVectorIndex, _ context: String) throws {
    let vectors = fixture.vectors(8, seed: 1)
    let refusal = IndexError.sequencesExhausted(next: Self.next)
    #expect(throws: refusal, "\(context)") {
      try index.insertBatch(
        ids: (0..<6).map { $0 }, vectors: vectors[rows: 0..<6], metadata: [], onConflict: .replace, threads: 1)
    }
    #expect(index.count == 0, "\(context)")
    try index.insertBatch(
      ids: (0..<5).map { $0 }, vectors: vectors[rows: 0..<5], metadata: [], onConflict: .replace, threads: 1)
    #expect(throws: IndexError.sequencesExhausted(next: .max), "\(context)") {
      try index.insert(id: 9, vector: vectors.array(7))
    }
    #expect(index.count == 5, "\(context)")
    let found = try index.find(vectors.array(4), k: 1, parameters: fixture.parameters())
    #expect(found.map(\.sequence) == [.max - 1], "\(context)")
    #expect(try index.remove(id: 4), "\(context)")
  }

  // parity: S3.15
  @Test func everyIndexRefusesWhatItHasNoSequencesFor() throws {
    let memory = try fixture.makeBase()
    try memory.requireTrained().store.restore(nextSequence: Self.next)
    try check(memory, "ivf-pq")

    let parameters = try Parameters(declared: FractalIndex.declaration.build, kind: "fractal")
    let fractal = try FractalIndex(dimension: 8, metric: .euclidean, parameters: parameters, seed: 1)
    fractal.store.restore(nextSequence: Self.next)
    try check(fractal, "fractal")

    let store = MemoryStore()
    try fixture.makeBase(in: store).commit()
    let transaction = try store.begin()
    try StoredMeta.put(Self.next, "next_sequence", in: transaction)
    try transaction.commit()
    try check(fixture.makeBase(in: store), "ivf-pq in a store")
  }

  // parity: S3.15
  @Test func aMemtableRefusesRowsAndRemovalsPastTheEnd() throws {
    let base = try fixture.makeBase()
    try base.requireTrained().store.restore(nextSequence: Self.next)
    let vectors = fixture.vectors(8, seed: 1)
    var writer = try MemTableWriter(over: base)
    let refusal = IndexError.sequencesExhausted(next: Self.next)
    #expect(throws: refusal) { try writer.insert(ids: (0..<6).map { $0 }, vectors: vectors[rows: 0..<6]) }
    try writer.insert(ids: [0, 1, 2, 3], vectors: vectors[rows: 0..<4])
    let isThere = try writer.remove(id: 2)
    #expect(isThere)
    #expect(throws: IndexError.sequencesExhausted(next: .max)) { try writer.remove(id: 1) }
    #expect(throws: IndexError.sequencesExhausted(next: .max)) {
      try writer.insert(ids: [7], vectors: vectors[rows: 7..<8])
    }
    func ids(_ maxRow: UInt64? = nil) throws -> [UInt64] {
      try fixture.find(vectors.array(0), k: 9, in: writer.shared, maxRow: maxRow).map(\.id).sorted()
    }
    #expect(try ids() == [0, 1, 3] && ids(.max) == [0, 1, 3] && ids(.max - 2) == [0, 1, 2, 3])
    try writer.freeze()
    try writer.flush()
    #expect(try ids() == [0, 1, 3] && base.count == 3 && base.nextRow == .max)
  }

  // parity: S3.15
  @Test func aTrainingRefusesWhatItHasNoClusterIDsFor() throws {
    let parameters = try Parameters(
      ["max_leaf": "8", "min_leaf": "2", "train_size": "200"], declared: FractalIndex.declaration.build,
      kind: "fractal")
    let store = MemoryStore()
    func open() throws -> PersistentFractalIndex {
      try PersistentFractalIndex(
        openOrMake: store, at: "test", dimension: 8, metric: .euclidean, parameters: parameters, seed: 1)
    }
    let vectors = fixture.vectors(60, seed: 1)
    let index = try open()
    try index.insertBatch(
      ids: (0..<60).map { $0 }, vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    try index.commit()
    let transaction = try store.begin()
    try StoredMeta.put(UInt64.max - 3, "next_cluster", in: transaction)
    try transaction.commit()
    for train in [{ try $0.retrain(threads: 1) }, { try $0.train(vectors, threads: 1) }]
      as [(PersistentFractalIndex) throws -> Void]
    {
      let opened = try open()
      #expect(throws: IndexError.clusterIDsExhausted(next: .max - 3)) { try train(opened) }
      #expect(opened.count == 60 && !opened.isTrained)
    }
  }
}
