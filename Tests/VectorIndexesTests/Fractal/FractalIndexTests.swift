import Foundation
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

private let metrics = FractalIndex.declaration.metrics

/// Limits at which few vectors make a tree of several levels.
let smallTree = [
  "max_leaf": "8", "min_leaf": "3", "max_buffer": "3", "max_children": "3", "max_depth": "20", "m": "4", "niter": "1",
]

/// A fractal index of small clusters, searched exhaustively.
func fractal(
  _ metric: Metric = .euclidean, dimension: Int = 20, _ build: [String: String] = [:], refine: Int = 1000,
  trainingVectors: Int = 64
) -> IndexSetup<FractalIndex> {
  IndexSetup(
    FractalIndex.self, metric: metric, dimension: dimension, build: smallTree.merging(build) { _, given in given },
    exhaustive: ["nprobe": "1000000", "refine": String(refine)],
    hasTrueDistances: refine > 0 && build["refine_store"] == nil, trainingVectors: trainingVectors)
}

extension IndexSetup where Index == FractalIndex {
  /// An index filled one by one, ids from 0, its invariants checked now and then.
  func grown(on vectors: Matrix, checkEvery stride: Int = 50) throws -> FractalIndex {
    let index = try makeReady()
    for row in 0..<vectors.rows {
      try index.insert(id: UInt64(row), vector: vectors.array(row))
      if row % stride == stride - 1 { try index.checkInvariants() }
    }
    try index.checkInvariants()
    return index
  }
}

@Suite struct FractalIndexTests {
  // parity: S2.8
  @Test(arguments: metrics)
  func conforms(metric: Metric) throws {
    try checkVectorIndex(fractal(metric))
  }

  // A buffer of one is coded at once: vectors that are kept otherwise than they came tie when all are.
  @Test(arguments: zip(["none", "f16", "sq8", "none"], metrics))
  func conformsInOtherStores(store: String, metric: Metric) throws {
    try checkVectorIndex(fractal(metric, ["refine_store": store, "max_buffer": "1"]))
  }

  @Test(arguments: [Metric.euclidean, .angular])
  func conformsInTheOrderOfTheCodes(metric: Metric) throws {
    try checkVectorIndex(fractal(metric, ["max_buffer": "1"], refine: 0))
  }

  @Test func conformsUntrainedAndTrainedByItself() throws {
    try checkVectorIndex(fractal(.angular, ["train_size": "100000"], trainingVectors: 0))
    try checkVectorIndex(fractal(.angular, ["train_size": "40"], trainingVectors: 0))
  }

