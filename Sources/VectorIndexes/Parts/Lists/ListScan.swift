import CKernels
import VectorCore

/// Scans lists of a store for the vectors nearest to the scratch's query, by exact distances.
struct ListScan {
  let store: VectorStore
  let filter: Filter?
  let scratch: ScanScratch

  /// Scans the given lists.
  func scan(_ lists: [UInt32], into answer: inout TopK) {
    if let filter { scratch.filtered.begin(filter, store.metadata) }
    if let quantizer = store.quantizer {
      scanCoded(lists, quantizer, into: &answer)
    } else {
      for number in lists {
        let list = store.lists[Int(number)]
        if let matches = matches(of: number) {
          store.scan(list, matching: matches, scratch: scratch, into: &answer)
        } else {
          store.scan(list, scratch: scratch, into: &answer)
        }
      }
    }
  }

  /// The rows of a list that match the filter; `nil` without a filter.
  private func matches(of list: UInt32) -> ListMatches? {
    filter == nil ? nil : scratch.filtered.matches(of: list, in: store)
  }

  /// Of a list in which at most one of so many rows matches, these rows are compared without a scan of the codes.
  ///
  /// Rows that come from memory cost more than codes, which are read in order: of 1 M × 128 floats 5 % take as long as the
  /// codes of all, and so does a tenth of 58 k × 384 floats, whose codes fit a cache; of 20 k × 128 floats a tenth takes a
  /// third of the codes' time.
  private static func rareFactor(_ store: VectorStore, codeBytes: Int) -> Int {
    let l3 = MemoryLevel.l3.byteCount
    return codeBytes > l3 ? 20 : store.count * store.lists[0].format.rowBytes > 2 * l3 ? 10 : 4
  }

  private func scanCoded(_ lists: [UInt32], _ quantizer: ScalarQuantizer, into answer: inout TopK) {
    let codeBytes = store.scalarCodeBytes
    let scanCodes = quantizer.kernels.scan(ofBytes: codeBytes)
    let prefetch = ListPrefetch(codeBytes: codeBytes)
    let rareFactor = Self.rareFactor(store, codeBytes: codeBytes)
    let bounded = BoundedScan(store: store, scratch: scratch)
    // The query is coded when the first list needs it: a projection takes as long as tens of distances.
    let first = lists.firstIndex { !scanRare(matches(of: $0), of: $0, factor: rareFactor, into: &answer) }
    guard let first else { return }
    let query = CodedQuery(
      scratch.query.vector, quantizer: quantizer, projected: scratch.projected, codes: scratch.codes)
    for place in first..<lists.count {
      prefetch.askForStart(of: place + 1 < lists.count ? store.lists[Int(lists[place + 1])].scalarCodes : .none)
      prefetch.askForPages(of: place + 2 < lists.count ? store.lists[Int(lists[place + 2])].scalarCodes : .none)
      let number = lists[place]
      let list = store.lists[Int(number)]
      let matches = matches(of: number)
      if place > first, scanRare(matches, of: number, factor: rareFactor, into: &answer) { continue }
      let bound = list.bound(query)
      let nearest = store.regions.map {
        $0.rows(of: $0.nearest(to: query.projected, distances: scratch.distances), count: list.count)
      }
      // The nearest region first, then all rows before it and all after it.
      for part in 0..<3 {
        let rows = Self.rows(part, around: nearest ?? 0..<0, count: list.count)
        var start = rows.lowerBound
        while start < rows.upperBound {
          let count = min(BoundedScan.rowsAtOnce(answer), rows.upperBound - start)
          if let matches, matches.isEmpty(start..<start + count) {
            start += count
            continue
          }
          var limit = bound.within(query.limit(answer.threshold))
          var keptCount = 0
          scanCodes(
            list.codeBlock(from: start), count, quantizer.dimension, scratch.codes, 1, &limit, scratch.kept, count,
            &keptCount)
          if let matches { keptCount = matches.keep(scratch.kept, count: keptCount, from: start) }
          answer.distanceComputations += count
          bounded.take(
            scratch.kept, count: keptCount, list: Int(number), from: start, query: query, bound: bound,
            deferred: &scratch.deferred, into: &answer)
          start += count
        }
      }
    }
    bounded.finish(&scratch.deferred, query: query, into: &answer)
  }

  /// Compares the matching rows of a list without its codes, if they are few; returns whether that has dealt with the
  /// list.
  private func scanRare(_ matches: ListMatches?, of number: UInt32, factor: Int, into answer: inout TopK) -> Bool {
    let list = store.lists[Int(number)]
    guard list.count > 0 else { return true }
    guard let matches, matches.isRare(factor: factor) else { return false }
    store.scan(list, matching: matches, scratch: scratch, into: &answer)
    return true
  }

  /// The rows of a part of a list: 0 a range itself, 1 all rows before it, 2 all rows after it.
  private static func rows(_ part: Int, around range: Range<Int>, count: Int) -> Range<Int> {
    switch part {
    case 0: range
    case 1: 0..<range.lowerBound
    default: range.upperBound..<count
    }
  }
}

extension ListMatches {
  /// Moves the kept vectors that match to the front; returns their number.
  fileprivate func keep(_ kept: UnsafeMutablePointer<rbk_sq_kept>, count: Int, from start: Int) -> Int {
    var matching = 0
    for place in 0..<count {
      kept[matching] = kept[place]
      matching += contains(start + Int(kept[place].index)) ? 1 : 0
    }
    return matching
  }
}
