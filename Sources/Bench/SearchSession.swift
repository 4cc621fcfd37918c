import VectorCore
import VectorIndexes

/// The searches of one cell: warms up, then runs timed rounds over all queries.
struct SearchSession {
  let index: any VectorIndex
  let queries: Matrix
  let k: Int
  let parameters: SearchParameters
  let mode: SearchMode
  let progress: SearchProgress
  private let clients: [Client]

  /// One searching thread's own memory, which it keeps from round to round.
  ///
  /// Each is used by one thread at a time: by its own while a round runs, by the caller between rounds.
  private final class Client: @unchecked Sendable {
    let scratch: SearchScratch
    var failure: IndexError?

    init(scratch: SearchScratch) { self.scratch = scratch }
  }

  /// The longest that warming up in single mode takes a client, in nanoseconds.
  private static let warmUpLimit: UInt64 = 250_000_000

  init(
    index: any VectorIndex, queries: Matrix, k: Int, parameters: SearchParameters, mode: SearchMode, threads: Int,
    progress: SearchProgress
  ) {
    self.index = index
    self.queries = queries
    self.k = k
    self.parameters = parameters
    self.mode = mode
    self.progress = progress
    clients = (0..<threads).map { _ in Client(scratch: index.makeScratch()) }
  }

  /// Answers queries untimed, until caches, branch predictors and scratch memory are in the state of a running server.
  ///
  /// In single mode all queries once, but for no longer than 0.25 s; in batch mode the whole batch once.
  func warmUp() throws(IndexError) {
    progress.begin(round: 0)
    let round = Round(queries: queries.rows, k: k)
    let deadline = mode == .single ? monotonicNanoseconds() + Self.warmUpLimit : .max
    try run(into: round, until: deadline)
  }

  /// Answers all queries under the clock.
  func round(_ number: Int) throws(IndexError) -> Round {
    progress.begin(round: number)
    let round = Round(queries: queries.rows, k: k)
    try run(into: round, until: .max)
    return round
  }

  private func run(into round: Round, until deadline: UInt64) throws(IndexError) {
    switch mode {
    case .single:
      round.wallNanoseconds = timeTogether(threads: clients.count) { thread in
        answerSingly(clients[thread], into: round, until: deadline)
      }
    case .batch:
      let slices = clients.indices.map { queries.rows * $0 / clients.count..<queries.rows * ($0 + 1) / clients.count }
      let batches = slices.map { Batch(queries: queries[rows: $0], k: k) }
      round.wallNanoseconds = timeTogether(threads: clients.count) { thread in
        answerTogether(clients[thread], batch: batches[thread])
      }
      for (slice, batch) in zip(slices, batches) { round.record(batch.answers, from: slice.lowerBound) }
      round.shareWallTime()
      progress.exhaust(queries.rows)
    }
    for client in clients {
      if let failure = client.failure { throw failure }
    }
  }

  /// Takes the next query until there is none: a client in a closed loop.
  private func answerSingly(_ client: Client, into round: Round, until deadline: UInt64) {
    var answer = TopK(k: k)
    while true {
      let query = progress.takeQuery()
      guard query < queries.rows else { return }
      let vector = queries[row: query]
      let start = monotonicNanoseconds()
      do throws(IndexError) {
        try index.search(
          vector, k: k, parameters: parameters, filter: nil, scratch: client.scratch, into: &answer)
      } catch {
        client.failure = error
        progress.exhaust(queries.rows)
        return
      }
      let end = monotonicNanoseconds()
      round.record(answer, of: query, nanoseconds: end - start)
      if end > deadline { progress.exhaust(queries.rows) }
    }
  }

  /// One thread's share of a batch; its answers have their room before the clock starts.
  private final class Batch: @unchecked Sendable {
    let queries: Matrix
    var answers: NeighborBatch

    init(queries: Matrix, k: Int) {
      self.queries = queries
      answers = NeighborBatch(k: k, reserving: queries.rows)
    }
  }

  private func answerTogether(_ client: Client, batch: Batch) {
    do throws(IndexError) {
      try index.searchBatch(
        batch.queries, k: k, parameters: parameters, filter: nil, scratch: client.scratch, into: &batch.answers)
    } catch {
      client.failure = error
    }
  }
}
