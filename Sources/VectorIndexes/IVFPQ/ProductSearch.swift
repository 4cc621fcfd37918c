import CKernels
import VectorCore

/// One search among product codes: the lists near the query are scanned, the best candidates measured exactly.
///
/// A candidate's approximate distance is the exact sum of its float table entries, so the order of the shortlist is the
/// same on every instruction set up to the rounding of tables. The 8-bit sums of the scan only rule out: they are lower
/// bounds of it.
///
/// Source: Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33(1), 2011,
/// doi:10.1109/TPAMI.2010.57; André, Kermarrec and Le Scouarnec, "Cache locality is not enough", VLDB 2015,
/// doi:10.14778/2856318.2856324.
struct ProductSearch {
  let store: VectorStore
  let coder: ProductCoder
  let shape: ProductCodeShape
  let probe: ListSearch.Probe
  let filter: Filter?
  /// Candidates a neighbour that are measured exactly; 0: none, the approximate distances are the answer.
  let refine: Int
  let scratch: ProductScratch

  /// Candidates that are asked for ahead of the one being measured.
  private static let prefetched = 8

  /// Finds the `answer.k` nearest vectors into an answer that is empty.
  func find(_ query: Span<Float>, into answer: inout TopK) {
    guard answer.k > 0, store.count > 0 else { return }
    ListSearch(store: store, probe: probe, filter: filter, scratch: scratch.scan).prepare(query)
    let wanted = min(answer.k, store.count)
    scratch.shortlist.reset(k: min(wanted * max(refine, 1), store.count))
    scan(into: &scratch.shortlist)
    answer.distanceComputations += scratch.shortlist.distanceComputations
    takeShortlist(scratch.shortlist, into: &answer)
    answer.sort()
    store.metric.report(&answer)
  }

  private func scan(into shortlist: inout TopK) {
    let query = UnsafePointer(scratch.scan.query.vector)
    let turned = coder.turned(query, room: scratch.turned)
    var bounds = rbk_pq_bounds()
    if !coder.hasTablesPerList { bounds = makeTables(for: turned, list: nil) }
    for number in scratch.scan.probedLists {
      let list = store.lists[Int(number)]
      guard list.count > 0 else { continue }
      if coder.hasTablesPerList { bounds = makeTables(for: turned, list: Int(number)) }
      let run = ListRun(
        list: list, number: UInt64(number), offset: coder.offset(of: Int(number), from: query), bounds: bounds,
        shape: shape, metric: store.metric, scratch: scratch)
      if let filter {
        run.scan(where: { filter.accepts(store.metadata[$0]) }, into: &shortlist)
      } else {
        run.scan(into: &shortlist)
      }
    }
  }

  private func makeTables(for query: UnsafePointer<Float>, list: Int?) -> rbk_pq_bounds {
    coder.writeTables(for: query, list: list, room: scratch.residual, into: scratch.tables)
    var bounds = rbk_pq_bounds()
    Kernels.active.pq.pointee.quantize(
      scratch.tables, shape.m, shape.ksub, scratch.roundedTables, scratch.least, &bounds)
    return bounds
  }

  /// Offers the candidates by their exact distances, or without refinement by those they were found by.
  private func takeShortlist(_ shortlist: borrowing TopK, into answer: inout TopK) {
    guard refine > 0 else {
      for rank in 0..<shortlist.count { offer(shortlist[rank], distance: shortlist[rank].distance, into: &answer) }
      return
    }
    let (metric, dimension) = (store.metric, store.dimension)
    let query = UnsafePointer(scratch.scan.query.vector)
    for rank in 0..<min(Self.prefetched, shortlist.count) { prefetch(shortlist[rank]) }
    for rank in 0..<shortlist.count {
      if rank + Self.prefetched < shortlist.count { prefetch(shortlist[rank + Self.prefetched]) }
      var distance: Float = 0
      distances(
        metric, from: query, to: row(of: shortlist[rank]).assumingMemoryBound(to: Float.self), count: 1,
        dimension: dimension, into: &distance)
      offer(shortlist[rank], distance: distance, into: &answer)
    }
    answer.distanceComputations += shortlist.count
  }

