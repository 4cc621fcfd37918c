import Synchronization
import VectorCore
import VectorIndexes

/// A brute-force index for testing the harness, which misbehaves on request.
///
/// Its distances are nonsense on purpose: the harness must not rely on them.
final class ExactIndex: DeclaredIndex, TrainableIndex, MutableVectorIndex {
  static let declaration = IndexDeclaration(
    kind: "exact", summary: "brute force", metrics: Metric.allCases,
    build: [ParameterDeclaration("width", .integer(1...10), default: .integer(1), "changes nothing")],
    search: [
      ParameterDeclaration("effort", .integer(1...100), default: .integer(100), "share of the rows looked at, in %"),
      ParameterDeclaration(
        "fault", .choice(["none", "duplicate", "stranger", "short", "throw", "moody"]), default: .choice("none"),
        "what goes wrong"),
    ])

  let dimension: Int
  let metric: Metric
  private let state = Mutex(State())

  private struct State {
    var isTrained = false
    var ids: [UInt64] = []
    var vectors = Matrix([])
    var searches = 0
  }

  init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError) {
    self.dimension = dimension
    self.metric = metric
  }

  var count: Int { state.withLock { $0.ids.count } }
  var isTrained: Bool { state.withLock { $0.isTrained } }
  var searches: Int { state.withLock { $0.searches } }
  var statistics: IndexStatistics { IndexStatistics(kind: "exact", count: count, memoryBytes: 2048, diskBytes: 1024) }

  func makeScratch() -> SearchScratch { SearchScratch() }

  func train(_ vectors: Matrix, threads: Int) throws(IndexError) { state.withLock { $0.isTrained = true } }

  func retrain(threads: Int) throws(IndexError) {}

  func insertBatch(
    ids: [UInt64], vectors: Matrix, metadata: [Metadata], onConflict: ConflictRule, threads: Int
  ) throws(IndexError) -> Int {
    guard isTrained else { throw .notTrained(kind: "exact") }
    state.withLock {
      $0.ids = ids
      $0.vectors = vectors
    }
    return ids.count
  }

  func remove(id: UInt64) throws(IndexError) -> Bool { false }

  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    let (ids, vectors, searches) = state.withLock { state in
      state.searches += 1
      return (state.ids, state.vectors, state.searches)
    }
    let rows = max(1, vectors.rows * parameters.values.integer("effort") / 100)
    var nearest: [(distance: Double, id: UInt64)] = []
    for row in 0..<rows {
      var distance = 0.0
      for index in 0..<dimension {
        let difference = Double(query[index]) - Double(vectors[row: row][index])
        distance += difference * difference
      }
      nearest.append((distance, ids[row]))
    }
    nearest.sort { ($0.distance, $0.id) < ($1.distance, $1.id) }
    var found = nearest.prefix(k).map(\.id)
    switch parameters.values.choice("fault") {
    case "duplicate": found[found.count - 1] = found[0]
    case "stranger": found[found.count - 1] = .max
    case "short": found.removeLast()
    // With ten queries: after two warm-ups and two rounds.
    case "moody": if searches > 40 { found.swapAt(0, 1) }
    case "throw": throw .invalidFilter(reason: "asked to fail")
    default: break
    }
    answer.reset(k: k)
    answer.distanceComputations = rows
    for (rank, id) in found.enumerated() {
      answer.offer(Neighbor(distance: -1000 + Float(rank), sequence: id, id: id))
    }
    answer.sort()
  }
}

/// An index that nothing can be put into, for one metric.
final class SealedIndex: DeclaredIndex {
  static let declaration = IndexDeclaration(
    kind: "sealed", summary: "empty for ever", metrics: [.euclidean], build: [],
    search: [ParameterDeclaration("effort", .integer(1...7), default: .integer(1), "changes nothing")])

  let dimension: Int
  let metric: Metric
  let count = 0

  init(dimension: Int, metric: Metric, parameters: Parameters, seed: UInt64) throws(IndexError) {
    self.dimension = dimension
    self.metric = metric
  }

  var statistics: IndexStatistics { IndexStatistics(kind: "sealed", count: 0, memoryBytes: 0) }

  func makeScratch() -> SearchScratch { SearchScratch() }

  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) { answer.reset(k: k) }
}
