import Foundation
import Synchronization
import VectorCore
import VectorIndexes

/// What the readers of an `ingest` search.
enum IngestTarget: Sendable {
  /// Fresh vectors: each search sees the rows that were published when it began.
  case memtables(MemTableSet)
  /// An index that nobody changes.
  case index(any VectorIndex)

  func makeScratch() -> SearchScratch {
    switch self {
    case .memtables(let set): set.makeScratch()
    case .index(let index): index.makeScratch()
    }
  }

  /// Returns how many rows the search saw: the first ones.
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

/// Threads that search one target until they are stopped, once at least, each in a closed loop.
final class IngestReaders: Sendable {
  /// One search.
  struct Search {
    let start: UInt64
    let nanoseconds: UInt64
    let distanceComputations: UInt32
    /// How many neighbours it returned.
    let found: UInt32
  }

  /// The answer of one search, to be judged later.
  struct Sample {
    let start: UInt64
    let query: Int
    /// How many rows it saw.
    let rows: Int
    let ids: [UInt64]
  }

  /// How the readers search.
  struct Request: Sendable {
    let queries: Matrix
    let k: Int
    let parameters: SearchParameters
    /// What is ordered to go wrong with their answers.
    var disturbance = AnswerDisturbance([])
  }

  /// What one reader has done.
  private struct Log: Sendable {
    var searches: [Search] = []
    var samples: [Sample] = []
    var failure: IndexError?
  }

  /// Between two answers that a reader keeps.
  private static let sampleNanoseconds: UInt64 = 4_000_000

  private let isStopping = Atomic<Bool>(false)
  /// When the phase under way began: the first search of each reader after it is kept.
  private let phaseStart = Atomic<UInt64>(0)
  /// When the newest search began that was kept; the largest number once a reader has failed.
  private let lastSample = Atomic<UInt64>(0)
  private let logs: Mutex<[Log]> = Mutex([])
  private let group = DispatchGroup()

  /// Starts the threads.
  ///
  /// - Throws: `IndexError` where the system refuses so many threads; those that were started have ended then.
  init(_ count: Int, searching target: IngestTarget, _ request: Request) throws(IndexError) {
    for number in 0..<count {
      group.enter()
      do throws(ThreadError) {
        try SystemThread.start { [self] in
          // Each goes round the queries from a place of its own.
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

  /// Waits until a search that began in the phase has been kept to be judged: each phase has at least one.
  func waitForSample() {
    let start = phaseStart.load(ordering: .acquiring)
    while lastSample.load(ordering: .acquiring) < start { Thread.sleep(forTimeInterval: 2e-5) }
  }

  /// Ends all searches; returns them and the samples, in the order of their beginnings.
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
