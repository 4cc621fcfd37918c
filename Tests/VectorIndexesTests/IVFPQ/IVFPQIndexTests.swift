import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// The metrics of product codes.
private let metrics = IVFPQIndex.declaration.metrics

@Suite struct IVFPQIndexTests {
  func setup(
    _ metric: Metric = .euclidean, nlist: Int = 12, dimension: Int = 20, _ build: [String: String] = [:],
    refine: Int = 1000
  ) -> IndexSetup<IVFPQIndex> {
    IndexSetup(
      IVFPQIndex.self, metric: metric, dimension: dimension,
      build: ["nlist": String(nlist), "niter": "1"].merging(build) { _, given in given },
      exhaustive: ["nprobe": String(nlist), "refine": String(refine)],
      hasTrueDistances: refine > 0 && build["refine_store", default: "f32"] == "f32",
      trainingVectors: build["nbits"] == "8" ? 300 : 200)
  }

  // parity: S1.8, S3.9
  @Test(
    arguments: metrics,
    [["m": "4"], ["m": "2", "by_residual": "off"], ["nbits": "8", "m": "1"], ["m": "2", "spill": "on"]])
  func conforms(metric: Metric, build: [String: String]) throws {
    try checkVectorIndex(setup(metric, build))
  }

  @Test(arguments: metrics, ["none", "f16", "sq8"])
  func conformsWithVectorsNotStoredAsTheyAre(metric: Metric, store: String) throws {
    try checkVectorIndex(setup(metric, ["refine_store": store, "m": "4"]))
  }

  /// What is rounded in the store is rounded in the answer, and no more.
  @Test(arguments: metrics, [("f16", 1e-3), ("sq8", 2e-2)])
  func roundedVectorsGiveRoundedDistances(metric: Metric, store: (String, Double)) throws {
    let setup = setup(metric, dimension: 40, ["refine_store": store.0])
    let vectors = setup.vectors(400, .clustered, seed: 80)
    let index = try setup.makeFilled(with: vectors)
    let exact = try IndexSetup(FlatIndex.self, metric: metric, dimension: 40).makeFilled(with: vectors)
    let plain = SearchParameters(try Parameters(declared: [], kind: "flat"))
    for row in 0..<5 {
      let query = setup.vectors(5, .clustered, seed: 81).array(row)
      let truth = try exact.find(query, k: 400, parameters: plain)
      let byID = Dictionary(uniqueKeysWithValues: truth.map { ($0.id, Double($0.distance)) })
      let scale = truth.map { abs(Double($0.distance)) }.max() ?? 1
      let found = try setup.find(query, k: 10, in: index)
      for neighbor in found {
        #expect(abs(Double(neighbor.distance) - byID[neighbor.id]!) <= store.1 * scale)
      }
      let farthest = Double(truth[9].distance) + 2 * store.1 * scale
      #expect(found.allSatisfy { byID[$0.id]! <= farthest }, "the ten nearest, but for rounding")
    }
  }

  @Test(arguments: [Metric.angular, .dot])
  func conformsWithAnisotropicCodes(metric: Metric) throws {
    try checkVectorIndex(setup(metric, ["anisotropic": "0.2", "rotation": "random", "m": "4"]))
  }

