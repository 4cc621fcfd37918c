import CKernels
import VectorCore

/// The exact scan of coded lists: codes rule vectors out, exact distances decide among the rest.
///
/// The answer is that of a scan of all rows, bit for bit: what a `ListBound` rules out has an exact distance above the
/// threshold, and everything else is measured by the same kernels.
struct BoundedScan {
  let store: VectorStore
  let scratch: ScanScratch

  /// Offers `answer` the vectors of a coded list.
  ///
  /// - Parameters:
  ///   - query: the prepared query, d floats; its codes are the scratch's.
  ///   - bound: of this list for this query.
  func scan(
    _ list: VectorList, query: UnsafePointer<Float>, codes: UnsafePointer<Int8>, bound: ListBound,
    into answer: inout TopK
  ) {
    let kernel = Kernels.active.sq4.pointee
    var start = 0
    while start < list.count {
      let count = min(ScanScratch.blockRows, list.count - start)
      var limit = bound.within(answer.threshold)
      var keptCount = 0
      kernel.scan(
        list.codeBlock(from: start), count, store.dimension, codes, 1, &limit, scratch.kept, count, &keptCount)
      answer.distanceComputations += count
      if keptCount > 0 {
        decide(scratch.kept, count: keptCount, from: start, of: list, query: query, bound: bound, into: &answer)
      }
      start += count
    }
  }

  /// Offers the kept vectors of `list`, whose places count from row `start`, by their exact distances.
  func decide(
    _ kept: UnsafeMutablePointer<rbk_sq4_kept>, count: Int, from start: Int, of list: VectorList,
    query: UnsafePointer<Float>, bound: ListBound, into answer: inout TopK
  ) {
    let rows = list.row(start).assumingMemoryBound(to: Float.self)
    let rowBytes = store.dimension * MemoryLayout<Float>.stride
    // Until there are k, nothing can be ruled out: the most promising first, so that they rule out the others.
    if answer.count < answer.k { moveLeast(answer.k - answer.count, of: kept, count: count) }
    for index in 0..<min(count, 4) { rbk_prefetch(rows + Int(kept[index].index) * store.dimension, rowBytes) }
    var limit = bound.within(answer.threshold)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4) { places in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: 4) { distances in
        var next = 0
        while next < count {
          var gathered = 0
          while next < count, gathered < 4 {
            let candidate = kept[next]
            if next + 4 < count { rbk_prefetch(rows + Int(kept[next + 4].index) * store.dimension, rowBytes) }
            next += 1
            if limit.keeps(candidate) {
              places[gathered] = candidate.index
              gathered += 1
            }
          }
          guard gathered > 0 else { break }
          VectorIndexes.distances(
            store.metric, from: query, to: rows, at: places.baseAddress!, count: gathered, dimension: store.dimension,
            into: distances.baseAddress!)
          let before = answer.threshold
          // Not `<=`: a distance that is not a number goes to the answer, which takes it for infinite.
          for index in 0..<gathered where !(distances[index] > answer.threshold) {
            let row = start + Int(places[index])
            answer.offer(Neighbor(distance: distances[index], sequence: list.sequences[row], id: list.ids[row]))
          }
          if answer.threshold < before { limit = bound.within(answer.threshold) }
        }
      }
    }
  }

  /// Moves the `wanted` candidates of the least value to the front, in any order (Hoare's selection).
  private func moveLeast(_ wanted: Int, of kept: UnsafeMutablePointer<rbk_sq4_kept>, count: Int) {
    var (low, high) = (0, count - 1)
    while low < high, wanted < count {
      let pivot = kept[(low + high) / 2].value
      var (left, right) = (low, high)
      while left <= right {
        while kept[left].value < pivot { left += 1 }
        while kept[right].value > pivot { right -= 1 }
        if left <= right {
          (kept[left], kept[right]) = (kept[right], kept[left])
          left += 1
          right -= 1
        }
      }
      if wanted <= right {
        high = right
      } else if wanted > left {
        low = left
      } else {
        return
      }
    }
  }
}
