import CKernels
import VectorCore

/// The exact scan of lists with scalar codes: a bound excludes most vectors, and exact distances decide the rest.
///
/// The answer is, bit by bit, that of a scan of all rows. A vector excluded by a `ListBound` has an exact distance
/// above the threshold, and the distances of all other vectors are computed by the same kernels. Vectors that are
/// probably below the threshold are compared at once, so that the threshold falls. Vectors that the bound only fails to
/// exclude are deferred to the end, when it excludes most of them. `BatchSearch` compares marked vectors at once.
struct BoundedScan {
  let store: VectorStore
  let scratch: ScanScratch

  /// The number of rows to scan under one bound; small until there is a threshold, so that one is found soon.
  ///
  /// - Parameter lanes: the vectors in a block of codes; the result is a multiple of this number.
  static func rowsAtOnce(_ answer: borrowing TopK, lanes: Int = CodeBlocks.lanes) -> Int {
    answer.count < answer.k
      ? min(max(4 * lanes, (2 * answer.k + lanes - 1) / lanes * lanes), ScanScratch.blockRows) : ScanScratch.blockRows
  }

  /// Takes the vectors that a scan of a list has kept; their places are relative to row `start`.
  func take(
    _ kept: UnsafeMutablePointer<rbk_sq_kept>, count: Int, list: Int, from start: Int, query: CodedQuery,
    bound: ListBound, deferred: inout DeferredCandidates, into answer: inout TopK
  ) {
    guard count > 0 else { return }
    var next = 0
    var exact = exactDistances(from: query, list)
    if answer.count < answer.k {
      // Without `k` answers there is no threshold yet. The most promising vectors go first, so that they exclude the
      // others.
      next = min(answer.k - answer.count, count)
      moveLeast(next, of: kept, count: count) { $0.value < $1.value }
      for index in 0..<next { exact.add(start + Int(kept[index].index), into: &answer) }
      exact.finish(into: &answer)
    }
    var limit = query.limit(answer.threshold)
    while next < count {
      let candidate = bound.candidate(kept[next], list: list, start: start)
      next += 1
      guard limit.admits(candidate) else { continue }
      if !limit.isPromising(candidate) {
        deferred.append(candidate)
      } else if exact.add(Int(candidate.row), into: &answer) {
        limit = query.limit(answer.threshold)
      }
    }
    exact.finish(into: &answer)
  }

  /// Compares the vectors that a scan of a list has marked, from row `start` on.
  func take(
    _ marks: UnsafeBufferPointer<UInt64>, list: Int, from start: Int, query: CodedQuery, into answer: inout TopK
  ) {
    var exact = exactDistances(from: query, list)
    exact.addMarked(marks, from: start, into: &answer)
  }

  /// Computes the distances of the deferred vectors that the bound still does not exclude.
  func finish(_ deferred: inout DeferredCandidates, query: CodedQuery, into answer: inout TopK) {
    var limit = query.limit(answer.threshold)
    var next = 0
    while next < deferred.count {
      let list = deferred[next].list
      var exact = exactDistances(from: query, Int(list))
      while next < deferred.count, deferred[next].list == list {
        if limit.admits(deferred[next]), exact.add(Int(deferred[next].row), into: &answer) {
          limit = query.limit(answer.threshold)
        }
        next += 1
      }
      exact.finish(into: &answer)
    }
    deferred.removeAll()
  }

  private func exactDistances(from query: CodedQuery, _ list: Int) -> ExactDistances {
    ExactDistances(list: store.lists[list], metric: store.metric, query: query.vector, scratch: scratch)
  }
}