  /// Codes that keep products right are farther from their vectors than plain ones.
  @Test func reportsTheReconstructionError() throws {
    func error(_ build: [String: String]) throws -> Double {
      let setup = setup(.dot, dimension: 24, build)
      let index = try setup.make()
      #expect(index.statistics.figures.isEmpty)
      let vectors = setup.vectors(500, seed: 90)
      try index.train(vectors, threads: 1)
      try index.insertBatch(
        ids: (0..<500).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
      let trained = try index.requireTrained()
      let decoded = trained.decodedVectors(at: trained.store.placesBySequence())
      let squares = (0..<500).reduce(0.0) { sum, row in
        sum + zip(vectors.array(row), decoded.array(row)).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
      }
      let reported = try #require(index.statistics.figures["reconstruction_error"])
      #expect(abs(reported - squares / 500) < 1e-3 * squares / 500)
      return reported
    }
    let (coarse, fine) = (try error(["m": "4"]), try error(["m": "12"]))
    #expect(fine < coarse)
    #expect(try error(["m": "12", "anisotropic": "0.6"]) > fine)
  }

  @Test(arguments: metrics)
  func conformsInTheOrderOfTheCodes(metric: Metric) throws {
    try checkVectorIndex(setup(metric, ["m": "4"], refine: 0))
  }

  @Test(arguments: metrics)
  func survivesRandomOperations(metric: Metric) throws {
    let build = ["nbits": metric == .dot ? "8" : "4", "spill": metric == .manhattan ? "off" : "on"]
    try checkRandomOperations(
      setup(metric, nlist: 8, dimension: 6, build), operations: 2000, seed: 12)
  }

  /// Spilled copies follow their vectors through every change, and lead to them.
  @Test(arguments: ["0", "4"])
  func aSecondListFindsWhatTheFirstMisses(refine: String) throws {
    func index(_ spill: String) throws -> (IVFPQIndex, IndexSetup<IVFPQIndex>) {
      let setup = self.setup(.angular, nlist: 24, dimension: 24, ["spill": spill, "niter": "8"])
      let vectors = setup.vectors(1500, seed: 70)
      let index = try setup.make()
      try index.train(vectors, threads: 2)
      try index.insertBatch(
        ids: (0..<1500).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 2)
      for id in stride(from: UInt64(0), to: 1500, by: 2) { try index.remove(id: id) }
      try index.insertBatch(
        ids: (0..<300).map { 2 * $0 }, vectors: setup.vectors(300, seed: 71), metadata: [], onConflict: .fail,
        threads: 2)
      return (index, setup)
    }
    let (once, setup) = try index("off")
    let (twice, _) = try index("on")
    let queries = setup.vectors(40, seed: 72)
    func hits(_ index: IVFPQIndex) throws -> Int {
      try (0..<40).reduce(0) { hits, row in
        let truth = try once.find(
          queries.array(row), k: 10, parameters: setup.searchParameters(["nprobe": "24", "refine": "100"]))
        let found = try index.find(
          queries.array(row), k: 10, parameters: setup.searchParameters(["nprobe": "3", "refine": refine]))
        #expect(Set(found.map(\.id)).count == found.count, "no vector twice")
        return hits + found.filter { neighbor in truth.contains { $0.id == neighbor.id } }.count
      }
    }
    // The order of the codes is too rough to gain as much.
    let gain = refine == "0" ? 1 : 1.2
    #expect(try Double(hits(twice)) > gain * Double(hits(once)))
    try twice.retrain(threads: 2)
    #expect(try Double(hits(twice)) > gain * Double(hits(once)), "learnt again")
    #expect(twice.clusterSizes.reduce(0, +) == twice.count, "spilled copies are not counted")
  }

  /// The distance of a code is that of the vector it decodes to.
  @Test(arguments: metrics, ["4", "8"])
  func aCodesDistanceIsThatOfItsDecodedVector(metric: Metric, nbits: String) throws {
    for (residual, rotation) in [("off", "none"), ("on", "none"), ("on", nbits == "4" ? "opq" : "random")] {
      if metric == .manhattan, rotation != "none" { continue }
      // 6 subquantizers of 4 bits: the last line of a block is not full.
      let build = ["nbits": nbits, "by_residual": residual, "m": nbits == "4" ? "6" : "3", "rotation": rotation]
      let setup = setup(metric, nlist: 5, dimension: 36, build, refine: 0)
      let vectors = setup.vectors(300, .clustered, seed: 60)
      let index = try setup.make()
      try index.train(vectors, threads: 2)
      try index.insertBatch(
        ids: (0..<300).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 2)
      for id in stride(from: UInt64(0), to: 300, by: 3) { try index.remove(id: id) }
      let trained = try index.requireTrained()
      let places = trained.store.placesBySequence()
      let decoded = trained.decodedVectors(at: places)
      let ids = places.map { trained.store.lists[Int($0.list)].ids[Int($0.offset)] }
      let queries = metric.prepare(setup.vectors(2, .clustered, seed: 61), threads: 1)
      for row in 0..<queries.rows {
        let query = queries.array(row)
        var expected: [UInt64: Double] = [:]
        for (number, id) in ids.enumerated() {
          let x = decoded.array(number)
          expected[id] =
            metric == .angular
            ? max(1 + Metric.dot.referenceDistance(query, x), 0) : metric.referenceDistance(query, x)
        }
        let filter = Filter.and([])
        let all = try setup.find(query, k: 400, in: index, filter: filter)
        for found in [try setup.find(query, k: 400, in: index), all] {
          #expect(found.count == ids.count)
          for neighbor in found {
            let truth = try #require(expected[neighbor.id])
            #expect(abs(Double(neighbor.distance) - truth) <= 1e-4 * max(1, abs(truth)))
          }
        }
        // What the 8-bit sums rule out is not among the nearest.
        #expect(try setup.find(query, k: 7, in: index) == Array(all.prefix(7)))
      }
    }
  }

  // parity: S1.12, S3.1
  @Test func declaresTheDefaults() throws {
    let build = try Parameters(declared: IVFPQIndex.declaration.build, kind: "ivf-pq")
    #expect(build.integer("nlist") == 256)
    let search = try Parameters(declared: IVFPQIndex.declaration.search, kind: "ivf-pq")
    #expect(["nprobe", "refine", "candidates"].map(search.optionalInteger) == [nil, nil, nil], "left to the index")
    #expect(search.real("diversity") == 0)
  }

  /// One list holds product codes as each of several does: nothing takes it for the list of an exact index.
  @Test(arguments: zip(metrics, ["f32", "f16", "sq8", "none"]))
  func conformsWithOneList(metric: Metric, store: String) throws {
    try checkVectorIndex(setup(metric, nlist: 1, ["refine_store": store, "m": "4"]))
  }

  @Test(arguments: ["f32", "f16", "sq8", "none"])
  func oneListKeepsNoOtherCodes(store: String) throws {
    func bytes(_ nlist: Int) throws -> Int {
      let setup = setup(nlist: nlist, dimension: 64, ["refine_store": store, "m": "32"])
      let index = try setup.makeFilled(with: setup.vectors(4096, seed: 2))
      let store = try index.requireTrained().store
      #expect(store.quantizer == nil)
      return index.statistics.memoryBytes
    }
    #expect(abs(try bytes(1) - bytes(2)) < 4096, "codes of 4 bits would be 160 KiB more")
  }

  // parity: S1.3
  @Test func trainsWithAsManyListsAsThereAreVectors() throws {
    let setup = setup(nlist: 256, dimension: 8)
    let index = try setup.make()
    let vectors = setup.vectors(300, seed: 1)
    try index.train(vectors[rows: 0..<100], threads: 1)
    #expect(index.clusterSizes.count == 100)
    #expect(index.statistics.figures["nlist"] == 100, "the clamp is reported")
    try index.insertBatch(
      ids: (0..<100).map(UInt64.init), vectors: vectors[rows: 0..<100], metadata: [], onConflict: .fail, threads: 1)
    #expect(try setup.find(vectors.array(7), k: 1, in: index).map(\.id) == [7])
    // Learning again starts from the lists that were asked for.
    try index.insertBatch(
      ids: (100..<300).map(UInt64.init), vectors: vectors[rows: 100..<300], metadata: [], onConflict: .fail, threads: 1)
    try index.retrain(threads: 1)
    #expect(index.clusterSizes.count == 256)
    for id in UInt64(30)..<300 { try index.remove(id: id) }
    try index.retrain(threads: 1)
    #expect(index.statistics.figures["nlist"] == 30)
  }

  // parity: S3.1
  @Test(arguments: [
    (384, "4", 64), (384, "8", 32), (1536, "4", 256), (128, "4", 64), (20, "4", 10), (18, "4", 6), (2, "4", 2),
    (7, "8", 1),
  ])
  func choosesHowManyCodes(dimension: Int, nbits: String, m: Int) throws {
    #expect(try setup(dimension: dimension, ["nbits": nbits]).make().settings.shape.m == m)
  }

  // parity: S1.2, S3.2
  @Test(arguments: [
    ("m", "3", ["m": "3"]), ("m", "5", ["m": "5"]), ("m", "8", ["m": "8", "nbits": "8"]), ("m", "-1", ["m": "-1"]),
    ("nbits", "5", ["nbits": "5"]), ("nlist", "0", ["nlist": "0"]), ("niter", "0", ["niter": "0"]),
    ("train_size", "255", ["nlist": "4", "nbits": "8", "train_size": "255"]),
    ("train_size", "15", ["nlist": "16", "train_size": "15"]),
    ("by_residual", "maybe", ["by_residual": "maybe"]), ("refine_store", "f64", ["refine_store": "f64"]),
    ("anisotropic", "0.2", ["anisotropic": "0.2"]), ("spill", "2", ["spill": "2"]),
  ])
  func refusesAnImpossibleConfiguration(name: String, value: String, build: [String: String]) {
    let error = #expect(throws: IndexError.self) { try setup(.euclidean, build).make() }
    guard case .invalidParameter(name, value, _) = error else {
      Issue.record("\(String(describing: error)) names another parameter")
      return
    }
  }

  // parity: S3.2
  @Test func anOddDimensionNeedsEightBits() throws {
    let error = #expect(throws: IndexError.self) { try setup(dimension: 7).make() }
    #expect(error.map { "\($0)".contains("nbits = 8") } == true)
    #expect(try setup(dimension: 7, ["nbits": "8"]).make().count == 0)
  }

  @Test(arguments: ["random", "opq"])
  func refusesToTurnVectorsUnderManhattan(rotation: String) {
    let error = #expect(throws: IndexError.self) { try setup(.manhattan, ["rotation": rotation]).make() }
    guard case .invalidParameter("rotation", rotation, _) = error else {
      Issue.record("\(String(describing: error)) names another parameter")
      return
    }
  }

  @Test(arguments: ["random", "opq"])
  func conformsTurned(rotation: String) throws {
    try checkVectorIndex(setup(.angular, ["rotation": rotation, "m": "2"]))
  }

  @Test func refusesHammingByName() {
    #expect(throws: IndexError.unsupportedMetric(kind: "ivf-pq", metric: .hamming, supported: metrics)) {
      try setup(.hamming).make()
    }
  }

