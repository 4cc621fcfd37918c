import Synchronization
import Testing
import VectorCore
import VectorIndexes

@testable import Bench

@Suite struct SearchSessionTests {
  private let queries = Matrix(rows: 40, columns: 1) { $0.initialize(repeating: 0) }

  private func session(_ index: SlowAnswers, mode: SearchMode = .single, threads: Int = 1) throws -> SearchSession {
    SearchSession(
      index: index, queries: queries, k: 1, parameters: SearchParameters(try Parameters(declared: [], kind: "slow")),
      mode: mode, threads: threads)
  }

  @Test func aRoundInSlicesAnswersEveryQueryOnceAndDoesNotCountThePauses() throws {
    let index = SlowAnswers()
    let session = try session(index)
    var (pauses, paused) = (0, UInt64(0))
    let start = monotonicNanoseconds()
    let round = try session.round(inSlices: true) {
      let left = monotonicNanoseconds()
      while monotonicNanoseconds() - left < 2_000_000 {}
      paused += monotonicNanoseconds() - left
      pauses += 1
    }
    let elapsed = monotonicNanoseconds() - start
    // A slice ends with the query after which three milliseconds are over: at most ten queries of 0.3 ms.
    #expect((3...39).contains(pauses))
    #expect(round.wallNanoseconds + paused <= elapsed)
    #expect(round.nanoseconds.allSatisfy { $0 >= SlowAnswers.nanoseconds })
    #expect(round.nanoseconds.reduce(0, +) <= round.wallNanoseconds)
    // Queries are repeated for a millisecond before each slice but the first: at most four of 0.3 ms.
    #expect((40 + pauses...40 + 4 * pauses).contains(index.searches))
    #expect(round.rows == Array(repeating: 7, count: 40))
  }

  @Test func aBatchIsHandedOutInPartsThatBecomeSmaller() {
    #expect(SearchSession.parts(of: 500, threads: 1) == [0..<500])
    let sizes = SearchSession.parts(of: 500, threads: 4).map(\.count)
    #expect(sizes.prefix(4) == [62, 54, 48, 42] && sizes.dropLast().allSatisfy { $0 >= 16 })
    #expect(SearchSession.parts(of: 10, threads: 2) == [0..<10])
    let parts = SearchSession.parts(of: 1_000, threads: 3)
    #expect(parts.flatMap { Array($0) } == Array(0..<1_000))
  }

  @Test(arguments: [(SearchMode.batch, 1), (.single, 2)])
  func otherRoundsAreNotDivided(mode: SearchMode, threads: Int) throws {
    var pauses = 0
    _ = try session(SlowAnswers(), mode: mode, threads: threads).round(inSlices: true) { pauses += 1 }
    #expect(pauses == 0)
  }
}

/// An index that answers every query with id 7 after 0.3 ms.
private final class SlowAnswers: VectorIndex {
  static let nanoseconds: UInt64 = 300_000
  let declaration = IndexDeclaration(kind: "slow", summary: "waits", metrics: [.euclidean], build: [], search: [])
  let (dimension, metric, count) = (1, Metric.euclidean, 8)
  private let answered = Atomic<Int>(0)

  var searches: Int { answered.load(ordering: .relaxed) }
  var statistics: IndexStatistics { IndexStatistics(kind: "slow", count: count, memoryBytes: 0) }

  func makeScratch() -> SearchScratch { SearchScratch() }

  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, filter: Filter?, scratch: SearchScratch,
    into answer: inout TopK
  ) throws(IndexError) {
    answered.add(1, ordering: .relaxed)
    let start = monotonicNanoseconds()
    while monotonicNanoseconds() - start < Self.nanoseconds {}
    answer.reset(k: k)
    answer.offer(Neighbor(distance: 0, sequence: 7, id: 7))
  }
}
