import Foundation
import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

private let metrics = PersistentIVFPQIndex.declaration.metrics

@Suite struct PersistentIVFPQIndexTests {
  private let fixtures: PersistentFixtures

  init() throws { fixtures = try PersistentFixtures() }

  // parity: S1.4, S1.5, S1.6, S1.7, S1.8
  @Test(arguments: metrics)
  func conformsInMemory(metric: Metric) throws {
    try checkVectorIndex(
      fixtures.setup(metric, metric == .dot ? ["nbits": "8", "m": "1"] : ["m": "2", "refine_store": "none"]))
  }

  // parity: S1.4, S1.5, S1.6, S1.7, S1.8
  @Test(arguments: [Metric.angular, .manhattan])
  func conformsInFiles(metric: Metric) throws {
    try checkVectorIndex(fixtures.setup(metric, ["m": "4", "spill": metric == .angular ? "on" : "off"], inFiles: true))
  }

  @Test(arguments: ["f32", "none"])
  func conformsWithOneList(store: String) throws {
    try checkVectorIndex(fixtures.setup(nlist: 1, ["m": "4", "refine_store": store]))
  }

  // parity: S1.12
  @Test func aSearchThatSaysNothingTakesTheStoredNProbe() throws {
    let setup = fixtures.setup(nlist: 64)
    let file = try OpenIndex(setup, at: fixtures.file)
    var index: PersistentIVFPQIndex { file.index }
    #expect(index.defaultNProbe == 10)
    try index.train(setup.vectors(300, .clustered, seed: 1), threads: 1)
    try index.commit()
    try index.setDefaultNProbe(3)
    index.abort()
    #expect(index.defaultNProbe == 10)
    try index.setDefaultNProbe(3)
    try index.commit()
    try file.reopen()
    #expect(index.defaultNProbe == 3)
    let vectors = setup.vectors(600, .clustered, seed: 2)
    try index.insertBatch(
      ids: Array(0..<600), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    let query = vectors.array(0)
    func looked(_ nprobe: String? = nil, in index: any VectorIndex) throws -> Int {
      let settings = nprobe.map { ["nprobe": $0] } ?? [:]
      let parameters = try SearchParameters(
        Parameters(settings, declared: IVFPQIndex.declaration.search, kind: "ivf-pq"))
      var answer = TopK(k: 5)
      try index.search(
        query.span, k: 5, parameters: parameters, filter: nil, scratch: index.makeScratch(), into: &answer)
      var batch = NeighborBatch(k: 5, reserving: 1)
      try index.searchBatch(
        Matrix([query]), k: 5, parameters: parameters, filter: nil, scratch: index.makeScratch(), into: &batch)
      #expect(batch.distanceComputations == answer.distanceComputations)
      return answer.distanceComputations
    }
    #expect(try looked("3", in: index) < looked("10", in: index))
    #expect(try looked(in: index) == looked("3", in: index))
    #expect(try looked("auto", in: index) == looked("3", in: index))
    #expect(throws: IndexError.invalidParameter(name: "nprobe", value: "0", expected: "an integer, at least 1")) {
      try index.setDefaultNProbe(0)
    }
    try index.commit()
    #expect(try looked(in: index.snapshot()) == looked("3", in: index))
    #expect(try looked(in: PersistentIVFPQIndex.open(readOnly: fixtures.file)) == looked("3", in: index))
    try index.setDefaultNProbe(7)
    #expect(try looked(in: index) == looked("7", in: index), "changed, not committed yet")
    index.abort()
    // In memory it is ten.
    let inMemory = try IVFPQIndex(
      dimension: setup.dimension, metric: setup.metric, parameters: setup.parameters(), seed: 7)
    try inMemory.train(setup.vectors(300, .clustered, seed: 1), threads: 1)
    try inMemory.insertBatch(
      ids: Array(0..<600), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    #expect(try looked(in: inMemory) == looked("10", in: inMemory))
    // Training anew keeps it.
    try index.reset(trainingOn: vectors, threads: 1)
    #expect(index.defaultNProbe == 3)
  }

  /// One history makes the same answers, to the bit, in memory and in a file that is opened again and again.
  // parity: S1.4, S1.8, S1.9
  @Test(arguments: [
    (Metric.euclidean, ["m": "4"]), (.angular, ["rotation": "random", "refine_store": "sq8"]),
    (.dot, ["anisotropic": "0.2", "rotation": "random", "nlist": "5"]),
    (.manhattan, ["nbits": "8", "m": "2", "by_residual": "off", "refine_store": "f16"]),
    (.euclidean, ["refine_store": "none", "by_residual": "off"]), (.euclidean, ["spill": "on", "nlist": "5"]),
    (.angular, ["spill": "on", "nlist": "5", "nbits": "8", "m": "4", "refine_store": "none"]),
  ])
  func answersAsTheIndexInMemory(metric: Metric, build: [String: String]) throws {
    // Two lists of 750 rows: several chunks each, of postings and of vectors.
    let setup = fixtures.setup(metric, nlist: 2, dimension: 40, build)
    let reference = try IndexSetup(
      IVFPQIndex.self, metric: metric, dimension: 40, build: setup.build, exhaustive: setup.exhaustive,
      trainingVectors: 300
    ).make()
    let vectors = setup.vectors(1500, .clustered, seed: 30)
    let file = try OpenIndex(setup, at: fixtures.file)
    var index: PersistentIVFPQIndex { file.index }
    func reopen() throws {
      try index.commit()
      try file.reopen()
    }
    func compare(_ step: String) throws {
      #expect(try index.checkInvariants() == [], "\(step)")
      #expect(index.count == reference.count, "\(step)")
      #expect(index.clusterSizes == reference.clusterSizes, "\(step)")
      let queries = setup.vectors(4, .clustered, seed: 31)
      for settings in [["nprobe": "1", "refine": "0"], ["nprobe": "1", "refine": "3"], ["diversity": "0.5"]] {
        let parameters = try SearchParameters(
          Parameters(settings, declared: IVFPQIndex.declaration.search, kind: "ivf-pq"))
        for filter in [nil, Filter.equal("even", .boolean(true))] {
          for row in 0..<queries.rows {
            let found = try index.find(queries.array(row), k: 20, parameters: parameters, filter: filter)
            let expected = try reference.find(queries.array(row), k: 20, parameters: parameters, filter: filter)
            #expect(found == expected, "\(step), \(settings)")
            #expect(expected.count == 20)
          }
        }
        var (batch, expected) = (NeighborBatch(k: 9, reserving: 4), NeighborBatch(k: 9, reserving: 4))
        try index.searchBatch(
          queries, k: 9, parameters: parameters, filter: nil, scratch: index.makeScratch(), into: &batch)
        try reference.searchBatch(
          queries, k: 9, parameters: parameters, filter: nil, scratch: reference.makeScratch(), into: &expected)
        #expect(batch == expected, "\(step), \(settings)")
      }
    }
    try index.train(vectors, threads: 2)
    try reference.train(vectors, threads: 1)
    try reopen()
    let ids = (0..<1500).map { UInt64($0 * 7 % 1500) }
    let metadata = ids.map { ["even": MetadataValue.boolean($0 % 2 == 0)] }
    for rows in [0..<700, 700..<701, 701..<1500] {
      for target in [index as any MutableVectorIndex, reference] {
        let added = try target.insertBatch(
          ids: Array(ids[rows]), vectors: vectors[rows: rows], metadata: Array(metadata[rows]), onConflict: .fail,
          threads: 2)
        #expect(added == rows.count)
      }
    }
    try compare("inserted")
    try reopen()
    try compare("inserted and opened again")
    for id in stride(from: UInt64(3), to: 1500, by: 11) {
      #expect(try index.remove(id: id) == reference.remove(id: id))
    }
    for target in [index as any MutableVectorIndex, reference] {
      let replaced = try target.insertBatch(
        ids: (0..<100).map { 5 * $0 }, vectors: setup.vectors(100, .clustered, seed: 32), metadata: [],
        onConflict: .replace, threads: 1)
      #expect(replaced < 100)
    }
    try compare("removed and replaced")
    try reopen()
    try index.retrain(threads: 2)
    try reference.retrain(threads: 1)
    try compare("trained again")
    try reopen()
    try compare("trained again and opened again")
  }

  // parity: S1.1
  @Test func refusesAnotherConfigurationByField() throws {
    let setup = fixtures.setup(dimension: 24, ["m": "6"])
    try setup.open(fixtures.file).train(setup.vectors(200, seed: 1), threads: 1)
    for (field, stored, value) in [
      ("nlist", "8", "9"), ("m", "6", "4"), ("nbits", "4", "8"), ("by_residual", "on", "off"),
      ("rotation", "none", "opq"), ("refine_store", "f32", "f16"), ("niter", "1", "2"), ("train_size", "65536", "400"),
    ] {
      #expect(
        throws: IndexError.storedOtherwise(path: fixtures.file, field: field, stored: stored, asked: value)
      ) { try setup.open(fixtures.file, [field: value]) }
    }
    #expect(throws: IndexError.storedOtherwise(path: fixtures.file, field: "seed", stored: "7", asked: "8")) {
      try setup.open(fixtures.file, seed: 8)
    }
    #expect(throws: IndexError.storedOtherwise(path: fixtures.file, field: "dimension", stored: "24", asked: "12")) {
      try fixtures.setup(dimension: 12, ["m": "6"]).open(fixtures.file)
    }
    let asked = fixtures.setup(.dot, dimension: 24, ["m": "6"])
    let error = #expect(throws: IndexError.self) { try asked.open(fixtures.file) }
    #expect(
      error?.description == "\(fixtures.file) holds an index with metric = euclidean, not dot: "
        + "ask for euclidean, or choose another path")
    // What was not committed is not there; where it is stored is no matter.
    #expect(try !setup.open(fixtures.file, ["storage": "lmdb"]).isTrained)
  }

  // parity: S1.2
  @Test func refusesWhatCannotBeMadeAndLeavesNoFile() throws {
    func refusal(_ changes: [String: String], dimension: Int = 20) -> IndexError? {
      #expect(throws: IndexError.self) { try fixtures.setup(dimension: dimension).open(fixtures.file, changes) }
    }
    #expect(refusal(["nlist": "0"]) == .invalidParameter(name: "nlist", value: "0", expected: "an integer, 1…16777216"))
    #expect(refusal(["m": "3"])?.description.hasPrefix("m = 3 is refused") == true)
    #expect(refusal([:], dimension: 0)?.description.hasPrefix("dimension = 0 is refused") == true)
    #expect(fixtures.folder.contents == [])
    #expect(throws: IndexError.self) {
      try IVFPQIndex(
        dimension: 20, metric: .dot, parameters: fixtures.setup().parameters(["storage": "lmdb"]), seed: 1)
    }
  }

  // parity: S1.3
  @Test func trainsWithAsManyListsAsThereAreVectors() throws {
    let setup = fixtures.setup(nlist: 40, dimension: 8)
    let file = try OpenIndex(setup, at: fixtures.file)
    var index: PersistentIVFPQIndex { file.index }
    expectNotTrained(index)
    #expect(throws: IndexError.self) { try index.train(setup.vectors(0, seed: 1), threads: 1) }
    #expect(throws: IndexError.dimensionMismatch(expected: 8, got: 9)) {
      try index.train(fixtures.setup(dimension: 9).vectors(50, seed: 1), threads: 1)
    }
    try index.train(setup.vectors(20, seed: 1), threads: 1)
    try index.insert(id: 1, vector: setup.vectors(1, seed: 1).array(0), metadata: ["a": .integer(1)])
    try index.commit()
    try file.reopen()
    #expect(index.clusterSizes.count == 20)
    #expect(throws: IndexError.alreadyTrained(kind: "ivf-pq")) {
      try index.train(setup.vectors(60, seed: 2), threads: 1)
    }

    // Anew: from the lists that were asked for, and of nothing that was there.
    try index.reset(trainingOn: setup.vectors(60, seed: 2), threads: 1)
    #expect(index.clusterSizes == Array(repeating: 0, count: 40))
    #expect(index.count == 0)
    #expect(try index.checkInvariants() == [])
    try index.reset(trainingOn: setup.vectors(30, seed: 3), threads: 1)
    try index.commit()
    try file.reopen()
    #expect(index.clusterSizes == Array(repeating: 0, count: 30))
    #expect(try index.checkInvariants() == [])
  }

  /// What a file says of places is looked at before it is taken for memory.
  @Test(arguments: [
    RowPlace(list: 99, offset: 0), RowPlace(list: .max, offset: .max),
    RowPlace(list: 1, offset: 200),
  ])
  func placesThatAreNoneAreRefused(wrong: RowPlace) throws {
    let setup = fixtures.setup(nlist: 4, dimension: 12, ["spill": "on"])
    let store = MemoryStore()
    func open() throws -> PersistentIVFPQIndex {
      try PersistentIVFPQIndex(
        openOrMake: store, at: "store", dimension: 12, metric: .euclidean, parameters: setup.parameters(), seed: 7)
    }
    let vectors = setup.vectors(200, seed: 1)
    let index = try open()
    try index.train(vectors, threads: 1)
    try index.insertBatch(
      ids: (0..<200).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
    try index.commit()
    func expectCorrupted(_ table: String, _ body: () throws -> Void) {
      let error = #expect(throws: IndexError.self, performing: body)
      guard let failure = error?.storeError, case .corrupted = failure.reason, failure.table == table else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
    try store.write { transaction throws(StoreError) in
      let assignment = StoredAssignment(place: wrong, copy: wrong)
      try transaction.put(
        byteCount: assignment.byteCount, for: PostingLayout.key(ofID: 3), in: StoredTable.assignments, appending: false
      ) { assignment.write(to: $0) }
    }
    #expect(try index.snapshot().currentLists().place(of: 4) != nil)
    expectCorrupted(StoredTable.assignments) { _ = try index.snapshot().currentLists().place(of: 3) }
    expectCorrupted(StoredTable.assignments) { try open().remove(id: 3) }

    let key = PostingLayout.key(PostingLayout.copies(of: 0), chunk: 0)
    try store.write { transaction throws(StoreError) in
      var bytes = try transaction.bytes(for: key, in: StoredTable.postings) ?? []
      bytes.withUnsafeMutableBytes { bytes in
        PostingChunk(stored: UnsafeRawBufferPointer(bytes), layout: index.file.layout)?.origins[0] = wrong
      }
      try transaction.put(bytes, for: key, in: StoredTable.postings)
    }
    expectCorrupted(StoredTable.postings) {
      _ = try open().find(vectors.array(0), k: 5, parameters: setup.searchParameters(["nprobe": "2"]))
    }
  }

  // parity: S3.15
  @Test func theEndOfTheSequenceIsAnError() throws {
    let setup = fixtures.setup(dimension: 12)
    let store = MemoryStore()
    func open() throws -> PersistentIVFPQIndex {
      try PersistentIVFPQIndex(
        openOrMake: store, at: "store", dimension: 12, metric: .euclidean, parameters: setup.parameters(), seed: 7)
    }
    let vectors = setup.vectors(200, seed: 1)
    let first = try open()
    try first.train(vectors, threads: 1)
    try first.commit()
    try store.write { transaction throws(StoreError) in
      try StoredMeta.put(UInt64.max - 1, "next_sequence", in: transaction)
    }
    let inMemory = try IVFPQIndex(
      dimension: 12, metric: .euclidean, parameters: setup.parameters(), seed: 7)
    try inMemory.train(vectors, threads: 1)
    try inMemory.requireTrained().store.restore(nextSequence: .max - 1)
    let tree = try FractalIndex(
      dimension: 12, metric: .euclidean,
      parameters: Parameters(declared: FractalIndex.declaration.build, kind: "fractal"), seed: 7)
    tree.store.restore(nextSequence: .max - 1)
    for index in [try open(), inMemory, tree] as [any MutableVectorIndex] {
      #expect(throws: IndexError.sequencesExhausted(next: .max - 1)) {
        try index.insertBatch(
          ids: [1, 2], vectors: vectors[rows: 0..<2], metadata: [], onConflict: .fail, threads: 1)
      }
      #expect(index.count == 0)
      try index.insert(id: 1, vector: vectors.array(0))
      #expect(throws: IndexError.sequencesExhausted(next: .max)) { try index.insert(id: 2, vector: vectors.array(1)) }
      #expect(index.count == 1)
    }
  }

  // parity: S1.10
  @Test func abortUndoesEverything() throws {
    let setup = fixtures.setup(dimension: 12)
    let file = try OpenIndex(setup, at: fixtures.file)
    var index: PersistentIVFPQIndex { file.index }
    try index.train(setup.vectors(200, seed: 1), threads: 1)
    index.abort()
    expectNotTrained(index)

    try index.train(setup.vectors(200, seed: 1), threads: 1)
    try index.insertBatch(
      ids: (0..<200).map(UInt64.init), vectors: setup.vectors(200, seed: 2), metadata: [], onConflict: .fail, threads: 1
    )
    try index.commit()
    let before = try setup.contents(of: index)
    let centroids = try index.requireModel().quantizer.centroids.matrix.array(0)
    for change: () throws -> Void in [
      { try index.remove(id: 7) },
      { try index.insert(id: 900, vector: setup.vectors(1, seed: 3).array(0), metadata: ["a": .integer(1)]) },
      { try index.insert(id: 3, vector: setup.vectors(1, seed: 3).array(0), onConflict: .replace) },
      {
        try index.remove(id: 5)
        try index.retrain(threads: 1)
      },
      { try index.reset(trainingOn: setup.vectors(100, seed: 4), threads: 1) },
    ] {
      try change()
      let isChanged = try setup.contents(of: index) != before
      #expect(isChanged)
      #expect(try index.checkInvariants() == [])
      index.abort()
      #expect(try setup.contents(of: index) == before)
      #expect(try index.requireModel().quantizer.centroids.matrix.array(0) == centroids)
      #expect(try index.checkInvariants() == [])
    }
    try file.reopen()
    #expect(try setup.contents(of: index) == before)
  }

  // parity: S1.7, S1.11
  @Test func readersSeeWhatWasCommitted() throws {
    let setup = fixtures.setup(dimension: 12)
    let index = try setup.open(fixtures.file)
    let untrained = try index.snapshot()
    try index.train(setup.vectors(200, seed: 1), threads: 1)
    try index.insertBatch(
      ids: (0..<200).map(UInt64.init), vectors: setup.vectors(200, seed: 2), metadata: [], onConflict: .fail, threads: 1
    )
    expectNotTrained(untrained)
    expectNotTrained(try index.snapshot())
    try index.commit()
    let before = try setup.contents(of: index)
    let first = try index.snapshot()
    let readOnly = try PersistentIVFPQIndex.open(readOnly: fixtures.file)
    #expect(readOnly.metric == .euclidean && readOnly.dimension == 12 && readOnly.isReadOnly && !index.isReadOnly)
    try index.remove(id: 7)
    try index.retrain(threads: 1)
    let second = try index.snapshot()
    let after = try setup.contents(of: index)
    try index.commit()
    for reader in [first, second, readOnly] {
      #expect(try setup.contents(of: reader) == before)
      #expect(try reader.checkInvariants() == [])
      let refused = IndexError.storage(
        StoreError(operation: "change the index", table: nil, path: fixtures.file, reason: .readOnly))
      #expect(throws: refused) { try reader.remove(id: 1) }
      #expect(throws: refused) { try reader.insert(id: 901, vector: setup.vectors(1, seed: 3).array(0)) }
      #expect(throws: refused) { try reader.retrain(threads: 1) }
      #expect(reader.count == 200)
    }
    #expect(after[0].count == 199)
    #expect(try setup.contents(of: index.snapshot()) == after)
    #expect(try setup.contents(of: readOnly.snapshot()) == after)
    #expect(throws: IndexError.self) { try PersistentIVFPQIndex.open(readOnly: fixtures.folder.path + "/other") }
    #expect(index.statistics.diskBytes > 0 && index.statistics.figures["reconstruction_error"] != nil)
  }

  @Test func compactsIntoAnotherFile() throws {
    let setup = fixtures.setup(dimension: 200)
    let index = try setup.open(fixtures.file)
    try index.train(setup.vectors(200, seed: 1), threads: 1)
    try index.insertBatch(
      ids: (0..<2000).map(UInt64.init), vectors: setup.vectors(2000, seed: 2),
      metadata: (0..<2000).map { ["n": .integer(Int64($0))] }, onConflict: .fail, threads: 1)
    try index.commit()
    for id in 200..<2000 { try index.remove(id: UInt64(id)) }
    try index.commit()
    let path = fixtures.folder.path + "/compact.lmdb"
    try index.compact(into: path)
    let compact = try PersistentIVFPQIndex.open(readOnly: path)
    #expect(compact.statistics.diskBytes < index.statistics.diskBytes / 3)
    #expect(try setup.contents(of: compact) == setup.contents(of: index))
    #expect(try compact.checkInvariants() == [])
    #expect(throws: IndexError.self) { try index.compact(into: path) }
  }

  /// Every kind of change, committed, aborted or cut off by closing the file, against brute force.
  // parity: S1.10
  @Test(arguments: [(UInt64(1), "off"), (2, "on")])
  func survivesRandomTransactions(seed: UInt64, spill: String) throws {
    let setup = fixtures.setup(dimension: 6, ["refine_store": "f32", "spill": spill])
    try checkRandomTransactions(setup, at: fixtures.file, seed: seed, operations: 300, stride: 10) { index in
      try index.train(setup.vectors(200, seed: 99), threads: 1)
    }
  }

  private func expectNotTrained(_ index: PersistentIVFPQIndex) {
    #expect(!index.isTrained && index.count == 0 && index.clusterSizes == [])
    #expect(throws: IndexError.notTrained(kind: "ivf-pq")) { try index.insert(id: 1, vector: [1, 2, 3]) }
    #expect((try? index.checkInvariants()) == [])
  }
}
