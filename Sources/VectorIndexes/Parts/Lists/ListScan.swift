import CKernels
import VectorCore

/// Scans lists of a store for the vectors nearest to the scratch's query, by exact distances.
struct ListScan {
  let store: VectorStore
  let filter: Filter?
  let scratch: ScanScratch

  /// Scans the given lists.
  func scan(_ lists: [UInt32], into answer: inout TopK) {
    // A filter is asked before any distance or estimate is computed, so with a filter rows are compared without codes.
    if filter == nil, let quantizer = store.quantizer {
      scanCoded(lists, quantizer, into: &answer)
    } else {
      for list in lists { store.scan(store.lists[Int(list)], filter: filter, scratch: scratch, into: &answer) }
    }
  }

  private func scanCoded(_ lists: [UInt32], _ quantizer: ScalarQuantizer, into answer: inout TopK) {
    let kernel = Kernels.active.sq4.pointee
    let scan = BoundedScan(store: store, scratch: scratch)
    let query = CodedQuery(scratch.query.vector, quantizer: quantizer, codes: scratch.codes)
    for number in lists {
      let list = store.lists[Int(number)]
      guard list.count > 0 else { continue }
      let bound = list.bound(query)
      var start = 0
      while start < list.count {
        let count = min(BoundedScan.rowsAtOnce(answer), list.count - start)
        var limit = bound.within(query.limit(answer.threshold))
        var keptCount = 0
        kernel.scan(
          list.codeBlock(from: start), count, store.dimension, scratch.codes, 1, &limit, scratch.kept, count,
          &keptCount)
        answer.distanceComputations += count
        scan.take(
          scratch.kept, count: keptCount, list: Int(number), from: start, query: query, bound: bound,
          deferred: &scratch.deferred, into: &answer)
        start += count
      }
    }
    scan.finish(&scratch.deferred, query: query, into: &answer)
  }
}
