import CKernels
import VectorCore

/// The exact scan of coded lists: codes rule vectors out, exact distances decide among the rest.
///
/// The answer is that of a scan of all rows, bit for bit: what a `ListBound` rules out has an exact distance above the
/// threshold, and everything else is measured by the same kernels. Vectors whose estimate already beats the threshold
/// are measured at once, so that it falls; those that only might beat it are deferred to the end, when most of them
/// can be ruled out.
struct BoundedScan {
  let store: VectorStore
  let scratch: ScanScratch

  /// Rows to scan under one bound: few while nothing can be ruled out, so that soon something can.
  ///
  /// - Parameter lanes: vectors a block of codes; the result is a multiple of them.
  static func rowsAtOnce(_ answer: borrowing TopK, lanes: Int = CodeBlocks.lanes) -> Int {
    answer.count < answer.k
      ? min(max(4 * lanes, (2 * answer.k + lanes - 1) / lanes * lanes), ScanScratch.blockRows) : ScanScratch.blockRows
  }

  /// Takes what a scan has kept of a list, whose places count from row `start`.
  func take(
    _ kept: UnsafeMutablePointer<rbk_sq4_kept>, count: Int, list: Int, from start: Int, query: CodedQuery,
    bound: ListBound, deferred: inout DeferredCandidates, into answer: inout TopK
  ) {
    guard count > 0 else { return }
    var next = 0
    var exact = exactDistances(from: query, list)
    if answer.count < answer.k {
      // Until there are k, nothing can be ruled out: the most promising first, so that they rule out the others.
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
      if candidate.value > limit.estimate {
        deferred.append(candidate)
      } else if exact.add(Int(candidate.row), into: &answer) {
        limit = query.limit(answer.threshold)
      }
    }
    exact.finish(into: &answer)
  }

  /// Measures the deferred vectors that are not ruled out by now.
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
