import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct FractalTrainingTests {
  @Test func trainsOnceOnEnoughVectors() throws {
    let setup = fractal()
    let index = try setup.make()
    #expect(throws: IndexError.tooFewVectors(what: "training codes of nbits = 4", needed: 16, got: 15)) {
      try index.train(setup.vectors(15, seed: 1), threads: 1)
    }
    try index.retrain(threads: 1)
    #expect(!index.isTrained, "nothing to learn from")
    try index.train(setup.vectors(16, seed: 1), threads: 1)
    #expect(index.isTrained && index.count == 0 && index.clusterSizes == [0], "one cluster to start from")
    #expect(throws: IndexError.alreadyTrained(kind: "fractal")) {
      try index.train(setup.vectors(16, seed: 1), threads: 1)
    }
  }

  /// The index needs nobody to train it: it takes vectors at once, and codes them when it has seen enough.
  @Test func trainsItselfOnTheFirstVectors() throws {
    let setup = fractal(.euclidean, ["train_size": "60"], trainingVectors: 0)
    let vectors = setup.vectors(100, .clustered, seed: 2)
    let index = try setup.grown(on: vectors[rows: 0..<59])
    #expect(!index.isTrained && index.statistics.figures["buffered"] == 59)
    let before = try setup.contents(of: index)
    for row in 59..<100 { try index.insert(id: UInt64(row), vector: vectors.array(row)) }
    #expect(index.isTrained && index.statistics.figures["buffered"]! < 60)
    for row in 59..<UInt64(100) { try index.remove(id: row) }
    #expect(try setup.contents(of: index) == before)
    try index.checkInvariants()
  }

  @Test func waitsFor64VectorsACodeword() throws {
    let setup = IndexSetup(FractalIndex.self, metric: .euclidean, dimension: 4, trainingVectors: 0)
    let index = try setup.makeFilled(with: setup.vectors(1023, seed: 1))
    #expect(!index.isTrained)
    try index.insert(id: 1023, vector: [0, 0, 0, 0])
    #expect(index.isTrained)
  }

  /// `train` may come when vectors are there already; those in full buffers are then coded.
  @Test func canBeTrainedWhenItIsFilled() throws {
    let setup = fractal(.angular, trainingVectors: 0)
    let index = try setup.grown(on: setup.vectors(100, seed: 3))
    let before = try setup.contents(of: index)
    try index.train(setup.vectors(50, seed: 4), threads: 1)
    try index.checkInvariants()
    #expect(index.statistics.figures["cascades"]! > 0)
    #expect(try setup.contents(of: index) == before)

    let other = try setup.grown(on: setup.vectors(100, seed: 3))
    try other.retrain(threads: 1)
    try other.checkInvariants()
    #expect(other.isTrained)
    #expect(try setup.contents(of: other) == before)
  }

  @Test(arguments: ["f32", "none"])
  func retrainKeepsTreeVectorsIDsAndMetadata(store: String) throws {
    let setup = fractal(.angular, ["refine_store": store])
    let index = try setup.makeReady()
    let vectors = setup.vectors(300, .clustered, seed: 5)
    try index.insertBatch(
      ids: (0..<300).reversed().map(UInt64.init), vectors: vectors, metadata: (0..<300).map { ["row": .integer($0)] },
      onConflict: .fail, threads: 1)
    let before = try setup.contents(of: index)
    let sizes = index.clusterSizes
    let error = index.statistics.figures["reconstruction_error"]!
    try index.retrain(threads: 2)
    try index.checkInvariants()
    #expect(index.clusterSizes == sizes)
    #expect(index.statistics.figures["reconstruction_error"]! < error, "trained on uniform vectors before")
    let after = try setup.contents(of: index)
    if store == "f32" { #expect(after == before, "ids, distances and sequences") }
    #expect(after.map { Set($0.map(\.id)) } == before.map { Set($0.map(\.id)) })
    #expect(try setup.find(vectors.array(0), k: 300, in: index, filter: .less("row", .integer(7))).count == 7)
  }

  /// Vectors far from those that the codebooks were trained on make the index train them anew; its answers stay right.
  @Test(arguments: ["0", "1.5"])
  func refitsWhenVectorsDrift(threshold: String) throws {
    let setup = fractal(.euclidean, ["refit": threshold, "max_leaf": "40", "train_size": "64"])
    let index = try setup.makeReady()
    let near = setup.vectors(400, seed: 8)
    for row in 0..<400 { try index.insert(id: UInt64(row), vector: near.array(row)) }
    #expect(index.statistics.figures["refits"] == 0, "vectors as those of training")
    let trained = try #require(index.statistics.figures["reconstruction_error"])
    let far = setup.vectors(400, seed: 9)
    for row in 0..<400 {
      try index.insert(id: UInt64(1000 + row), vector: far.array(row).enumerated().map { Float($0 % 7) * 9 + 3 * $1 })
      if row % 20 == 0 { try index.checkInvariants() }
    }
    try index.checkInvariants()
    let figures = index.statistics.figures
    let (refits, error) = (try #require(figures["refits"]), try #require(figures["coding_error"]))
    if threshold == "0" {
      #expect(refits == 0 && error > 5 * trained)
    } else {
      // Each time a quarter of what there is has come since.
      #expect(1...4 ~= refits && error <= 1.6 * figures["reconstruction_error"]!)
    }
    #expect(try setup.find(near.array(7), k: 1, in: index).first?.id == 7)
    #expect(try setup.find(far.array(7).enumerated().map { Float($0 % 7) * 9 + 3 * $1 }, k: 1, in: index)[0].id == 1007)
  }

  @Test func retrainThatFailsLeavesTheIndexAsItWas() throws {
    let setup = fractal()
    let index = try setup.grown(on: setup.vectors(15, seed: 6))
    let before = try setup.contents(of: index)
    #expect(throws: IndexError.tooFewVectors(what: "training codes of nbits = 4", needed: 16, got: 15)) {
      try index.retrain(threads: 1)
    }
    #expect(try setup.contents(of: index) == before)
    for id in 0..<UInt64(15) { try index.remove(id: id) }
    try index.retrain(threads: 1)
    #expect(index.isTrained && index.count == 0, "an empty index stays as it is")
  }
}
