import Foundation
import OrderedStore
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

private let metrics = PersistentFractalIndex.declaration.metrics

@Suite struct PersistentFractalIndexTests {
  private let fixtures: PersistentFixtures

  init() throws { fixtures = try PersistentFixtures() }

  // parity: S2.8
  @Test(arguments: metrics)
  func conformsInFiles(metric: Metric) throws {
    try checkVectorIndex(fixtures.fractal(metric, inFiles: true))
  }

  /// Trap: which of equally near leaves a vector goes to, and bits that sums have lost, must not depend on whether the
  /// file has been opened again.
  @Test(arguments: [Metric.euclidean, .manhattan])
  func growsAsTheIndexInMemoryWhateverIsReopened(metric: Metric) throws {
    func outline(_ index: FractalIndex) -> [[UInt64]] {
      index.tree.all.map { cluster in
        let lists = cluster.isLeaf ? [cluster.postings, cluster.buffer].map { index.store.lists[$0] } : []
        return [cluster.id, UInt64(cluster.slot)] + cluster.sums.map(\.bitPattern) + lists.flatMap(\.ids)
      }
    }
    for scale: Float in [1, 3e38] {
      let setup = fixtures.fractal(metric, dimension: 8, ["train_size": "20"], trainingVectors: 0)
      let reference = try fractal(metric, dimension: 8, ["train_size": "20"], trainingVectors: 0).make()
      let file = try OpenIndex(setup, at: fixtures.file + "\(scale)")
      var generator = SeededGenerator(seed: 1)
      for operation in 0..<600 {
        let id = UInt64(generator.next(below: 150))
        if generator.next(below: 5) < (operation / 150 % 2 == 0 ? 4 : 1) {
          let vector = (0..<8).map { _ in (Float(generator.next(below: 3)) - 1) * scale }
          try file.index.insert(id: id, vector: vector, onConflict: .replace)
          try reference.insert(id: id, vector: vector, onConflict: .replace)
        } else {
          #expect(try file.index.remove(id: id) == reference.remove(id: id))
        }
        guard operation % 25 == 24 else { continue }
        try file.index.commit()
        try file.reopen()
        #expect(outline(file.index) == outline(reference), "after operation \(operation)")
      }
    }
  }

