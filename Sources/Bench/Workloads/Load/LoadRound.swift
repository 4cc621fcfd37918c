import Foundation
import Synchronization
import VectorCore
import VectorIndexes

/// One round of a load: requests become due on a schedule, and clients answer them, each client one at a time.
///
/// The loop is open: the time of a request counts from its due time, even when all clients were busy then. Otherwise an
/// index that stalls would delay the requests that should measure the stall (coordinated omission). Source: Tene, "How
/// NOT to measure latency".
///
/// The times of all requests are kept and sorted after the round, so that its percentiles are exact; a histogram, as
/// HdrHistogram has it, would save memory that the harness has: eight bytes a request.
struct LoadRound {
  let target: LoadTarget
  let queries: Matrix
  let k: Int
  let parameters: SearchParameters
  let point: LoadPoint

  /// The result of a round.
  struct Result {
    /// The nanoseconds from the due time to the answer, in the order of the requests. For a request that was still
    /// waiting when the round was given up, the time that it had waited by then.
    var latencies: [UInt64]
    var kinds: [LoadPoint.Request]
    var unanswered: Int
    /// The nanoseconds from the beginning to the last answer, at least the length of the schedule.
    var nanoseconds: UInt64
    /// The answers to the first request for each query.
    var answers: Round
    /// Whether a query was answered.
    var isAnswered: [Bool]

    /// The answered requests per second.
    var rate: Double { Double(latencies.count - unanswered) * 1e9 / Double(nanoseconds) }

    /// The milliseconds of one kind of request, ascending.
    func milliseconds(_ kind: LoadPoint.Request) -> [Double] {
      zip(latencies, kinds).filter { $0.1 == kind }.map { Double($0.0) / 1e6 }.sorted()
    }
  }

  /// A round is given up after so many times its length, when clients do not keep up.
  private static let patience = 2.0
  /// The time between the order to begin and the first due time, in which all clients start.
  private static let leadNanoseconds: UInt64 = 2_000_000
  /// A client sleeps until so many nanoseconds before a due time and then watches the clock, since a sleep may end late
  /// by the timer's slack.
  private static let watchedNanoseconds: UInt64 = 80_000

  /// What the clients share.
  private final class Shared: Sendable {
    let next = Atomic<Int>(0)
    let end = Atomic<UInt64>(0)
    let failure = Mutex<IndexError?>(nil)
  }

  /// Sends all requests.
  ///
  /// - Parameters:
  ///   - clients: the number of threads that answer.
  ///   - seed: of the schedule and of the order of the requests.
  func run(clients: Int, seed: UInt64) throws(IndexError) -> Result {
    let due = point.dueTimes(seed: seed)
    let kinds = point.kinds(seed: seed)
    let scratches = (0..<clients).map { _ in ClientScratch(target.searched.makeScratch()) }
    let shared = Shared()
    let answers = Round(queries: queries.rows, k: k)
    let times = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: due.count)
    times.initialize(repeating: 0)
    defer { times.deallocate() }
    let places = Disjoint(times)
    let start = monotonicNanoseconds() + Self.leadNanoseconds
    let limit = start + UInt64(point.seconds * Self.patience * 1e9)
    do throws(ThreadError) {
      _ = try timeTogether(threads: clients) { client in
        var answer = TopK(k: k)
        while true {
          let number = shared.next.add(1, ordering: .relaxed).oldValue
          guard number < due.count else { return }
          let time = start + due[number]
          guard Self.wait(until: time) < limit else { continue }
          do throws(IndexError) {
            switch kinds[number] {
            case .search:
              let query = number % queries.rows
              try target.searched.search(
                queries[row: query], k: k, parameters: parameters, filter: nil, scratch: scratches[client].scratch,
                into: &answer)
              let end = monotonicNanoseconds()
              places[number] = end - time
              if number < queries.rows { answers.record(answer, of: query, nanoseconds: end - time) }
            case .insert:
              try target.insert()
              places[number] = monotonicNanoseconds() - time
            case .remove:
              try target.remove()
              places[number] = monotonicNanoseconds() - time
            }
            shared.end.max(time + places[number], ordering: .relaxed)
          } catch {
            shared.failure.withLock { $0 = $0 ?? error }
            shared.next.store(due.count, ordering: .relaxed)
            return
          }
        }
      }
    } catch {
      throw .own(error)
    }
    if let failure = shared.failure.withLock({ $0 }) { throw failure }
    var latencies = Array(times)
    let isAnswered = (0..<queries.rows).map { $0 < due.count && kinds[$0] == .search && latencies[$0] > 0 }
    let unanswered = latencies.indices.filter { latencies[$0] == 0 }
    for number in unanswered { latencies[number] = limit - start - due[number] }
    let end = Swift.max(shared.end.load(ordering: .relaxed), start + UInt64(point.seconds * 1e9))
    return Result(
      latencies: latencies, kinds: kinds, unanswered: unanswered.count, nanoseconds: end - start, answers: answers,
      isAnswered: isAnswered)
  }

  /// One client's scratch, which its thread alone uses.
  private final class ClientScratch: @unchecked Sendable {
    let scratch: SearchScratch

    init(_ scratch: SearchScratch) { self.scratch = scratch }
  }

  /// Waits until a time, and returns the time at which it stopped waiting.
  private static func wait(until time: UInt64) -> UInt64 {
    var now = monotonicNanoseconds()
    while now < time {
      if time - now > 2 * watchedNanoseconds {
        Thread.sleep(forTimeInterval: Double(time - now - watchedNanoseconds) / 1e9)
      } else {
        sched_yield()
      }
      now = monotonicNanoseconds()
    }
    return now
  }
}
