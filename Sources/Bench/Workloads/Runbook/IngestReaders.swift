import Foundation
import Synchronization
import VectorCore
import VectorIndexes

/// The target of the readers' searches in an `ingest`.
enum IngestTarget: Sendable {
  /// Memtables over a base: each search sees the rows that were published when it began.
  case memtables(MemTableSet)
  /// An index that does not change.
  case index(any VectorIndex)

  func makeScratch() -> SearchScratch {
    switch self {
    case .memtables(let set): set.makeScratch()
    case .index(let index): index.makeScratch()
    }
  }

  /// Searches, and returns the number of visible rows; these are the first ones.
  func search(
    _ query: Span<Float>, k: Int, parameters: SearchParameters, scratch: SearchScratch, into answer: inout TopK
  ) throws(IndexError) -> Int {
    switch self {
    case .memtables(let set):
      let rows = set.nextRow
      try set.search(query, k: k, parameters: parameters, maxRow: rows - 1, scratch: scratch, into: &answer)
      return Int(rows)
    case .index(let index):
      try index.search(query, k: k, parameters: parameters, filter: nil, scratch: scratch, into: &answer)
      return index.count
    }
  }
}

/// Threads that search one target, each in a closed loop and at least once, until they are stopped.
final class IngestReaders: Sendable {
  /// One search.
  struct Search {
    let start: UInt64
    let nanoseconds: UInt64
    let distanceComputations: UInt32
    /// The number of neighbours that the search returned.
    let found: UInt32
  }

  /// The answer of one search, kept to be judged later.
  struct Sample {
    let start: UInt64
    let query: Int
    /// The number of rows that the search saw.
    let rows: Int
    let ids: [UInt64]
  }

  /// The parameters of the readers' searches.
  struct Request: Sendable {
    let queries: Matrix
    let k: Int
    let parameters: SearchParameters
    /// The artificial fault that is injected into the answers.
    var disturbance = AnswerDisturbance([])
  }

  /// The searches and samples of one reader.
  private struct Log: Sendable {
    var searches: [Search] = []
    var samples: [Sample] = []
    var failure: IndexError?
  }

  /// The shortest time between two answers that a reader keeps.
  private static let sampleNanoseconds: UInt64 = 4_000_000

  private let isStopping = Atomic<Bool>(false)
  /// The time at which the current phase began: the first search of each reader after it is kept.
  private let phaseStart = Atomic<UInt64>(0)
  /// The start time of the newest search that was kept; the largest number after a reader has failed.
  private let lastSample = Atomic<UInt64>(0)
  private let logs: Mutex<[Log]> = Mutex([])
  private let group = DispatchGroup()

  /// Starts the threads.
  ///
  /// - Throws: `IndexError` when the system refuses to start so many threads; the threads that were started have then
  ///   ended.
  init(_ count: Int, searching target: IngestTarget, _ request: Request) throws(IndexError) {
    for number in 0..<count {
      group.enter()
      do throws(ThreadError) {
        try SystemThread.start { [self] in
          // Each reader cycles through the queries from a different starting point.
          let log = search(target, request, from: request.queries.rows * number / count)
          logs.withLock { $0.append(log) }
          group.leave()
        }
      } catch {
        group.leave()
        _ = try stop()
        throw .own(error)
      }
    }
  }

  /// Tells the readers that a phase has begun.
  func beginPhase(at start: UInt64) { phaseStart.store(start, ordering: .releasing) }

  /// Waits until a search that began in the phase has been kept, so that each phase has at least one answer to judge.
  func waitForSample() {
    let start = phaseStart.load(ordering: .acquiring)
    while lastSample.load(ordering: .acquiring) < start { Thread.sleep(forTimeInterval: 2e-5) }
  }

  /// Stops all readers and returns their searches and samples, ordered by start time.
  ///
  /// - Throws: `IndexError` when a search failed.
  func stop() throws(IndexError) -> (searches: [Search], samples: [Sample]) {
    isStopping.store(true, ordering: .releasing)
    group.wait()
    let logs = logs.withLock { $0 }
    if let failure = logs.lazy.compactMap(\.failure).first { throw failure }
    return (
      logs.flatMap(\.searches).sorted { $0.start < $1.start }, logs.flatMap(\.samples).sorted { $0.start < $1.start }
    )
  }

  private func search(_ target: IngestTarget, _ request: Request, from first: Int) -> Log {
    var log = Log()
    log.searches.reserveCapacity(1 << 16)
    let scratch = target.makeScratch()
    var answer = TopK(k: request.k)
    var query = first
    var (nextSample, newestSample): (UInt64, UInt64) = (0, 0)
    repeat {
      let vector = request.queries[row: query]
      let start = monotonicNanoseconds()
      do throws(IndexError) {
        let rows = try target.search(
          vector, k: request.k, parameters: request.parameters, scratch: scratch, into: &answer)
        request.disturbance.change(&answer, to: vector, since: start)
        log.searches.append(
          Search(
            start: start, nanoseconds: monotonicNanoseconds() - start,
            distanceComputations: UInt32(clamping: answer.distanceComputations), found: UInt32(clamping: answer.count)))
        if start >= nextSample || newestSample < phaseStart.load(ordering: .acquiring) {
          var ids: [UInt64] = []
          for rank in 0..<answer.count { ids.append(answer[rank].id) }
          log.samples.append(Sample(start: start, query: query, rows: rows, ids: ids))
          nextSample = start + Self.sampleNanoseconds
          newestSample = start
          lastSample.max(start, ordering: .acquiringAndReleasing)
        }
      } catch {
        log.failure = error
        lastSample.store(.max, ordering: .releasing)
        return log
      }
      query = query + 1 < request.queries.rows ? query + 1 : 0
    } while !isStopping.load(ordering: .acquiring)
    return log
  }
}
