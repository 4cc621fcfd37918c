import Synchronization
import VectorCore
import VectorIndexes

/// The searches of one cell: warms up, then runs timed rounds over all queries.
struct SearchSession {
  let index: any VectorIndex
  let queries: Matrix
  let k: Int
  let parameters: SearchParameters
  let mode: SearchMode
  /// The filter of each query; `nil` for searches without one.
  let filters: QueryFilters?
  private let nextQuery = QueryCounter()
  private let clients: [Client]

  /// The memory of one searching thread, which is kept from round to round.
  ///
  /// Each client is used by one thread at a time: by its own thread during a round, and by the caller between rounds.
  private final class Client: @unchecked Sendable {
    let scratch: SearchScratch
    var failure: IndexError?

    init(scratch: SearchScratch) { self.scratch = scratch }
  }

  /// Hands out each query number once to any number of threads.
  private final class QueryCounter: Sendable {
    private let next = Atomic<Int>(0)

    func restart() { next.store(0, ordering: .relaxed) }

    func take() -> Int { next.add(1, ordering: .relaxed).oldValue }

    /// Makes all further queries below `count` unavailable.
    func exhaust(_ count: Int) { next.store(count, ordering: .relaxed) }
  }

  /// The greatest time of a client's warm-up in single mode, in nanoseconds: before the first round, and before later
  /// ones.
  private static let warmUpLimits: (first: UInt64, later: UInt64) = (250_000_000, 50_000_000)

  init(
    index: any VectorIndex, queries: Matrix, k: Int, parameters: SearchParameters, mode: SearchMode, threads: Int,
    filters: QueryFilters? = nil
  ) {
    self.index = index
    self.queries = queries
    self.k = k
    self.parameters = parameters
    precondition(filters == nil || mode == .single, "a batch has one filter for all its queries")
    self.mode = mode
    self.filters = filters
    clients = (0..<threads).map { _ in Client(scratch: index.makeScratch()) }
  }

  /// Lets the index apply the search parameters that it stores, which other cells may have changed in the meantime.
  func prepare() throws(IndexError) { try index.prepare(parameters) }

  /// Answers queries untimed, until caches, branch predictors and scratch memory are in the state of a running server.
  ///
  /// In single mode it answers all queries once, but for at most 0.25 s, and 0.05 s before later rounds. In batch mode
  /// it answers the whole batch once, and a tenth of it before later rounds.
  ///
  /// - Returns: the number of answered queries, and the time that they took.
  func warmUp(isFirst: Bool) throws(IndexError) -> (queries: Int, seconds: Double) {
    let start = monotonicNanoseconds()
    let limit = isFirst ? Self.warmUpLimits.first : Self.warmUpLimits.later
    let deadline = mode == .single ? start + limit : .max
    let count = mode == .single || isFirst ? queries.rows : (queries.rows + 9) / 10
    let round = Round(queries: count, k: k)
    try run(into: round, until: deadline)
    let answered = mode == .single ? round.nanoseconds.count { $0 > 0 } : count
    return (answered, Double(monotonicNanoseconds() - start) / 1e9)
  }

  /// Answers all queries and measures their times.
  func round() throws(IndexError) -> Round {
    let round = Round(queries: queries.rows, k: k)
    try run(into: round, until: .max)
    return round
  }

  /// Answers the first queries, as many as the round has room for.
  private func run(into round: Round, until deadline: UInt64) throws(IndexError) {
    if let index = index as? any SelfTimingIndex {
      let now = monotonicNanoseconds()
      return try index.answer(
        queries, k: k, parameters: parameters, filters: filters, mode: mode, threads: clients.count,
        limit: deadline == .max ? .max : deadline - min(now, deadline), into: round)
    }
    nextQuery.restart()
    switch mode {
    case .single:
      round.wallNanoseconds = try time { client, _ in answerSingly(client, into: round, until: deadline) }
    case .batch:
      let slices = clients.indices.map { round.queries * $0 / clients.count..<round.queries * ($0 + 1) / clients.count }
      let batches = slices.map { Batch(queries: queries[rows: $0], k: k) }
      round.wallNanoseconds = try time { client, number in answerTogether(client, batch: batches[number]) }
      for (slice, batch) in zip(slices, batches) { round.record(batch.answers, from: slice.lowerBound) }
      round.shareWallTime()
    }
    for client in clients {
      if let failure = client.failure { throw failure }
    }
  }

  /// Runs `body` for each client on a thread of its own, and returns the nanoseconds until the last one is done.
  private func time(_ body: @escaping @Sendable (_ client: Client, _ number: Int) -> Void) throws(IndexError) -> UInt64
  {
    do throws(ThreadError) {
      return try timeTogether(threads: clients.count) { body(clients[$0], $0) }
    } catch {
      throw .own(error)
    }
  }

  /// Answers one query after another until none is left: a client in a closed loop.
  private func answerSingly(_ client: Client, into round: Round, until deadline: UInt64) {
    var answer = TopK(k: k)
    // A library that takes sets of rows gets them ready-made, since it has no metadata of its own.
    let foreign = index as? any BitmapFilteredIndex
    while true {
      let query = nextQuery.take()
      guard query < round.queries else { return }
      let vector = queries[row: query]
      let start = monotonicNanoseconds()
      do throws(IndexError) {
        if let filters, let foreign {
          try foreign.search(vector, k: k, accepting: filters.rows(of: query), scratch: client.scratch, into: &answer)
        } else {
          try index.search(
            vector, k: k, parameters: parameters, filter: filters?[query], scratch: client.scratch, into: &answer)
        }
      } catch {
        client.failure = error
        nextQuery.exhaust(queries.rows)
        return
      }
      let end = monotonicNanoseconds()
      round.record(answer, of: query, nanoseconds: end - start)
      if end > deadline { nextQuery.exhaust(queries.rows) }
    }
  }

  /// One thread's slice of a batch; memory for its answers is allocated before the clock starts.
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
