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
  /// A library that takes sets of rows gets them ready-made, since it has no metadata of its own.
  private let foreign: (any BitmapFilteredIndex)?
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
    foreign = index as? any BitmapFilteredIndex
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
  ///
  /// - Parameters:
  ///   - number: the number of the round. Rounds in slices stay on one processor, and use all in turn, because two
  ///     processors can differ in speed.
  ///   - inSlices: whether the round is divided into slices, where that is possible: one thread asks one query after
  ///     another in this process.
  ///   - pause: is called between slices; the time that it takes does not count.
  func round(_ number: Int = 1, inSlices: Bool = false, pause: () -> Void = {}) throws(IndexError) -> Round {
    let round = Round(queries: queries.rows, k: k)
    if inSlices, mode == .single, clients.count == 1, !(index is any SelfTimingIndex) {
      try ProcessorAffinity.staying(on: number) { () throws(IndexError) in try run(into: round, pausing: pause) }
    } else {
      try run(into: round, until: .max)
    }
    return round
  }

  /// The least time of a slice, and of the repeated queries that precede the next one, in nanoseconds.
  ///
  /// Processors change their speed for tens of milliseconds at a time, when a neighbour on the same core starts or ends
  /// for example. Two programs that alternate in shorter slices are affected alike. Shorter slices than these leave
  /// more of the time to caches that the other program has filled.
  private static let slice: (timed: UInt64, repeated: UInt64) = (3_000_000, 1_000_000)

  /// Answers all queries in slices.
  ///
  /// Each slice but the first begins with the queries before it, untimed, because another program has used the caches
  /// in the meantime.
  private func run(into round: Round, pausing pause: () -> Void) throws(IndexError) {
    let client = clients[0]
    let start = monotonicNanoseconds()
    var answer = TopK(k: k)
    var query = 0
    var paused: UInt64 = 0
    var end = start
    while query < round.queries {
      if query > 0 {
        let left = monotonicNanoseconds()
        pause()
        let returned = monotonicNanoseconds()
        var before = query
        repeat {
          before -= 1
          try search(before, client, into: &answer)
        } while before > 0 && monotonicNanoseconds() - returned < Self.slice.repeated
        paused += monotonicNanoseconds() - left
      }
      let sliceStart = monotonicNanoseconds()
      repeat {
        let start = monotonicNanoseconds()
        try search(query, client, into: &answer)
        end = monotonicNanoseconds()
        round.record(answer, of: query, nanoseconds: end - start)
        query += 1
      } while query < round.queries && end - sliceStart < Self.slice.timed
    }
    round.wallNanoseconds = end - start - paused
  }

  private func search(_ query: Int, _ client: Client, into answer: inout TopK) throws(IndexError) {
    let vector = queries[row: query]
    if let filters, let foreign {
      try foreign.search(vector, k: k, accepting: filters.rows(of: query), scratch: client.scratch, into: &answer)
    } else {
      try index.search(
        vector, k: k, parameters: parameters, filter: filters?[query], scratch: client.scratch, into: &answer)
    }
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
      let parts = Self.parts(of: round.queries, threads: clients.count)
      let batches = parts.map { Batch(queries: queries[rows: $0], k: k) }
      round.wallNanoseconds = try time { client, _ in
        while true {
          let part = nextQuery.take()
          guard part < batches.count, client.failure == nil else { return }
          answerTogether(client, batch: batches[part])
        }
      }
      for (part, batch) in zip(parts, batches) { round.record(batch.answers, from: part.lowerBound) }
      round.shareWallTime()
    }
    for client in clients {
      if let failure = client.failure { throw failure }
    }
  }

  /// The parts of a batch, which the threads take in order: one part for one thread.
  ///
  /// For several threads each part is half of an equal share of what is left, at least 16 queries: large parts first,
  /// because an index shares work between the queries of a part; small ones last, so that all threads end together.
  /// Source: guided self-scheduling (Polychronopoulos and Kuck 1987).
  static func parts(of queries: Int, threads: Int) -> [Range<Int>] {
    guard threads > 1 else { return [0..<queries] }
    var parts: [Range<Int>] = []
    var first = 0
    while first < queries {
      let left = queries - first
      let count = min(left, max(16, left / (2 * threads)))
      parts.append(first..<first + count)
      first += count
    }
    return parts
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
    while true {
      let query = nextQuery.take()
      guard query < round.queries else { return }
      let start = monotonicNanoseconds()
      do throws(IndexError) {
        try search(query, client, into: &answer)
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

  /// A part of a batch; memory for its answers is allocated before the clock starts.
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