  private func offer(_ candidate: Neighbor, distance: Float, into answer: inout TopK) {
    let (list, row) = Self.place(of: candidate)
    answer.offer(Neighbor(distance: distance, sequence: candidate.sequence, id: store.lists[list].ids[row]))
  }

  private func prefetch(_ candidate: Neighbor) {
    rbk_prefetch(row(of: candidate), store.dimension * MemoryLayout<Float>.stride)
  }

  private func row(of candidate: Neighbor) -> UnsafeRawPointer {
    let (list, row) = Self.place(of: candidate)
    return store.lists[list].row(row)
  }

  private static func place(of candidate: Neighbor) -> (list: Int, row: Int) {
    (Int(candidate.id >> 32), Int(candidate.id & 0xFFFF_FFFF))
  }
}

/// The scan of one list's codes under one query's tables.
private struct ListRun {
  let list: VectorList
  let number: UInt64
  /// What is added to a sum of table entries.
  let offset: Float
  let bounds: rbk_pq_bounds
  let shape: ProductCodeShape
  let metric: Metric
  let scratch: ProductScratch

  /// Offers every vector whose lower bound is within the shortlist's threshold.
  func scan(into shortlist: inout TopK) {
    let kernels = Kernels.active.pq.pointee
    let scanBlocks = shape.nbits == 4 ? kernels.scan4 : kernels.scan8
    var start = 0
    while start < list.count {
      let count = min(BoundedScan.rowsAtOnce(shortlist, lanes: Int(rbk_pq8_lanes)), list.count - start)
      var most = mostSum(within: shortlist.threshold)
      var keptCount = 0
      scanBlocks(
        list.productBlock(from: start), count, shape.m, scratch.roundedTables, 1, &most, scratch.kept, count, &keptCount
      )
      var next = 0
      while next < keptCount {
        var waiting = 0
        most = mostSum(within: shortlist.threshold)
        while next < keptCount, waiting < ProductScratch.width {
          if Int64(scratch.kept[next].sum) <= Int64(most) {
            scratch.rows[waiting] = scratch.kept[next].index
            waiting += 1
          }
          next += 1
        }
        measure(waiting, from: start, into: &shortlist)
      }
      shortlist.distanceComputations += count
      start += count
    }
  }

  /// Offers every vector whose id is accepted.
  func scan(where accepts: (UInt64) -> Bool, into shortlist: inout TopK) {
    var waiting = 0
    for row in 0..<list.count where accepts(list.ids[row]) {
      scratch.rows[waiting] = UInt32(row)
      waiting += 1
      shortlist.distanceComputations += 1
      guard waiting == ProductScratch.width else { continue }
      measure(waiting, from: 0, into: &shortlist)
      waiting = 0
    }
    measure(waiting, from: 0, into: &shortlist)
  }

  /// The largest 8-bit sum of a vector that may be within the threshold, rounding included.
  private func mostSum(within threshold: Float) -> Int32 {
    let slack = offset == 0 ? 0 : (abs(threshold) + abs(offset)) * 0x1p-22
    return rbk_pq_threshold(bounds, threshold - offset + slack)
  }

  /// Offers the first `count` of the scratch's rows, which count from row `start`, by their exact sums.
  private func measure(_ count: Int, from start: Int, into shortlist: inout TopK) {
    guard count > 0 else { return }
    let kernels = Kernels.active.pq.pointee
    let sum = shape.nbits == 4 ? kernels.adc4 : kernels.adc8
    sum(list.productBlock(from: start), shape.m, scratch.tables, scratch.rows, count, scratch.sums)
    for index in 0..<count {
      // Rounding may leave the cosine of equal directions a little above 1, and so may coding.
      let distance = metric == .angular ? max(offset + scratch.sums[index], 0) : offset + scratch.sums[index]
      // Not `<=`: a distance that is not a number goes to the shortlist, which takes it for infinite.
      guard !(distance > shortlist.threshold) else { continue }
      let row = start + Int(scratch.rows[index])
      shortlist.offer(
        Neighbor(distance: distance, sequence: list.sequences[row], id: number << 32 | UInt64(row)))
    }
  }
}
