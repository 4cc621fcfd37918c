import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

@Suite struct IVFFlatIndexTests {
  func setup(_ metric: Metric = .euclidean, nlist: Int = 12, dimension: Int = 20) -> IndexSetup<IVFFlatIndex> {
    IndexSetup(
      IVFFlatIndex.self, metric: metric, dimension: dimension, build: ["nlist": String(nlist)],
      exhaustive: ["nprobe": String(nlist)])
  }

  @Test(arguments: Metric.allCases)
  func conforms(metric: Metric) throws {
    try checkVectorIndex(setup(metric))
  }

  @Test(arguments: Metric.allCases)
  func conformsWithOneList(metric: Metric) throws {
    try checkVectorIndex(setup(metric, nlist: 1))
  }

  @Test(arguments: Metric.allCases)
  func survivesRandomOperations(metric: Metric) throws {
    try checkRandomOperations(setup(metric, nlist: 8, dimension: 6), operations: 2000, seed: 12)
  }

  /// With all lists probed the answers are those of `flat`, bit for bit.
  @Test(arguments: Metric.allCases, RandomVectors.allCases)
  func equalsFlatWhenEveryListIsProbed(metric: Metric, kind: RandomVectors) throws {
    let setup = setup(metric, dimension: 33)
    let vectors = kind.matrix(400, dimension: 33, seed: 31)
    let index = try setup.make()
    try index.train(vectors, threads: 2)
    try index.insertBatch(
      ids: (0..<400).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 2)
    let flatSetup = IndexSetup(FlatIndex.self, metric: metric, dimension: 33)
    let flat = try flatSetup.makeFilled(with: vectors)
    let queries = kind.matrix(10, dimension: 33, seed: 32)
    for retrained in [false, true] {
      if retrained { try index.retrain(threads: 2) }
      for row in 0..<queries.rows {
        for k in [10, 400] {
          let found = try setup.find(queries.array(row), k: k, in: index)
          #expect(try found == flatSetup.find(queries.array(row), k: k, in: flat))
        }
      }
    }
  }

  // parity: S3.1
  @Test func declaresTheDefaults() throws {
    let build = try Parameters(declared: IVFFlatIndex.declaration.build, kind: "ivf-flat")
    #expect(build.integer("nlist") == 256)
    let search = try Parameters(declared: IVFFlatIndex.declaration.search, kind: "ivf-flat")
    #expect(search.optionalInteger("nprobe") == nil && IVFFlatIndex.standardNProbe == 8)
  }

  // parity: S3.1
  @Test(arguments: [("256", 65_536), ("16", 65_536), ("1024", 262_144)])
  func trainsOn256VectorsAListUnlessToldOtherwise(nlist: String, size: Int) throws {
    func trainSize(_ build: [String: String]) throws -> Int {
      let parameters = try Parameters(build, declared: IVFFlatIndex.declaration.build, kind: "ivf-flat")
      return try IVFFlatIndex(dimension: 4, metric: .dot, parameters: parameters, seed: 1).trainSize
    }
    #expect(try trainSize(["nlist": nlist]) == size)
    #expect(try trainSize(["nlist": nlist, "train_size": "2000"]) == 2000)
  }

