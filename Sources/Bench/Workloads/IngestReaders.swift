import Foundation
import Synchronization
import VectorCore
import VectorIndexes

/// What the readers of an `IngestWorkload` search.
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
  }

  /// The answer of one search, to be judged later.
  struct Sample {
    let start: UInt64
    let query: Int
    /// How many rows it saw.
    let rows: Int
    let ids: [UInt64]
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
  private let logs: Mutex<[Log]> = Mutex([])
  private let group = DispatchGroup()

  /// Starts the threads. - Parameter queries: each reader goes round them, from a place of its own.
  init(_ count: Int, searching target: IngestTarget, for queries: Matrix, k: Int, parameters: SearchParameters) {
    for number in 0..<count {
      group.enter()
      let thread = Thread { [self] in
        let log = search(
          target, for: queries, from: queries.rows * number / count, k: k, parameters: parameters)
        logs.withLock { $0.append(log) }
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
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

  private func search(
    _ target: IngestTarget, for queries: Matrix, from first: Int, k: Int, parameters: SearchParameters
  ) -> Log {
    var log = Log()
    log.searches.reserveCapacity(1 << 16)
    let scratch = target.makeScratch()
    var answer = TopK(k: k)
    var query = first
    var nextSample: UInt64 = 0
    repeat {
      let start = monotonicNanoseconds()
      do throws(IndexError) {
        let rows = try target.search(
          queries[row: query], k: k, parameters: parameters, scratch: scratch, into: &answer)
        log.searches.append(Search(start: start, nanoseconds: monotonicNanoseconds() - start))
        if start >= nextSample {
          var ids: [UInt64] = []
          for rank in 0..<answer.count { ids.append(answer[rank].id) }
          log.samples.append(Sample(start: start, query: query, rows: rows, ids: ids))
          nextSample = start + Self.sampleNanoseconds
        }
      } catch {
        log.failure = error
        return log
      }
      query = query + 1 < queries.rows ? query + 1 : 0
    } while !isStopping.load(ordering: .acquiring)
    return log
  }
}
