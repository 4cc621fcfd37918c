import Datasets
import Foundation
import IndexConformance
import TestSupport
import Testing
import VectorCore

@testable import VectorIndexes

/// Searches for a recall, which choose their number of lists query by query.
@Suite struct ProbeMarginsTests {
  static let files = ["photo-sift-20k-128-euclidean", "debian-minilm-4k-384-angular"]

  /// The first vectors of a dataset of the repository, and queries.
  struct Data {
    let metric: Metric
    let vectors: Matrix
    let queries: Matrix

    init(_ name: String, rows: Int, queries: Int) throws {
      let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../../datasets/\(name).hdf5")
      let dataset = try Dataset.load(path: file.path(percentEncoded: false))
      metric = dataset.metric
      vectors = dataset.train[rows: 0..<rows]
      self.queries = dataset.test[rows: 0..<queries]
    }
  }

  func filled<Index: DeclaredIndex & MutableVectorIndex & TrainableIndex>(
    _ index: Index, with vectors: Matrix, trainedOn trained: Int? = nil, threads: Int = 2
  ) throws -> Index {
    try index.train(vectors[rows: 0..<(trained ?? vectors.rows)], threads: threads)
    try index.insertBatch(
      ids: (0..<vectors.rows).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: threads)
    return index
  }

  /// The mean recall of searches, by ids.
  func recall(
    _ index: some VectorIndex & DeclaredIndex, _ search: [String: String], k: Int, _ queries: Matrix,
    truth: [Set<UInt64>]
  ) throws -> Double {
    let parameters = try parameters(of: index, search)
    let hits = try (0..<queries.rows).reduce(0) { hits, row in
      hits
        + (try index.find(queries.array(row), k: k, parameters: parameters)).filter { truth[row].contains($0.id) }.count
    }
    return Double(hits) / Double(k * queries.rows)
  }

  func parameters<Index: DeclaredIndex>(of index: Index, _ search: [String: String]) throws -> SearchParameters {
    SearchParameters(try Parameters(search, declared: Index.declaration.search, kind: Index.declaration.kind))
  }

  func truth(_ data: Data, k: Int) throws -> [Set<UInt64>] {
    let flat = try IndexSetup(FlatIndex.self, metric: data.metric, dimension: data.vectors.columns)
      .makeFilled(with: data.vectors)
    return try (0..<data.queries.rows).map { row in
      Set(try flat.find(data.queries.array(row), k: k, parameters: parameters(of: flat, [:])).map(\.id))
    }
  }

  /// The mean recall is that asked for, up to the errors of the 320 measured queries and the 400 that are searched,
  /// which are large where each has only one neighbour.
  @Test(arguments: files)
  func reachesTheRecallAskedFor(file: String) throws {
    let data = try Data(file, rows: 3000, queries: 400)
    for k in [1, 10, 50] {
      let truth = try truth(data, k: k)
      for asked in [0.8, 0.95] {
        let reached = try (1...3).map { seed in
          let index = try IVFFlatIndex(
            dimension: data.vectors.columns, metric: data.metric, configuration: .init(nlist: 48), seed: UInt64(seed))
          return try recall(
            filled(index, with: data.vectors), ["recall": String(asked)], k: k, data.queries, truth: truth)
        }
        let mean = reached.reduce(0, +) / 3
        let tolerance = k == 1 ? 0.06 : 0.03
        #expect(abs(mean - asked) < tolerance, "k \(k), asked \(asked), reached \(reached)")
      }
    }
  }

  /// Neighbours are nearer among all vectors than among those of the training.
  @Test func allowsForATrainingSample() throws {
    let data = try Data(Self.files[0], rows: 6000, queries: 300)
    let truth = try truth(data, k: 10)
    let index = try filled(
      IVFFlatIndex(
        dimension: data.vectors.columns, metric: data.metric, configuration: .init(nlist: 32), seed: 1),
      with: data.vectors, trainedOn: 1500)
    let reached = try recall(index, ["recall": "0.9"], k: 10, data.queries, truth: truth)
    #expect(reached > 0.87 && reached < 0.95, "\(reached)")
  }

  /// With spilled copies a neighbour is found in either of its lists, so fewer lists are needed.
  @Test(arguments: files)
  func countsSpilledCopies(file: String) throws {
    let data = try Data(file, rows: 3000, queries: 300)
    let truth = try truth(data, k: 10)
    var computations: [Int] = []
    for spill in [false, true] {
      let index = try filled(
        IVFPQIndex(
          dimension: data.vectors.columns, metric: data.metric,
          configuration: .init(nlist: 48, codes: .init(m: data.vectors.columns / 4), spill: spill), seed: 1),
        with: data.vectors)
      let reached = try recall(index, ["recall": "0.9", "refine": "20"], k: 10, data.queries, truth: truth)
      #expect(reached > 0.865 && reached < 0.94, "spill \(spill): \(reached)")
      let parameters = try parameters(of: index, ["recall": "0.9"])
      let (scratch, lists) = (index.makeScratch(), NSCountedSet())
      var answer = TopK(k: 0)
      for row in 0..<data.queries.rows {
        try index.search(
          data.queries[row: row], k: 10, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
        lists.add((scratch as? ProductScratch)?.scan.probedLists.count ?? 0)
      }
      computations.append(lists.reduce(0) { $0 + ($1 as! Int) * lists.count(for: $1) })
      #expect(lists.count > 5, "each query has its own number of lists")
    }
    #expect(computations[1] < computations[0])
  }

  @Test func recallOfOneSearchesAllLists() throws {
    let data = try Data(Self.files[0], rows: 2000, queries: 20)
    let index = try filled(
      IVFFlatIndex(dimension: 128, metric: data.metric, configuration: .init(nlist: 24), seed: 1), with: data.vectors)
    for row in 0..<20 {
      let query = data.queries.array(row)
      #expect(
        try index.find(query, k: 30, parameters: parameters(of: index, ["recall": "1"]))
          == index.find(query, k: 30, parameters: parameters(of: index, ["nprobe": "24"])))
    }
  }

  /// Too few training vectors to measure anything: all lists are searched.
  @Test func searchesAllListsWhereNothingWasMeasured() throws {
    let data = try Data(Self.files[0], rows: 200, queries: 20)
    let index = try filled(
      IVFFlatIndex(dimension: 128, metric: data.metric, configuration: .init(nlist: 12), seed: 1), with: data.vectors)
    let truth = try truth(data, k: 10)
    #expect(try recall(index, ["recall": "0.1"], k: 10, data.queries, truth: truth) == 1)
  }

  @Test func isTheSameForAnyNumberOfThreads() throws {
    let data = try Data(Self.files[1], rows: 1000, queries: 1)
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
    let data = try Data(Self.files[0], rows: 1000, queries: 1)
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

  @Test func refusesRecallBesideNProbe() throws {
    let index = try IVFFlatIndex(dimension: 4, metric: .euclidean, seed: 1)
    #expect(throws: IndexError.self) { try parameters(of: index, ["recall": "0.9", "nprobe": "4"]) }
    for value in ["-0.1", "1.1", "nan"] {
      #expect(throws: IndexError.self) { try parameters(of: index, ["recall": value]) }
    }
  }
}
