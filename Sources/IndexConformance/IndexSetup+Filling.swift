import VectorCore
import VectorSearch

extension IndexSetup {
  /// Random vectors for the metric: bits under `hamming`.
  package func vectors(_ count: Int, _ kind: RandomVectors = .uniform, seed: UInt64) -> Matrix {
    (metric == .hamming ? .binary : kind).matrix(count, dimension: dimension, seed: seed)
  }

  /// An empty index, trained if it is trainable.
  package func makeReady(seed: UInt64 = 7, threads: Int = 1) throws -> Index {
    let index = try make(seed: seed)
    if trainingVectors > 0 {
      try (index as? any TrainableIndex)?.train(vectors(trainingVectors, seed: 99), threads: threads)
    }
    return index
  }

  /// The setup's search parameters, with `settings` in place of some of them.
  package func searchParameters(_ settings: [String: String] = [:], metric: Metric? = nil) throws -> SearchParameters {
    let all = (approximate ?? exhaustive).merging(settings) { _, given in given }
    return SearchParameters(
      try Parameters(all, declared: Index.declaration.search, kind: Index.declaration.kind), metric: metric)
  }

  /// The answer to one search with the setup's search parameters.
  package func find(_ query: [Float], k: Int, in index: Index, filter: Filter? = nil) throws -> [Neighbor] {
    try index.find(query, k: k, parameters: searchParameters(), filter: filter)
  }

  /// The stored contents as searches show them, which must not change when an operation is refused.
  package func contents(of index: Index) throws -> [[Neighbor]] {
    let queries = vectors(3, seed: 5)
    return try (0..<queries.rows).map { try find(queries.array($0), k: index.count, in: index) }
  }
}

extension IndexSetup where Index: MutableVectorIndex {
  /// A trained index that holds `vectors` under the ids 0, 1, ….
  package func makeFilled(with vectors: Matrix, seed: UInt64 = 7, threads: Int = 1) throws -> Index {
    let index = try makeReady(seed: seed, threads: threads)
    try index.insertBatch(
      ids: (0..<UInt64(vectors.rows)).map { $0 }, vectors: vectors, metadata: [], onConflict: .fail, threads: threads)
    return index
  }
}

extension VectorIndex {
  /// The answer to one search, as an array.
  package func find(
    _ query: [Float], k: Int, parameters: SearchParameters, filter: Filter? = nil
  ) throws(IndexError) -> [Neighbor] {
    var answer = TopK(k: 0)
    try search(
      query.span, k: k, parameters: parameters, filter: filter, scratch: makeScratch(), into: &answer)
    return answer.neighbors
  }
}

extension TopK {
  /// The neighbours in order; the answer must be sorted.
  package var neighbors: [Neighbor] { (0..<count).map { self[$0] } }
}