  // parity: S3.3, S3.7
  @Test func needsTraining() throws {
    let setup = setup()
    let index = try setup.make()
    let vectors = setup.vectors(20, seed: 1)
    let error = IndexError.notTrained(kind: "ivf-pq")
    #expect(throws: error) { try index.insert(id: 1, vector: vectors.array(0)) }
    #expect(throws: error) { try setup.find([.nan], k: 0, in: index) }
    #expect(throws: error) { try index.retrain(threads: 1) }
    #expect(try !index.remove(id: 1))
    #expect(index.clusterStatistics.sizes.isEmpty)
  }

  // parity: S3.4
  @Test(arguments: [("4", 16), ("8", 256)])
  func trainsOnceOnEnoughVectors(nbits: String, needed: Int) throws {
    let setup = setup(nlist: 4, ["nbits": nbits])
    let index = try setup.make()
    let what = "training codes of nbits = \(nbits)"
    #expect(throws: IndexError.tooFewVectors(what: what, needed: needed, got: needed - 1)) {
      try index.train(setup.vectors(needed - 1, seed: 1), threads: 1)
    }
    #expect(throws: IndexError.tooFewVectors(what: what, needed: needed, got: 0)) {
      try index.train(Matrix([]), threads: 1)
    }
    #expect(!index.isTrained)
    try index.train(setup.vectors(needed, seed: 1), threads: 1)
    #expect(index.isTrained && index.count == 0)
    #expect(throws: IndexError.alreadyTrained(kind: "ivf-pq")) {
      try index.train(setup.vectors(needed, seed: 1), threads: 1)
    }
  }

  // parity: S3.5
  @Test(arguments: metrics)
  func retrainKeepsEveryVectorIDSequenceAndMetadata(metric: Metric) throws {
    let setup = setup(metric)
    let index = try setup.makeReady()
    let vectors = setup.vectors(300, .clustered, seed: 34)
    try index.insertBatch(
      ids: (0..<300).reversed().map(UInt64.init), vectors: vectors,
      metadata: (0..<300).map { ["row": .integer($0)] }, onConflict: .fail, threads: 1)
    for id in stride(from: UInt64(0), to: 300, by: 3) { try index.remove(id: id) }
    let filter = Filter.less("row", .integer(100))
    let before = try setup.contents(of: index)
    let filtered = try setup.find(vectors.array(5), k: 300, in: index, filter: filter)
    try index.retrain(threads: 2)
    #expect(index.count == 200)
    #expect(try setup.contents(of: index) == before, "ids, distances and sequences")
    #expect(try setup.find(vectors.array(5), k: 300, in: index, filter: filter) == filtered)
  }

  // parity: S3.5
  @Test func retrainWithoutStoredVectorsKeepsTheCorpus() throws {
    let setup = setup(.euclidean, ["refine_store": "none"])
    let vectors = setup.vectors(300, .clustered, seed: 44)
    let index = try setup.make()
    try index.train(vectors, threads: 2)
    try index.insertBatch(
      ids: (0..<300).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 2)
    try index.retrain(threads: 2)
    let found = try setup.find(vectors.array(0), k: 300, in: index)
    #expect(Set(found.map(\.id)) == Set(0..<300))
    // The codes still tell the clouds apart that the vectors came from.
    let own = try setup.find(vectors.array(0), k: 5, in: index).map(\.distance).max() ?? .infinity
    #expect(own < (found.last?.distance ?? 0) / 2)
  }

  // parity: S3.5
  @Test(arguments: ["f32", "none"])
  func retrainThatFailsLeavesTheIndexAsItWas(store: String) throws {
    let setup = setup(nlist: 4, ["refine_store": store])
    let index = try setup.makeFilled(with: setup.vectors(15, seed: 36))
    let before = try setup.contents(of: index)
    #expect(throws: IndexError.tooFewVectors(what: "training codes of nbits = 4", needed: 16, got: 15)) {
      try index.retrain(threads: 1)
    }
    #expect(try setup.contents(of: index) == before)
    for id in 0..<UInt64(15) { try index.remove(id: id) }
    try index.retrain(threads: 1)
    #expect(index.isTrained && index.count == 0, "an empty index stays as it is")
  }

  // parity: S1.4, S1.5, S1.6, S3.6
  @Test func upsertsAndRemovesOnce() throws {
    let setup = setup()
    let vectors = setup.vectors(3, seed: 37)
    let index = try setup.makeFilled(with: vectors)
    #expect(try !index.insert(id: 0, vector: vectors.array(1), onConflict: .replace))
    #expect(index.count == 3)
    #expect(index.clusterSizes.reduce(0, +) == 3)
    let found = try setup.find(vectors.array(1), k: 3, in: index)
    #expect(found.map(\.id).prefix(2) == [1, 0], "the replaced vector is the newer one")
    #expect(
      try index.insertBatch(
        ids: [2, 5], vectors: setup.vectors(2, seed: 38), metadata: [], onConflict: .replace, threads: 1) == 1)
    #expect(try index.remove(id: 2))
    #expect(try !index.remove(id: 2))
  }

  /// Memory that was laid out for other codes is not written to.
  @Test func aScratchOfOtherCodesIsRefused() async {
    await #expect(processExitsWith: .failure) {
      let few = try IVFPQIndexTests().setup(.euclidean, ["m": "2"]).makeReady()
      let many = IVFPQIndexTests().setup(.euclidean, ["m": "10"])
      var answer = TopK(k: 0)
      try many.makeReady().search(
        many.vectors(1, seed: 1)[row: 0], k: 1, parameters: many.searchParameters(), filter: nil,
        scratch: few.makeScratch(), into: &answer)
    }
  }

  /// Refined and unrefined distances are on one scale: those of codes come close to the true ones.
  @Test(arguments: metrics)
  func distancesAreOnOneScale(metric: Metric) throws {
    let setup = setup(metric, ["m": "20"])
    let vectors = setup.vectors(300, seed: 47)
    let index = try setup.makeFilled(with: vectors)
    for row in 0..<5 {
      let exact = try setup.find(vectors.array(row), k: 300, in: index)
      let coded = try index.find(
        vectors.array(row), k: 300, parameters: setup.searchParameters(["refine": "0"]))
      let approximate = Dictionary(uniqueKeysWithValues: coded.map { ($0.id, $0.distance) })
      let scale = exact.map { abs($0.distance) }.max() ?? 1
      let error = exact.reduce(0) { $0 + abs($1.distance - (approximate[$1.id] ?? .infinity)) } / 300
      #expect(error < 0.1 * scale)
    }
  }

  // parity: S1.7, S3.9
  @Test func nprobeAndRefineAreArguments() throws {
    let setup = setup(refine: 1)
    let index = try setup.makeFilled(with: setup.vectors(300, seed: 38))
    let query = setup.vectors(1, seed: 39)
    func computations(_ settings: [String: String], k: Int) throws -> Int {
      var answer = TopK(k: k)
      try index.search(
        query[row: 0], k: k, parameters: setup.searchParameters(settings), filter: nil, scratch: index.makeScratch(),
        into: &answer)
      #expect(answer.count <= k)
      return answer.distanceComputations
    }
    #expect(try computations(["refine": "0"], k: 10) == 300)
    #expect(try computations(["refine": "1"], k: 10) == 310)
    let some = try computations(["refine": "4"], k: 10)
    #expect(320 <= some && some <= 340, "what estimates rule out is not measured")
    #expect(try computations(["refine": "1000"], k: 10) == 600, "no more candidates than vectors")
    #expect(try computations(["refine": "0", "nprobe": "1"], k: 10) < 300)
    #expect(try computations(["refine": "0", "nprobe": "1000000"], k: 10) == 300)
  }

  // parity: S3.12
  @Test func statisticsAddUpToCodesVectorsAndCodebooks() throws {
    func bytes(_ store: String) throws -> (empty: Int, filled: Int) {
      let setup = setup(nlist: 4, dimension: 64, ["refine_store": store, "m": "32"])
      let index = try setup.make()
      #expect(index.statistics.memoryBytes == 0)
      try index.train(setup.vectors(200, seed: 1), threads: 1)
      let empty = index.statistics.memoryBytes
      try index.insertBatch(
        ids: (0..<4096).map(UInt64.init), vectors: setup.vectors(4096, seed: 2), metadata: [], onConflict: .fail,
        threads: 1)
      return (empty, index.statistics.memoryBytes)
    }
    let (codes, all) = (try bytes("none"), try bytes("f32"))
    #expect(codes.empty >= 64 * 16 * 4 + 4 * 64 * 4, "codebooks and centroids")
    #expect(codes.filled - codes.empty >= 4096 * (16 + 16), "codes, ids and sequences")
    // Arrays may get a few bytes more than they ask for.
    #expect(abs(all.filled - codes.filled - 4096 * 64 * 4) < 4096, "the vectors themselves")
  }

  /// The trap: codebooks of the same vectors as the centroids, whatever else there is.
  @Test func trainsCentroidsAndCodebooksOnOneSample() throws {
    // As many vectors in the sample as lists and as codewords: they are the centroids, and the codes stand for them.
    let setup = setup(nlist: 16, ["train_size": "16", "niter": "16", "by_residual": "off", "m": "4"])
    let model = try ProductModel(
      training: setup.vectors(2000, seed: 48), settings: setup.make().settings, metric: .euclidean, seed: 7,
      threads: 1)
    let centroids = model.quantizer.centroids.matrix
    let codes = model.coder.encode(centroids, labels: Array(0..<16), threads: 1)
    let decoded = model.coder.decode(codes, lists: Array(0..<16), threads: 1)
    for row in 0..<16 {
      #expect(zip(centroids.array(row), decoded.array(row)).allSatisfy { abs($0 - $1) < 1e-4 }, "centroid \(row)")
    }
  }

  @Test func trainsOnASampleWhateverTheThreadCount() throws {
    let vectors = setup().vectors(2000, .clustered, seed: 48)
    func decoded(trainSize: Int, threads: Int) throws -> [Float] {
      let setup = setup(.euclidean, ["train_size": String(trainSize)])
      let index = try setup.make()
      try index.train(vectors, threads: threads)
      try index.insertBatch(
        ids: (0..<100).map(UInt64.init), vectors: vectors[rows: 0..<100], metadata: [], onConflict: .fail,
        threads: threads)
      let trained = try index.requireTrained()
      let matrix = trained.decodedVectors(at: trained.store.placesBySequence())
      return (0..<100).flatMap(matrix.array)
    }
    let small = try decoded(trainSize: 50, threads: 1)
    #expect(try decoded(trainSize: 50, threads: 2) == small, "whatever the thread count")
    #expect(try decoded(trainSize: 2000, threads: 1) != small)
  }

  @Test func identicalVectorsCanBeTrainedOn() throws {
    let setup = setup(nlist: 4, dimension: 4)
    let index = try setup.make()
    let same = Matrix(Array(repeating: [1, 2, 3, 4], count: 50))
    try index.train(same, threads: 1)
    try index.insertBatch(ids: (0..<50).map(UInt64.init), vectors: same, metadata: [], onConflict: .fail, threads: 1)
    let found = try index.find(
      [1, 2, 3, 4], k: 50, parameters: setup.searchParameters(["nprobe": "1", "refine": "0"]))
    #expect(found.map(\.id) == (0..<50).map(UInt64.init))
  }
}
