import VectorCore
import VectorIndexes

/// The cost of the harness itself: the time that one iteration of the single-query loop takes outside the timed call.
public enum HarnessOverhead {
  /// Searches an index that does nothing; returns the nanoseconds per query that each client spends outside the timed
  /// calls.
  ///
  /// Each iteration takes the next query, records the k ids of its answer, and reads the clock, of which a part lies
  /// outside the timed call. The fastest of `rounds` rounds counts, since other programs disturbed it least.
  ///
  /// - Throws: `IndexError` when the system refuses to start so many threads.
  public static func measure(
    k: Int = 10, threads: Int = 1, queries: Int = 10_000, rounds: Int = 15
  ) throws(IndexError) -> Double {
    let session = SearchSession(
      index: EmptyAnswers(), queries: Matrix(rows: queries, columns: 1) { $0.initialize(repeating: 0) }, k: k,
      parameters: SearchParameters(EmptyAnswers.parameters), mode: .single, threads: threads)
    let taken = try (1...rounds).map { _ throws(IndexError) in
      let round = try session.round()
      return (wall: round.wallNanoseconds, timed: round.nanoseconds.reduce(0, +))
    }
    return overhead(of: taken, threads: threads, queries: queries)
  }

  /// The nanoseconds of one iteration outside the timed call, in the fastest round.
  ///
  /// - Parameter rounds: the time of each round, and the sum of its queries' times.
  static func overhead(of rounds: [(wall: UInt64, timed: UInt64)], threads: Int, queries: Int) -> Double {
    // Each client was busy for the whole round.
    rounds.map { (Double($0.wall) * Double(threads) - Double($0.timed)) / Double(queries) }.min() ?? .nan
  }
}

/// An index that answers every query at once with k ids.
private final class EmptyAnswers: VectorIndex {
  let declaration = IndexDeclaration(
    kind: "nothing", summary: "answers at once", metrics: [.euclidean], build: [], search: [])
  /// No search parameters.
  static let parameters: Parameters = {
    guard let none = try? Parameters(declared: [], kind: "nothing") else {
      preconditionFailure("no parameter is wrong")
    }
    return none
  }()

  let dimension = 1
  let metric = Metric.euclidean
  let count = 0

  init() {}

  var statistics: IndexStatistics { IndexStatistics(kind: "nothing", count: 0, memoryBytes: 0) }

  func makeScratch() -> SearchScratch { SearchScratch() }

  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    answer.reset(k: k)
    for id in 0..<UInt64(k) { answer.offer(Neighbor(distance: 0, sequence: id, id: id)) }
  }
}
