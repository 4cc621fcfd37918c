import VectorCore
import VectorIndexes

/// The answers and times of one round of searches, in memory that is allocated before the clock starts.
///
/// Several threads record at the same time, each only the queries that it has taken: no query is written twice, and
/// nothing is read before all threads are done.
final class Round: @unchecked Sendable {
  let queries: Int
  let k: Int
  /// The returned ids, row-major, q × k; only the first `counts[i]` ids of row i are answers.
  private let ids: UnsafeMutableBufferPointer<UInt64>
  private let counts: UnsafeMutableBufferPointer<Int>
  /// The nanoseconds of each query; in batch mode each query has an equal share of the batch's time.
  private let times: UnsafeMutableBufferPointer<UInt64>
  private let computations: UnsafeMutableBufferPointer<Int>
  /// The nanoseconds from the first query to the last answer.
  var wallNanoseconds: UInt64 = 0

  init(queries: Int, k: Int) {
    self.queries = queries
    self.k = k
    // The memory is initialized here, so that no page is touched for the first time while the clock runs.
    ids = .allocate(capacity: queries * k)
    ids.initialize(repeating: 0)
    counts = .allocate(capacity: queries)
    counts.initialize(repeating: 0)
    times = .allocate(capacity: queries)
    times.initialize(repeating: 0)
    computations = .allocate(capacity: queries)
    computations.initialize(repeating: 0)
  }

  deinit {
    ids.deallocate()
    counts.deallocate()
    times.deallocate()
    computations.deallocate()
  }

  /// Records the answer to one query.
  ///
  /// - Complexity: O(k).
  func record(_ answer: borrowing TopK, of query: Int, nanoseconds: UInt64) {
    precondition(query < queries && answer.count <= k, "\(answer.count) neighbours where k is \(k)")
    for rank in 0..<answer.count { ids[query * k + rank] = answer[rank].id }
    counts[query] = answer.count
    times[query] = nanoseconds
    computations[query] = answer.distanceComputations
  }

  /// Records row numbers that another process has found for one query.
  func record(_ ids: UnsafeBufferPointer<Int64>, of query: Int, nanoseconds: UInt64) {
    precondition(query < queries && ids.count <= k, "\(ids.count) neighbours where k is \(k)")
    for (rank, id) in ids.enumerated() { self.ids[query * k + rank] = UInt64(exactly: id) ?? .max }
    counts[query] = ids.count
    times[query] = nanoseconds
  }

  /// Records how many distances another process has computed for all queries together.
  func record(computations total: Int) {
    if queries > 0 { computations[0] = max(total, 0) }
  }

  /// Records the answers to the queries from `first` on. - Complexity: O(q·k).
  func record(_ answers: NeighborBatch, from first: Int) {
    precondition(first + answers.queries <= queries && answers.k == k, "more answers than queries")
    guard answers.queries > 0 else { return }
    for (index, count) in answers.counts.enumerated() {
      counts[first + index] = count
      for rank in 0..<count { ids[(first + index) * k + rank] = answers.ids[index * k + rank] }
    }
    computations[first] = answers.distanceComputations
  }

  /// Gives every query of a batch an equal share of the wall time, as ann-benchmarks does.
  func shareWallTime() {
    times.update(repeating: queries > 0 ? wallNanoseconds / UInt64(queries) : 0)
  }

  /// The ids found for a query, nearest first.
  func answer(_ query: Int) -> Slice<UnsafeMutableBufferPointer<UInt64>> {
    ids[query * k..<query * k + counts[query]]
  }

  /// The answers of all queries as row numbers, row-major, q × k; −1 in missing places.
  ///
  /// An id beyond Int32 becomes the largest number, which is invalid as well, since no dataset has so many rows.
  var rows: [Int32] {
    var rows = [Int32](repeating: -1, count: queries * k)
    for query in 0..<queries {
      for rank in 0..<counts[query] { rows[query * k + rank] = Int32(clamping: ids[query * k + rank]) }
    }
    return rows
  }

  /// The times of all queries in nanoseconds, in order.
  var nanoseconds: [UInt64] { Array(times) }

  /// Distances computed, over all queries.
  var distanceComputations: Int { computations.reduce(0, +) }

  /// The queries per second, see `RunOptions.queriesPerSecond`.
  func queriesPerSecond(mode: SearchMode, threads: Int) -> Double {
    var options = RunOptions()
    options.mode = mode
    options.threads = threads
    return options.queriesPerSecond(nanoseconds: nanoseconds, wallNanoseconds: wallNanoseconds)
  }
}