  /// One history makes the same answers, to the bit, in memory, in a file that is opened again and again, and in
  /// readers of that file.
  @Test(arguments: [
    (Metric.euclidean, [:]), (.angular, ["rotation": "random", "refine_store": "sq8"]),
    (.dot, ["anisotropic": "0.2", "refit": "1.01"]),
    (.manhattan, ["nbits": "8", "m": "2", "refine_store": "f16", "train_size": "300"]),
    (.euclidean, ["refine_store": "none"]),
  ])
  func answersAsTheIndexInMemory(metric: Metric, build: [String: String]) throws {
    let limits = ["max_leaf": "90", "min_leaf": "20", "max_buffer": "20", "max_children": "4", "train_size": "300"]
    let setup = fixtures.fractal(metric, dimension: 40, limits.merging(build) { $1 }, trainingVectors: 0)
    let reference = try fractal(metric, dimension: 40, limits.merging(build) { $1 }, trainingVectors: 0).make()
    let vectors = setup.vectors(1500, .clustered, seed: 30)
    let file = try OpenIndex(setup, at: fixtures.file)
    var index: PersistentFractalIndex { file.index }
    let queries = setup.vectors(4, .clustered, seed: 31)
    func compare(_ index: PersistentFractalIndex, _ step: String) throws {
      #expect(index.count == reference.count && index.clusterSizes == reference.clusterSizes, "\(step)")
      for settings in [["nprobe": "1", "refine": "0"], ["nprobe": "3", "refine": "3"], ["recall": "0.8"]] {
        let parameters = try SearchParameters(
          Parameters(settings, declared: FractalIndex.declaration.search, kind: "fractal"))
        for filter in [nil, Filter.equal("even", .boolean(true))] {
          for row in 0..<queries.rows {
            let found = try index.find(queries.array(row), k: 20, parameters: parameters, filter: filter)
            let expected = try reference.find(queries.array(row), k: 20, parameters: parameters, filter: filter)
            #expect(found == expected, "\(step), \(settings)")
            #expect(!expected.isEmpty)
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
    /// Before and after a commit, in snapshots, and in the file opened again.
    func compareAll(_ step: String) throws {
      try compare(index, "\(step), not committed")
      try index.commit()
      try index.checkInvariants()
      try {
        let snapshot = try index.snapshot()
        try snapshot.checkInvariants()
        try compare(snapshot, "\(step), in a snapshot")
      }()
      try file.reopen()
      try index.checkInvariants()
      try compare(index, "\(step), opened again")
    }
    let ids = (0..<1500).map { UInt64($0 * 7 % 1500) }
    let metadata = ids.map { ["even": MetadataValue.boolean($0 % 2 == 0)] }
    for rows in [0..<200, 200..<700, 700..<701, 701..<1500] {
      for target in [index as any MutableVectorIndex, reference] {
        let added = try target.insertBatch(
          ids: Array(ids[rows]), vectors: vectors[rows: rows], metadata: Array(metadata[rows]), onConflict: .fail,
          threads: 2)
        #expect(added == rows.count)
      }
      try compareAll("\(rows) inserted")
    }
    #expect(index.isTrained && index.statistics.figures["depth"]! > 2)
    for id in stride(from: UInt64(3), to: 1500, by: 3) {
      #expect(try index.remove(id: id) == reference.remove(id: id))
    }
    for target in [index as any MutableVectorIndex, reference] {
      let replaced = try target.insertBatch(
        ids: (0..<100).map { 5 * $0 }, vectors: setup.vectors(100, .clustered, seed: 32), metadata: [],
        onConflict: .replace, threads: 1)
      #expect(replaced < 100)
    }
    try compareAll("removed and replaced")
    try index.retrain(threads: 2)
    try reference.retrain(threads: 1)
    #expect(reference.core.margins.margins.sampled > 500, "a search for a recall goes by margins")
    try compareAll("trained again")
    for id in 0..<UInt64(1500) { #expect(try index.remove(id: id) == reference.remove(id: id)) }
    try index.commit()
    try file.reopen()
    try index.checkInvariants()
    #expect(index.count == 0 && index.clusterSizes == [0])
  }

  @Test func refusesAnotherConfigurationByField() throws {
    let setup = fixtures.fractal(dimension: 24)
    do { _ = try setup.open(fixtures.file) }
    for (field, stored, value) in [
      ("max_leaf", "8", "9"), ("m", "4", "6"), ("nbits", "4", "8"), ("refine_store", "f32", "f16"),
      ("train_size", "1024", "400"), ("refit", "1.5", "0.0"),
    ] {
      #expect(throws: IndexError.storedOtherwise(path: fixtures.file, field: field, stored: stored, asked: value)) {
        try setup.open(fixtures.file, [field: value])
      }
    }
    #expect(throws: IndexError.storedOtherwise(path: fixtures.file, field: "seed", stored: "7", asked: "8")) {
      try setup.open(fixtures.file, seed: 8)
    }
    #expect(try setup.open(fixtures.file, ["storage": "lmdb"]).count == 0)
    // Of another kind.
    #expect(throws: IndexError.self) { try PersistentIVFPQIndex.open(readOnly: fixtures.file) }
  }

  @Test func refusesWhatCannotBeMadeAndLeavesNoFile() throws {
    #expect(throws: IndexError.self) { try fixtures.fractal(dimension: 20).open(fixtures.file, ["m": "3"]) }
    #expect(throws: IndexError.self) { try fixtures.fractal(dimension: 20).open(fixtures.file, ["min_leaf": "5"]) }
    #expect(fixtures.folder.contents == [])
    #expect(throws: IndexError.self) { try fractal(.euclidean, ["storage": "lmdb"]).make() }
  }

  @Test func abortUndoesEverything() throws {
    let setup = fixtures.fractal(dimension: 12)
    let file = try OpenIndex(setup, at: fixtures.file)
    var index: PersistentFractalIndex { file.index }
    try index.train(setup.vectors(200, seed: 1), threads: 1)
    index.abort()
    #expect(!index.isTrained && index.count == 0)
    try index.train(setup.vectors(200, seed: 1), threads: 1)
    try index.insertBatch(
      ids: (0..<200).map(UInt64.init), vectors: setup.vectors(200, seed: 2), metadata: [], onConflict: .fail, threads: 1
    )
    try index.commit()
    let (before, sizes) = (try setup.contents(of: index), index.clusterSizes)
    for change: () throws -> Void in [
      { for id in 0..<UInt64(150) { try index.remove(id: id) } },
      { try index.insert(id: 900, vector: setup.vectors(1, seed: 3).array(0), metadata: ["a": .integer(1)]) },
      { try index.insert(id: 3, vector: setup.vectors(1, seed: 3).array(0), onConflict: .replace) },
      {
        try index.remove(id: 5)
        try index.retrain(threads: 1)
      },
    ] {
      try change()
      let isChanged = try setup.contents(of: index) != before
      #expect(isChanged)
      try index.checkInvariants()
      index.abort()
      #expect(try setup.contents(of: index) == before && index.clusterSizes == sizes)
      try index.checkInvariants()
    }
    try file.reopen()
    #expect(try setup.contents(of: index) == before)
  }

  @Test func readersSeeWhatWasCommitted() throws {
    let setup = fixtures.fractal(dimension: 12, trainingVectors: 0)
    let index = try setup.open(fixtures.file)
    let untrained = try index.snapshot()
    let vectors = setup.vectors(200, seed: 2)
    try index.insertBatch(
      ids: (0..<100).map(UInt64.init), vectors: vectors[rows: 0..<100], metadata: [], onConflict: .fail, threads: 1)
    #expect(untrained.count == 0)
    #expect(try index.snapshot().count == 0)
    try index.commit()
    let buffered = try index.snapshot()
    #expect(!buffered.isTrained && buffered.count == 100)
    let found = try setup.contents(of: buffered)
    try index.train(setup.vectors(100, seed: 1), threads: 1)
    try index.insertBatch(
      ids: (100..<200).map(UInt64.init), vectors: vectors[rows: 100..<200], metadata: [], onConflict: .fail, threads: 1)
    try index.commit()
    #expect(try setup.contents(of: buffered) == found)
    let before = try setup.contents(of: index)
    let first = try index.snapshot()
    let readOnly = try PersistentFractalIndex.open(readOnly: fixtures.file)
    #expect(readOnly.metric == .euclidean && readOnly.dimension == 12 && readOnly.isReadOnly && !index.isReadOnly)
    try index.remove(id: 7)
    try index.retrain(threads: 1)
    let second = try index.snapshot()
    let after = try setup.contents(of: index)
    try index.commit()
    for reader in [first, second, readOnly] {
      #expect(try setup.contents(of: reader) == before)
      try reader.checkInvariants()
      let refused = IndexError.storage(
        StoreError(operation: "change the index", table: nil, path: fixtures.file, reason: .readOnly))
      #expect(throws: refused) { try reader.remove(id: 1) }
      #expect(throws: refused) { try reader.insert(id: 901, vector: setup.vectors(1, seed: 3).array(0)) }
      #expect(throws: refused) { try reader.retrain(threads: 1) }
      #expect(reader.count == 200 && reader.statistics.figures["leaves"] == first.statistics.figures["leaves"])
    }
    #expect(after[0].count == 199)
    #expect(try setup.contents(of: index.snapshot()) == after)
    #expect(try setup.contents(of: readOnly.snapshot()) == after)
    #expect(throws: IndexError.self) { try PersistentFractalIndex.open(readOnly: fixtures.folder.path + "/other") }
    #expect(index.statistics.diskBytes > 0 && first.statistics.figures["reconstruction_error"] != nil)
  }

  /// Every kind of change, committed, aborted or cut off by closing the file, against brute force.
  // parity: S2.9
  @Test(arguments: metrics)
  func survivesRandomTransactions(metric: Metric) throws {
    let isLong = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1"
    try checkRandomTransactions(
      fixtures.fractal(metric, dimension: 6, ["m": "2"]), at: fixtures.file, seed: 11,
      operations: isLong ? 100_000 : 300, stride: isLong ? 1 : 5)
  }
}
