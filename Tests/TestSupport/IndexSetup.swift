import Testing
import VectorCore
import VectorIndexes

/// One way to build and search an index: what the conformance checks need to know about it.
public struct IndexSetup<Index: MutableVectorIndex>: Sendable {
  public let metric: Metric
  public let dimension: Int
  /// Build parameters as typed; the index must be trainable on `trainingVectors` with them.
  public let build: [String: String]
  /// Search parameters as typed at which a search looks at every vector.
  public let exhaustive: [String: String]
  /// Whether an exhaustive search is exact: the true neighbours at their true distances.
  public let isExact: Bool
  /// Whether what belongs to a removed vector is freed at once, and not later with others.
  public let freesRemoved: Bool
  /// How many vectors an index is trained on; 0 for one that trains itself.
  public let trainingVectors: Int
  /// Makes the index where its `init` does not: in a file, for one.
  private let construct: @Sendable (Parameters, _ seed: UInt64) throws -> Index

  public init(
    _ type: Index.Type, metric: Metric, dimension: Int = 20, build: [String: String] = [:],
    exhaustive: [String: String] = [:], isExact: Bool = true, freesRemoved: Bool = true, trainingVectors: Int = 200,
    construct: (@Sendable (Parameters, _ seed: UInt64) throws -> Index)? = nil
  ) {
    self.metric = metric
    self.dimension = dimension
    self.build = build
    self.exhaustive = exhaustive
    self.isExact = isExact
    self.freesRemoved = freesRemoved
    self.trainingVectors = trainingVectors
    self.construct =
      construct ?? { try Index(dimension: dimension, metric: metric, parameters: $0, seed: $1) }
  }

  /// Vectors that suit the metric: bits under `hamming`.
  public func vectors(_ count: Int, _ kind: RandomVectors = .uniform, seed: UInt64) -> Matrix {
    (metric == .hamming ? .binary : kind).matrix(count, dimension: dimension, seed: seed)
  }

  /// An empty index, not trained.
  public func make(seed: UInt64 = 7) throws -> Index {
    let parameters = try Parameters(build, declared: Index.declaration.build, kind: Index.declaration.kind)
    return try construct(parameters, seed)
  }

  /// An empty index, trained where it can be.
  public func makeReady(seed: UInt64 = 7, threads: Int = 1) throws -> Index {
    let index = try make(seed: seed)
    if trainingVectors > 0 {
      try (index as? any TrainableIndex)?.train(vectors(trainingVectors, seed: 99), threads: threads)
    }
    return index
  }

  /// A ready index that holds `vectors` under ids 0, 1, ….
  public func makeFilled(with vectors: Matrix, seed: UInt64 = 7, threads: Int = 1) throws -> Index {
    let index = try makeReady(seed: seed, threads: threads)
    try index.insertBatch(
      ids: (0..<UInt64(vectors.rows)).map { $0 }, vectors: vectors, metadata: [], onConflict: .fail, threads: threads)
    return index
  }

  /// Search parameters: the exhaustive ones, with these instead where given.
  public func searchParameters(_ settings: [String: String] = [:], metric: Metric? = nil) throws -> SearchParameters {
    let all = exhaustive.merging(settings) { _, given in given }
    return SearchParameters(
      try Parameters(all, declared: Index.declaration.search, kind: Index.declaration.kind), metric: metric)
  }

  /// Settings of searches that look at a part of the vectors, each as far as the index declares them.
  var partialSearches: [[String: String]] {
    let names = Set(Index.declaration.search.map(\.name))
    return [
      ["nprobe": "1", "refine": "1"], ["nprobe": "3", "refine": "1"], ["nprobe": "3", "refine": "4"],
      ["nprobe": "2", "refine": "auto", "candidates": "20"], ["nprobe": "3", "refine": "auto", "diversity": "0.5"],
      ["nprobe": "3", "refine": "0"],
    ].map { $0.filter { names.contains($0.key) } }
  }

  /// The answer to one exhaustive search.
  public func find(_ query: [Float], k: Int, in index: Index, filter: Filter? = nil) throws -> [Neighbor] {
    try index.find(query, k: k, parameters: searchParameters(), filter: filter)
  }

  /// Everything that the index stores as searches show it: what must not change when something is refused.
  public func contents(of index: Index) throws -> [[Neighbor]] {
    let queries = vectors(3, seed: 5)
    return try (0..<queries.rows).map { try find(queries.array($0), k: index.count, in: index) }
  }
}

extension VectorIndex {
  /// The answer to one search, as an array.
  public func find(
    _ query: [Float], k: Int, parameters: SearchParameters, filter: Filter? = nil
  ) throws(IndexError) -> [Neighbor] {
    var answer = TopK(k: 0)
    try search(
      query.span, k: k, parameters: parameters, filter: filter, scratch: makeScratch(), into: &answer)
    return answer.neighbors
  }
}

extension TopK {
  /// The neighbours in order, once sorted.
  public var neighbors: [Neighbor] { (0..<count).map { self[$0] } }
}

/// Expects an answer to be the first `k` of the reference's ranking.
///
/// Distances may differ by rounding, and so may the ids of vectors that are equally far within rounding; `ids: true`
/// demands the very ids, which is right where the distances are exact.
func expectNeighbors(
  _ found: [Neighbor], areFirst k: Int, of ranking: [BruteForce.Answer], ids exactIDs: Bool, _ context: String
) {
  #expect(found.count == min(k, ranking.count), "\(context)")
  #expect(Set(found.map(\.id)).count == found.count, "\(context): an id twice")
  // Two squares that differ in the last bit may have one root: only exact distances show the order of ties.
  let isOrdered = zip(found, found.dropFirst()).allSatisfy { exactIDs ? $0.precedes($1) : $0.distance <= $1.distance }
  #expect(isOrdered, "\(context): out of order")
  let truth = Dictionary(uniqueKeysWithValues: ranking.map { ($0.id, $0.distance) })
  for (neighbor, expected) in zip(found, ranking) {
    let tolerance = 1e-5 * (1 + abs(expected.distance))
    let own = truth[neighbor.id] ?? .nan
    guard abs(Double(neighbor.distance) - own) <= tolerance,
      abs(Double(neighbor.distance) - expected.distance) <= tolerance,
      !exactIDs || neighbor.id == expected.id
    else {
      Issue.record("\(context): found \(neighbor), which is at \(own), where \(expected) belongs")
      return
    }
  }
}

/// Expects the body to be refused with this very error.
func expectRefused(
  _ error: IndexError, _ context: String, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
  #expect(throws: error, "\(context)", sourceLocation: sourceLocation, performing: body)
}
