import VectorCore
import VectorIndexes

/// An index that returns the answers of another one, but slower or with lost recall, as a `Disturbance` specifies.
final class DisturbedIndex: VectorIndex {
  private let index: any VectorIndex
  private let disturbance: AnswerDisturbance

  init(_ index: any VectorIndex, _ disturbances: [Disturbance]) {
    self.index = index
    disturbance = AnswerDisturbance(disturbances)
  }

  var declaration: IndexDeclaration { index.declaration }
  var dimension: Int { index.dimension }
  var metric: Metric { index.metric }
  var count: Int { index.count }
  var statistics: IndexStatistics { index.statistics }

  func makeScratch() -> SearchScratch { index.makeScratch() }

  func prepare(_ parameters: SearchParameters) throws(IndexError) { try index.prepare(parameters) }

  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    let start = monotonicNanoseconds()
    try index.search(query, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &answer)
    disturbance.change(&answer, to: query, since: start)
  }

  func searchBatch(
    _ queries: Matrix, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answers: inout NeighborBatch
  ) throws(IndexError) {
    var own = NeighborBatch(k: k, reserving: queries.rows)
    let start = monotonicNanoseconds()
    try index.searchBatch(
      queries, k: k, parameters: parameters, filter: filter, scratch: scratch, into: &own)
    disturbance.wait(since: start)
    guard disturbance.losesRecall else {
      answers.append(own)
      return
    }
    var answer = TopK(k: k)
    for query in 0..<own.queries {
      answer.reset(k: k)
      for rank in 0..<own.counts[query] {
        let place = query * k + rank
        answer.offer(Neighbor(distance: own.distances[place], sequence: UInt64(rank), id: own.ids[place]))
      }
      answer.sort()
      disturbance.lose(from: &answer, of: queries[row: query])
      answers.append(answer)
    }
  }
}

/// The artificial faults in the answers of searches.
struct AnswerDisturbance: Sendable {
  private let slowdown: Double
  private let loss: Double

  init(_ disturbances: [Disturbance]) {
    slowdown = disturbances.filter { $0.kind == .slow }.reduce(1) { $0 * $1.amount }
    loss = disturbances.filter { $0.kind == .recallLoss }.reduce(0) { $0 + $1.amount }
  }

  var losesRecall: Bool { loss > 0 }

  /// Delays an answer and replaces its ids, as the disturbance specifies.
  func change(_ answer: inout TopK, to query: Span<Float>, since start: UInt64) {
    wait(since: start)
    if losesRecall { lose(from: &answer, of: query) }
  }

  /// Waits until the lengthened time has passed.
  func wait(since start: UInt64) {
    guard slowdown != 1 else { return }
    let end = start + UInt64(Double(monotonicNanoseconds() - start) * slowdown)
    while monotonicNanoseconds() < end {}
  }

  func lose(from answer: inout TopK, of query: Span<Float>) {
    var random = SeededGenerator(seed: UInt64(query[0].bitPattern))
    let found = (0..<answer.count).map { answer[$0] }
    let computations = answer.distanceComputations
    answer.reset(k: answer.k)
    for var neighbor in found {
      if random.nextUnit() < loss { neighbor.id = UInt64(Int32.max) }
      answer.offer(neighbor)
    }
    answer.sort()
    answer.distanceComputations = computations
  }
}
