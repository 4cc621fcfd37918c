import Datasets
import Foundation
import IndexConformance
import TestSupport
import VectorCore

@testable import VectorIndexes

/// The first vectors of a dataset of the repository and queries, for tests of searches for a recall.
struct RecallData {
  static let files = ["photo-sift-20k-128-euclidean", "debian-minilm-4k-384-angular"]

  let metric: Metric
  let vectors: Matrix
  let queries: Matrix

  var dimension: Int { vectors.columns }

  init(_ name: String, rows: Int, queries: Int) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../../../datasets/\(name).hdf5")
    let dataset = try Dataset.load(path: file.path(percentEncoded: false))
    metric = dataset.metric
    vectors = dataset.train[rows: 0..<rows]
    self.queries = dataset.test[rows: 0..<queries]
  }

  /// Trains an index, unless it trains itself, and inserts the vectors in one batch, ids from 0.
  func filled<Index: DeclaredIndex & MutableVectorIndex & TrainableIndex>(
    _ index: Index, trainedOn trained: Int? = nil, threads: Int = 2
  ) throws -> Index {
    if !(index is any SelfTrainingIndex) {
      try index.train(vectors[rows: 0..<(trained ?? vectors.rows)], threads: threads)
    }
    try index.insertBatch(
      ids: (0..<vectors.rows).map(UInt64.init), vectors: vectors, metadata: [], onConflict: .fail, threads: threads)
    return index
  }

  func ivfFlat(nlist: Int, seed: Int = 1) throws -> IVFFlatIndex {
    try IVFFlatIndex(dimension: dimension, metric: metric, configuration: .init(nlist: nlist), seed: UInt64(seed))
  }

  /// A fractal index of the vectors that has measured its margins.
  func measuredFractal(maxLeaf: Int = 60, seed: Int = 1, threads: Int = 2) throws -> FractalIndex {
    let index = try filled(
      FractalIndex(
        dimension: dimension, metric: metric, configuration: .init(maxLeaf: maxLeaf, minLeaf: 10, niter: 4),
        seed: UInt64(seed)),
      threads: threads)
    try index.retrain(threads: threads)
    return index
  }

  func parameters<Index: DeclaredIndex>(of index: Index, _ search: [String: String]) throws -> SearchParameters {
    SearchParameters(try Parameters(search, declared: Index.declaration.search, kind: Index.declaration.kind))
  }

  /// The ids of the true neighbours of each query.
  func truth(k: Int) throws -> [Set<UInt64>] {
    let flat = try IndexSetup(FlatIndex.self, metric: metric, dimension: dimension).makeFilled(with: vectors)
    return try (0..<queries.rows).map { row in
      Set(try flat.find(queries.array(row), k: k, parameters: parameters(of: flat, [:])).map(\.id))
    }
  }

  /// The mean recall of searches, by ids.
  func recall(
    _ index: some VectorIndex & DeclaredIndex, _ search: [String: String], k: Int, truth: [Set<UInt64>]
  ) throws -> Double {
    let parameters = try parameters(of: index, search)
    let hits = try (0..<queries.rows).reduce(0) { hits, row in
      hits
        + (try index.find(queries.array(row), k: k, parameters: parameters)).filter { truth[row].contains($0.id) }.count
    }
    return Double(hits) / Double(k * queries.rows)
  }

  /// For each query, the number of lists in which an index of product codes searches.
  func probedLists(
    _ index: some VectorIndex & DeclaredIndex, _ search: [String: String], k: Int
  ) throws -> [Int] {
    let (scratch, parameters) = (index.makeScratch(), try parameters(of: index, search))
    var answer = TopK(k: 0)
    return try (0..<queries.rows).map { row in
      try index.search(queries[row: row], k: k, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
      return (scratch as? ProductScratch)?.scan.probedLists.count ?? 0
    }
  }
}