  // parity: S3.2
  @Test(arguments: [["nlist": "0"], ["train_size": "-1"], ["niter": "0"], ["niter": "26"], ["train_size": "255"]])
  func refusesAnImpossibleConfiguration(build: [String: String]) {
    let error = #expect(throws: IndexError.self) {
      let parameters = try Parameters(build, declared: IVFFlatIndex.declaration.build, kind: "ivf-flat")
      _ = try IVFFlatIndex(dimension: 4, metric: .dot, parameters: parameters, seed: 1)
    }
    guard case .invalidParameter(build.keys.first!, build.values.first!, _) = error else {
      Issue.record("\(String(describing: error)) names another parameter")
      return
    }
  }

  // parity: S3.2
  @Test func refusesNProbeZero() {
    #expect(throws: IndexError.self) { try setup().searchParameters(["nprobe": "0"]) }
  }

  // parity: S3.3
  @Test func needsTraining() throws {
    let setup = setup()
    let index = try setup.make()
    let vectors = setup.vectors(20, seed: 1)
    #expect(!index.isTrained)
    #expect(throws: IndexError.notTrained(kind: "ivf-flat")) { try index.insert(id: 1, vector: vectors.array(0)) }
    #expect(throws: IndexError.notTrained(kind: "ivf-flat")) { try setup.find(vectors.array(0), k: 1, in: index) }
    #expect(throws: IndexError.notTrained(kind: "ivf-flat")) { try index.retrain(threads: 1) }
    #expect(!index.remove(id: 1))
    #expect(index.count == 0)
  }

  // parity: S3.4
  @Test func trainsOnce() throws {
    let setup = setup()
    let index = try setup.makeReady()
    #expect(index.isTrained)
    #expect(index.count == 0, "training stores nothing")
    #expect(throws: IndexError.alreadyTrained(kind: "ivf-flat")) {
      try index.train(setup.vectors(200, seed: 1), threads: 1)
    }
  }

  // parity: S3.4
  @Test func refusesWhatItCannotTrainOnAndStaysUntrained() throws {
    let setup = setup()
    let index = try setup.make()
    func refuse(_ error: IndexError, _ vectors: Matrix) {
      #expect(throws: error) { try index.train(vectors, threads: 1) }
      #expect(!index.isTrained)
    }
    let what = "training nlist = 12 clusters"
    refuse(.tooFewVectors(what: what, needed: 12, got: 0), Matrix([]))
    refuse(.tooFewVectors(what: what, needed: 12, got: 11), setup.vectors(11, seed: 1))
    refuse(.dimensionMismatch(expected: 20, got: 19), RandomVectors.uniform.matrix(50, dimension: 19, seed: 1))
    var rows = (0..<50).map(setup.vectors(50, seed: 1).array)
    rows[49][19] = .infinity
    refuse(.notFinite(row: 49, component: 19, value: .infinity), Matrix(rows))
    try index.train(setup.vectors(12, seed: 1), threads: 1)
    #expect(index.isTrained, "as many vectors as clusters are enough")
  }

  // parity: S3.4
  @Test func trainsOnASampleOfWhatItGets() throws {
    let vectors = setup().vectors(2000, .clustered, seed: 33)
    func index(trainSize: Int, seed: UInt64) throws -> [Int] {
      let setup = IndexSetup(
        IVFFlatIndex.self, metric: .euclidean, build: ["nlist": "12", "train_size": String(trainSize)])
      let index = try setup.make(seed: seed)
      try index.train(vectors, threads: 1)
      try index.insertBatch(
        ids: (0..<2000).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: 1)
      return index.clusterSizes
    }
    let sampled = try index(trainSize: 50, seed: 1)
    #expect(sampled.reduce(0, +) == 2000)
    #expect(try index(trainSize: 50, seed: 1) == sampled)
    #expect(try index(trainSize: 50, seed: 2) != sampled, "another seed draws another sample")
    #expect(try index(trainSize: 2000, seed: 1) != sampled)
  }

  // parity: S3.5
  @Test(arguments: Metric.allCases)
  func retrainKeepsEveryVectorIDSequenceAndMetadata(metric: Metric) throws {
    let setup = setup(metric)
    let index = try setup.makeReady()
    let vectors = setup.vectors(300, .clustered, seed: 34)
    try index.insertBatch(
      ids: (0..<300).reversed().map(UInt64.init), vectors: vectors,
      metadata: (0..<300).map { ["row": .integer($0)] }, onConflict: .fail, threads: 1)
    for id in stride(from: UInt64(0), to: 300, by: 3) { index.remove(id: id) }
    let before = try setup.contents(of: index)
    let filtered = try setup.find(vectors.array(5), k: 300, in: index, filter: .less("row", .integer(100)))
    try index.retrain(threads: 2)
    #expect(index.count == 200)
    #expect(try setup.contents(of: index) == before, "ids, distances and sequences")
    #expect(
      try setup.find(vectors.array(5), k: 300, in: index, filter: .less("row", .integer(100))) == filtered)
    // A vector inserted after it comes after all others.
    try index.insert(id: 1000, vector: vectors.array(0))
    let ties = try setup.find(vectors.array(0), k: 300, in: index)
    #expect(ties.max { $0.sequence < $1.sequence }?.id == 1000)
  }

  // parity: S3.5
  @Test func retrainFollowsTheDataThatIsStored() throws {
    let setup = setup(nlist: 2, dimension: 1)
    let index = try setup.make()
    try index.train(Matrix([[0], [1]]), threads: 1)
    let stored = Matrix((0..<40).map { [$0 < 20 ? 100 : 200] })
    try index.insertBatch(
      ids: (0..<40).map(UInt64.init), vectors: stored, metadata: [], onConflict: .fail, threads: 1)
    #expect(index.clusterSizes.sorted() == [0, 40])
    try index.retrain(threads: 1)
    #expect(index.clusterSizes == [20, 20])
  }

  // parity: S3.5
  @Test func retrainDependsOnTheOrderOfInsertionAlone() throws {
    let setup = setup()
    let vectors = setup.vectors(300, .clustered, seed: 35)
    // The same vectors in the same order; removals have shuffled the rows of one index.
    let plain = try setup.makeReady()
    let shuffled = try setup.makeReady()
    for row in 0..<300 {
      try shuffled.insert(id: UInt64(row), vector: vectors.array(row))
      if row % 4 != 0 { try plain.insert(id: UInt64(row), vector: vectors.array(row)) }
    }
    for row in stride(from: 0, to: 300, by: 4) { shuffled.remove(id: UInt64(row)) }
    try plain.retrain(threads: 1)
    try shuffled.retrain(threads: 2)
    #expect(plain.clusterSizes == shuffled.clusterSizes)
    let one = try setup.searchParameters(["nprobe": "1"])
    for row in 0..<20 {
      let a = try plain.find(vectors.array(row), k: 10, parameters: one)
      let b = try shuffled.find(vectors.array(row), k: 10, parameters: one)
      #expect(a.map(\.id) == b.map(\.id))
      #expect(a.map(\.distance) == b.map(\.distance))
    }
  }

  // parity: S3.5
  @Test func retrainThatFailsLeavesTheIndexAsItWas() throws {
    let setup = setup()
    let index = try setup.makeFilled(with: setup.vectors(11, seed: 36))
    let before = try setup.contents(of: index)
    let sizes = index.clusterSizes
    #expect(throws: IndexError.tooFewVectors(what: "training nlist = 12 clusters", needed: 12, got: 11)) {
      try index.retrain(threads: 1)
    }
    #expect(try setup.contents(of: index) == before)
    #expect(index.clusterSizes == sizes)
  }

  // parity: S3.5
  @Test func retrainOfAnEmptyIndexDoesNothing() throws {
    let index = try setup().makeReady()
    try index.retrain(threads: 1)
    #expect(index.isTrained)
  }

  // parity: S3.6
  @Test func reinsertionGetsANewSequence() throws {
    let setup = setup()
    let vectors = setup.vectors(3, seed: 37)
    let index = try setup.makeFilled(with: vectors)
    #expect(throws: IndexError.duplicateID(0)) { try index.insert(id: 0, vector: vectors.array(0)) }
    let old = try setup.find(vectors.array(0), k: 1, in: index)[0]
    #expect(index.remove(id: 0))
    try index.insert(id: 0, vector: vectors.array(0))
    let new = try setup.find(vectors.array(0), k: 1, in: index)[0]
    #expect(new.id == 0 && new.sequence > old.sequence)
  }

  // parity: S3.7
  @Test func looksForTrainingBeforeAllElse() throws {
    let setup = setup()
    let index = try setup.make()
    #expect(throws: IndexError.notTrained(kind: "ivf-flat")) {
      try index.find(
        [.nan], k: 0, parameters: setup.searchParameters(metric: .hamming),
        filter: .isIn("a", Array(repeating: .integer(1), count: 2000)))
    }
  }

  // parity: S3.8
  @Test func listsWithoutMatchesDoNotCountAsProbed() throws {
    let setup = setup(nlist: 2, dimension: 1)
    let index = try setup.make()
    try index.train(Matrix([[0], [100]]), threads: 1)
    try index.insert(id: 1, vector: [0])
    try index.insert(id: 2, vector: [100], metadata: ["far": .boolean(true)])
    let far = Filter.equal("far", .boolean(true))
    for nprobe in ["1", "2"] {
      let parameters = try setup.searchParameters(["nprobe": nprobe])
      #expect(try index.find([0], k: 1, parameters: parameters, filter: far).map(\.id) == [2])
      #expect(try index.find([0], k: 1, parameters: parameters, filter: .not(.and([]))).isEmpty)
    }
  }

  // parity: S3.9
  @Test func nprobeIsAnArgumentClampedToTheLists() throws {
    let setup = setup()
    let index = try setup.makeFilled(with: setup.vectors(300, .clustered, seed: 38))
    let query = setup.vectors(1, .clustered, seed: 39)
    var looked: [Int] = []
    for nprobe in [1, 3, 12, 1_000_000] {
      var answer = TopK(k: 300)
      try index.search(
        query[row: 0], k: 300, parameters: setup.searchParameters(["nprobe": String(nprobe)]), filter: nil,
        scratch: index.makeScratch(), into: &answer)
      #expect(answer.count == answer.distanceComputations, "every vector of the probed lists is an answer")
      looked.append(answer.count)
    }
    #expect(looked[0] >= 1 && looked[0] < looked[1] && looked[1] < looked[2])
    #expect(looked[2] == 300 && looked[3] == 300)
  }

  // parity: S3.12
  @Test func statisticsIncludeTheCentroids() throws {
    let setup = setup(nlist: 100, dimension: 64)
    let index = try setup.make()
    #expect(index.statistics == IndexStatistics(kind: "ivf-flat", count: 0, memoryBytes: 0))
    try index.train(setup.vectors(200, seed: 1), threads: 1)
    #expect(index.statistics.memoryBytes >= 100 * 64 * 4)
  }

  // parity: S3.13
  @Test(arguments: Metric.allCases.filter { $0 != .dot && $0 != .manhattan })
  func aStoredVectorIsFoundInTheFirstList(metric: Metric) throws {
    let setup = setup(metric)
    let vectors = setup.vectors(300, .clustered, seed: 40)
    let index = try setup.makeFilled(with: vectors)
    let one = try setup.searchParameters(["nprobe": "1"])
    let found = try (0..<300).filter { row in
      guard let first = try index.find(vectors.array(row), k: 1, parameters: one).first else { return false }
      return abs(first.distance) < 1e-6
    }
    #expect(found.count == 300, "lists are filled and probed in the same order")
  }

  @Test func identicalVectorsCanBeTrainedOn() throws {
    let setup = setup(nlist: 4, dimension: 3)
    let index = try setup.make()
    let same = Matrix(Array(repeating: [1, 2, 3], count: 50))
    try index.train(same, threads: 1)
    try index.insertBatch(ids: (0..<50).map(UInt64.init), vectors: same, metadata: [], onConflict: .fail, threads: 1)
    let found = try index.find([1, 2, 3], k: 50, parameters: setup.searchParameters(["nprobe": "1"]))
    #expect(found.map(\.id) == (0..<50).map(UInt64.init))
  }

  @Test func probingMoreListsFindsMore() throws {
    let setup = setup(nlist: 16)
    let vectors = setup.vectors(1000, seed: 41)
    let index = try setup.makeFilled(with: vectors)
    let queries = setup.vectors(30, seed: 42)
    func recall(nprobe: Int) throws -> Double {
      let parameters = try setup.searchParameters(["nprobe": String(nprobe)])
      let hits = try (0..<30).reduce(0) { hits, row in
        let truth = Set(try setup.find(queries.array(row), k: 10, in: index).map(\.id))
        let found = try index.find(queries.array(row), k: 10, parameters: parameters)
        return hits + found.filter { truth.contains($0.id) }.count
      }
      return Double(hits) / 300
    }
    let (one, four, all) = (try recall(nprobe: 1), try recall(nprobe: 4), try recall(nprobe: 16))
    #expect(one < four && four < all && all == 1)
  }
}