  @Test func refusesHammingByName() {
    #expect(throws: IndexError.unsupportedMetric(kind: "fractal", metric: .hamming, supported: metrics)) {
      try fractal(.hamming).make()
    }
  }

  // parity: S2.9
  @Test(arguments: metrics)
  func keepsItsPromisesThroughRandomOperations(metric: Metric) throws {
    let isLong = ProcessInfo.processInfo.environment["RECALLBENCH_LONG"] == "1"
    try checkRandomOperations(fractal(metric), operations: isLong ? 100_000 : 3000, seed: 1) {
      try $0.checkInvariants()
    }
    try checkRandomOperations(
      fractal(metric, ["train_size": "100", "max_leaf": "5", "min_leaf": "1"], trainingVectors: 0),
      operations: isLong ? 20_000 : 300, seed: 2
    ) { try $0.checkInvariants() }
  }

  /// Vectors that are not kept as they came are counted in and out as they are kept.
  @Test(arguments: [
    (Metric.euclidean, ["refine_store": "none"]), (.angular, ["refine_store": "none"]),
    (.dot, ["refine_store": "none", "nbits": "8", "m": "2"]), (.manhattan, ["refine_store": "none"]),
    (.euclidean, ["refine_store": "f16"]), (.angular, ["refine_store": "sq8"]),
  ])
  func keepsItsPromisesWithoutExactVectors(metric: Metric, build: [String: String]) throws {
    let setup = fractal(metric, build, trainingVectors: build["nbits"] == "8" ? 256 : 64)
    let index = try setup.makeReady()
    var generator = SeededGenerator(seed: 3)
    var stored: Set<UInt64> = []
    let pool = setup.vectors(200, .clustered, seed: 3)
    for operation in 0..<600 {
      let id = UInt64(generator.next(below: 120))
      // Down to nothing and up again, twice.
      if operation / 150 % 2 == 0 || generator.next(below: 5) == 0 {
        let isNew = stored.insert(id).inserted
        let vector = pool.array(generator.next(below: pool.rows))
        #expect(try index.insert(id: id, vector: vector, onConflict: .replace) == isNew)
      } else {
        #expect(try index.remove(id: id) == (stored.remove(id) != nil))
      }
      if operation % 200 == 140, stored.count >= setup.trainingVectors { try index.retrain(threads: 2) }
      try index.checkInvariants()
    }
    #expect(Set(try setup.find(pool.array(0), k: 120, in: index).map(\.id)) == stored)
  }

  // parity: S2.6
  @Test func hasTheDocumentedDefaults() throws {
    let parameters = try Parameters(declared: FractalIndex.declaration.build, kind: "fractal")
    let names = ["max_leaf", "min_leaf", "max_buffer", "max_children", "max_depth"]
    #expect(names.map(parameters.integer) == [0, 50, 128, 64, 8])
    let search = try Parameters(declared: FractalIndex.declaration.search, kind: "fractal")
    #expect(search.optionalInteger("nprobe") == nil && FractalIndex.standardNProbe == 8)
    #expect(["refine", "candidates"].map(search.optionalInteger) == [nil, nil], "max(10·k, 100)")
    #expect(parameters.real("refit") == 1.5)
  }

  @Test func refusesWhatDoesNotFitTogether() throws {
    func expectRefused(_ name: String, _ build: [String: String]) {
      let error = #expect(throws: IndexError.self) { try fractal(.euclidean, build).make() }
      guard case .invalidParameter(name, _, _) = error else {
        Issue.record("\(String(describing: error)) does not name \(name)")
        return
      }
    }
    expectRefused("min_leaf", ["max_leaf": "9", "min_leaf": "5"])
    expectRefused("m", ["m": "3"])
    expectRefused("train_size", ["train_size": "15"])
    expectRefused("train_size", ["train_size": "255", "nbits": "8"])
    expectRefused("max_children", ["max_children": "2"])
    expectRefused("refit", ["refit": "0.9"])
  }

  /// A search has no more candidates than it asked for, and no fewer than k, whatever the parameters.
  @Test(arguments: metrics)
  func nprobeAndRefineAct(metric: Metric) throws {
    let setup = fractal(metric, ["max_leaf": "20", "min_leaf": "5", "max_buffer": "7"])
    let vectors = setup.vectors(400, seed: 5)
    let index = try setup.grown(on: vectors)
    func found(_ settings: [String: String], k: Int) throws -> (count: Int, computations: Int) {
      var answer = TopK(k: k)
      try index.search(
        vectors[row: 3], k: k, parameters: setup.searchParameters(settings), filter: nil, scratch: index.makeScratch(),
        into: &answer)
      return (answer.count, answer.distanceComputations)
    }
    let (one, two, all) = (
      try found(["nprobe": "1"], k: 5), try found(["nprobe": "2"], k: 5), try found([:], k: 5)
    )
    #expect(one.computations < two.computations && two.computations < all.computations)
    #expect(try found(["refine": "0"], k: 400).count == 400)
    #expect(try found(["refine": "1"], k: 300).count == 300)
    // Buffers count too: an answer is never shorter than what was looked at.
    #expect(try found(["nprobe": "2", "refine": "1"], k: 30).count >= 2 * 5)
  }

  /// Trap: postings and buffers, refined or not, are on one scale.
  @Test(arguments: metrics)
  func distancesAreOnOneScale(metric: Metric) throws {
    let setup = fractal(metric, ["m": "20", "max_leaf": "100", "max_buffer": "40"])
    let vectors = setup.vectors(300, .clustered, seed: 6)
    let index = try setup.grown(on: vectors)
    try index.retrain(threads: 1)
    let buffered = index.statistics.figures["buffered"] ?? 0
    #expect(20 < buffered && buffered < 250, "both kinds are there")
    for row in 0..<5 {
      let exact = try setup.find(vectors.array(row), k: 300, in: index)
      let coded = try index.find(vectors.array(row), k: 300, parameters: setup.searchParameters(["refine": "0"]))
      let approximate = Dictionary(uniqueKeysWithValues: coded.map { ($0.id, $0.distance) })
      let scale = exact.map { abs($0.distance) }.max() ?? 1
      let error = exact.reduce(0) { $0 + abs($1.distance - (approximate[$1.id] ?? .infinity)) } / 300
      #expect(error < 0.1 * scale)
      // What is in a buffer is exact even so.
      let places = index.store.places
      for neighbor in exact where places[neighbor.id]!.list % 2 == 1 {
        #expect(approximate[neighbor.id] == neighbor.distance)
      }
    }
  }

  /// The tree is part of what a seed and a history decide, and a batch equals its rows.
  @Test func sameHistorySameTree() throws {
    let setup = fractal()
    let vectors = setup.vectors(500, .clustered, seed: 7)
    func outline(_ index: FractalIndex) -> [String] {
      index.tree.all.map { "\($0.id) \($0.slot) \($0.population) \($0.sums)" }
    }
    let single = try setup.grown(on: vectors)
    let batch = try setup.makeFilled(with: vectors, threads: 2)
    #expect(outline(single) == outline(batch))
    for id in stride(from: UInt64(0), to: 500, by: 3) {
      try single.remove(id: id)
      try batch.remove(id: id)
    }
    #expect(outline(single) == outline(batch))
  }

  @Test func statisticsDescribeTheTree() throws {
    let setup = fractal(.euclidean, ["max_leaf": "20", "min_leaf": "5"])
    let index = try setup.grown(on: setup.vectors(400, .clustered, seed: 8))
    for id in 0..<UInt64(300) { try index.remove(id: id) }
    let figures = index.statistics.figures
    let sizes = index.clusterSizes.map(Double.init)
    let leaves = Double(sizes.count)
    #expect(sizes.reduce(0, +) == 100)
    #expect(figures["leaves"] == leaves)
    #expect(figures["clusters"] == Double(index.tree.all.count))
    #expect(figures["depth"] == Double(index.tree.depth))
    let inner = index.tree.all.filter { !$0.isLeaf }
    #expect(figures["fan_out"] == Double(inner.reduce(0) { $0 + $1.children.count }) / Double(inner.count))
    #expect(abs(figures["leaf_fill"]! - 100 / leaves / 20) < 1e-12)
    #expect(abs(figures["imbalance"]! - leaves * sizes.reduce(0) { $0 + $1 * $1 } / 10_000) < 1e-9)
    let (splits, merges) = (figures["splits"]!, figures["merges"]!)
    // Leaves come by splits and go by merges or empty.
    #expect(splits > 20 && merges > 0 && leaves <= 1 + splits - merges)
    #expect(figures["moved_vectors"]! >= splits * 21)
    #expect(figures["coded_vectors"]! >= 3 * figures["cascades"]!)
    #expect(figures["cascade_seconds"]! > 0 && figures["split_seconds"]! > 0 && figures["merge_seconds"]! > 0)
  }

  // parity: S2.5
  @Test func clusterIDsRunOutByAnErrorThatChangesNothing() throws {
    let setup = fractal()
    let parameters = try Parameters(setup.build, declared: FractalIndex.declaration.build, kind: "fractal")
    let index = try FractalIndex(
      dimension: 20, metric: .euclidean, parameters: parameters, seed: 1, firstClusterID: .max - 2000)
    let vectors = setup.vectors(50, seed: 9)
    try index.insertBatch(
      ids: (0..<10).map { $0 }, vectors: vectors[rows: 0..<10], metadata: [], onConflict: .fail, threads: 1)
    let next = index.tree.nextID
    #expect(throws: IndexError.clusterIDsExhausted(next: next)) {
      try index.insertBatch(
        ids: (0..<50).map { $0 }, vectors: vectors, metadata: [], onConflict: .replace, threads: 1)
    }
    #expect(index.count == 10 && index.tree.nextID == next)
    try index.checkInvariants()
  }

  // parity: S2.5
  @Test func clusterIDsAreNeverUsedAgain() throws {
    let setup = fractal()
    let vectors = setup.vectors(300, seed: 10)
    let index = try setup.makeReady()
    var gone: Set<UInt64> = []
    var living: Set<UInt64> = [0]
    for round in 0..<3 {
      for row in 0..<100 { try index.insert(id: UInt64(row), vector: vectors.array(100 * round + row)) }
      let now = Set(index.tree.all.map(\.id))
      #expect(now.isDisjoint(with: gone))
      gone.formUnion(living.subtracting(now))
      living = now
      for row in 0..<UInt64(100) { try index.remove(id: row) }
    }
  }
}
