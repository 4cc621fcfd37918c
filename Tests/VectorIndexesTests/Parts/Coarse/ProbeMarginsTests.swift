import Testing
import VectorCore

@testable import VectorIndexes

/// Searches for a recall, which choose their number of lists query by query.
@Suite struct ProbeMarginsTests {
  /// The mean recall is that asked for, up to the errors of the 320 measured queries and the 400 that are searched,
  /// which are large where each has only one neighbour.
  @Test(arguments: RecallData.files, ["ivf-flat", "fractal"])
  func reachesTheRecallAskedFor(file: String, kind: String) throws {
    let data = try RecallData(file, rows: 3000, queries: 400)
    let exact = kind == "fractal" ? ["candidates": "600"] : [:]
    let indexes = try (1...3).map { seed throws -> any VectorIndex & DeclaredIndex in
      if kind == "fractal" { return try data.measuredFractal(maxLeaf: 90, seed: seed) }
      return try data.filled(data.ivfFlat(nlist: 48, seed: seed))
    }
    for k in [1, 10, 50] {
      let truth = try data.truth(k: k)
      for asked in [0.8, 0.95] {
        let reached = try indexes.map { index in
          try data.recall(index, ["recall": String(asked)].merging(exact) { $1 }, k: k, truth: truth)
        }
        let mean = reached.reduce(0, +) / 3
        let tolerance = k == 1 ? 0.06 : 0.03
        #expect(abs(mean - asked) < tolerance, "k \(k), asked \(asked), reached \(reached)")
      }
    }
  }

  /// Neighbours are nearer among all vectors than among those of the training.
  @Test func allowsForATrainingSample() throws {
    let data = try RecallData(RecallData.files[0], rows: 6000, queries: 300)
    let truth = try data.truth(k: 10)
    let index = try data.filled(data.ivfFlat(nlist: 32), trainedOn: 1500)
    let reached = try data.recall(index, ["recall": "0.9"], k: 10, truth: truth)
    #expect(reached > 0.87 && reached < 0.95, "\(reached)")
  }

  /// With spilled copies a neighbour is found in either of its lists, so fewer lists are needed.
  @Test(arguments: RecallData.files)
  func countsSpilledCopies(file: String) throws {
    let data = try RecallData(file, rows: 3000, queries: 300)
    let truth = try data.truth(k: 10)
    var probed: [Int] = []
    for spill in [false, true] {
      let index = try data.filled(
        IVFPQIndex(
          dimension: data.dimension, metric: data.metric,
          configuration: .init(nlist: 48, codes: .init(m: data.dimension / 4), spill: spill), seed: 1))
      let reached = try data.recall(index, ["recall": "0.9", "refine": "20"], k: 10, truth: truth)
      #expect(reached > 0.865 && reached < 0.94, "spill \(spill): \(reached)")
      let lists = try data.probedLists(index, ["recall": "0.9"], k: 10)
      probed.append(lists.reduce(0, +))
      #expect(Set(lists).count > 5, "each query has its own number of lists")
    }
    #expect(probed[1] < probed[0])
  }

  @Test func recallOfOneSearchesAllLists() throws {
    let data = try RecallData(RecallData.files[0], rows: 2000, queries: 20)
    func check(_ index: some VectorIndex & DeclaredIndex) throws {
      for row in 0..<20 {
        let query = data.queries.array(row)
        #expect(
          try index.find(query, k: 30, parameters: data.parameters(of: index, ["recall": "1"]))
            == index.find(query, k: 30, parameters: data.parameters(of: index, ["nprobe": "1000"])))
      }
    }
    try check(data.filled(data.ivfFlat(nlist: 24)))
    try check(data.measuredFractal())
  }

  /// Too few vectors to measure anything: all lists are searched.
  @Test func searchesAllListsWhereNothingWasMeasured() throws {
    let data = try RecallData(RecallData.files[0], rows: 200, queries: 20)
    let truth = try data.truth(k: 10)
    #expect(try data.recall(data.filled(data.ivfFlat(nlist: 12)), ["recall": "0.1"], k: 10, truth: truth) == 1)
    let fractal = try data.measuredFractal()
    #expect(fractal.tree.leafCount > 3 && fractal.core.margins.margins == .unmeasured)
    #expect(try data.recall(fractal, ["recall": "0.1", "refine": "20"], k: 10, truth: truth) == 1)
  }

  @Test func isTheSameForAnyNumberOfThreads() throws {
    let data = try RecallData(RecallData.files[1], rows: 1000, queries: 1)
    func margins(_ threads: Int) throws -> ProbeMargins {
      try CoarseQuantizer.train(
        data.metric.prepare(data.vectors, threads: 1), nlist: 16, sampleSize: 1000, maxIterations: 4,
        metric: data.metric, seed: 1, threads: threads
      ).margins
    }
    let one = try margins(1)
    #expect(one.sampled == 1000)
    #expect(try margins(3) == one)
  }

  @Test func growsWithRecallAndWithK() throws {
    let data = try RecallData(RecallData.files[0], rows: 1000, queries: 1)
    let margins = try CoarseQuantizer.train(
      data.vectors, nlist: 16, sampleSize: 1000, maxIterations: 4, metric: data.metric, seed: 1, threads: 1
    ).margins
    func margin(_ recall: Double, _ k: Int, _ rows: Int = 1000) -> Float {
      margins.margin(recall: recall, k: k, rows: rows)!
    }
    let recalls = [0, 0.3, 0.5, 0.9, 0.95, 0.99, 0.9999]
    #expect(zip(recalls, recalls.dropFirst()).allSatisfy { margin($0, 10) <= margin($1, 10) })
    #expect(margin(0.9, 1) < margin(0.9, 10) && margin(0.9, 10) < margin(0.9, 100))
    #expect(margin(0.9, 40, 4000) == margin(0.9, 10), "a quarter of the vectors is measured")
    #expect(margin(0.9, 10, 500) == margin(0.9, 20), "the index has half of the vectors that were measured")
    #expect(margins.margin(recall: 0.9, k: 129, rows: 1000) == nil, "no deeper neighbours were measured")
    #expect(margins.margin(recall: 0.9, k: 10, rows: 70) == nil)
    #expect(margins.margin(recall: 1, k: 10, rows: 1000) == nil)
  }

  @Test(arguments: [IVFFlatIndex.declaration, IVFPQIndex.declaration, FractalIndex.declaration])
  func refusesRecallBesideNProbe(declaration: IndexDeclaration) throws {
    func check(_ search: [String: String]) throws {
      _ = try Parameters(search, declared: declaration.search, kind: declaration.kind)
    }
    try check(["recall": "0.9"])
    #expect(throws: IndexError.self) { try check(["recall": "0.9", "nprobe": "4"]) }
    for value in ["-0.1", "1.1", "nan"] {
      #expect(throws: IndexError.self) { try check(["recall": value]) }
    }
  }
}
