import CKernels
import VectorCore

/// The vectors of coded rows ranked by the distances to what their codes stand for, under one query's tables.
struct CodeRanking {
  let rows: CodedRows
  let store: VectorStore
  /// What is added to a sum of table entries.
  let offset: Float
  let bounds: rbk_pq_bounds
  let scratch: ProductScratch

  /// Offers every vector whose lower bound is within the ranking's threshold.
  func rank(scan: rbk_pq_scan, into ranking: inout TopK) {
    var start = 0
    while start < rows.count {
      let count = min(BoundedScan.rowsAtOnce(ranking, lanes: Int(rbk_pq8_lanes)), rows.count - start)
      var terms = rbk_pq_estimate(
        base: 0, offset_step: 0, factor_base: 1, factor_step: 0, sum_base: bounds.bias, sum_step: bounds.scale,
        limit: limit(within: ranking.threshold))
      var keptCount = 0
      scan(
        rows.block(from: start), count, rows.shape.m, scratch.roundedTables, 1, &terms, scratch.kept, count,
        &keptCount)
      var next = 0
      while next < keptCount {
        var waiting = 0
        let limit = limit(within: ranking.threshold)
        while next < keptCount, waiting < ProductScratch.width {
          if !(scratch.kept[next].estimate > limit), isOwn(start + Int(scratch.kept[next].index)) {
            scratch.rows[waiting] = scratch.kept[next].index
            waiting += 1
          }
          next += 1
        }
        measure(waiting, from: start, into: &ranking)
      }
      ranking.distanceComputations += count
      start += count
    }
  }

  /// Offers every vector whose id is accepted.
  func rank(where accepts: (UInt64) -> Bool, into ranking: inout TopK) {
    var waiting = 0
    for row in 0..<rows.count where isOwn(row) && accepts(id(row)) {
      scratch.rows[waiting] = UInt32(row)
      waiting += 1
      ranking.distanceComputations += 1
      guard waiting == ProductScratch.width else { continue }
      measure(waiting, from: 0, into: &ranking)
      waiting = 0
    }
    measure(waiting, from: 0, into: &ranking)
  }

  /// The greatest lower bound of a vector that may be within the threshold, rounding included.
  private func limit(within threshold: Float) -> Float {
    let slack = (abs(threshold) + abs(offset)) * 0x1p-22
    return threshold - offset + slack
  }

  /// Offers the first `count` of the scratch's rows, which count from row `start`, by their exact sums.
  private func measure(_ count: Int, from start: Int, into ranking: inout TopK) {
    guard count > 0 else { return }
    let kernels = Kernels.active.pq.pointee
    let sum = rows.shape.nbits == 4 ? kernels.adc4 : kernels.adc8
    sum(rows.block(from: start), rows.shape.m, scratch.tables, scratch.rows, count, scratch.sums)
    for index in 0..<count {
      // Rounding may leave the cosine of equal directions a little above 1, and so may coding.
      let distance = store.metric == .angular ? max(offset + scratch.sums[index], 0) : offset + scratch.sums[index]
      // Not `<=`: a distance that is not a number goes to the ranking, which takes it for infinite.
      guard !(distance > ranking.threshold) else { continue }
      let place = rows.place(start + Int(scratch.rows[index]))
      ranking.offer(
        Neighbor(
          distance: distance, sequence: store.lists[Int(place.list)].sequences[Int(place.offset)],
          id: UInt64(place.list) << 32 | UInt64(place.offset)))
    }
  }

  /// Whether the vector is not found in its own list anyway.
  private func isOwn(_ row: Int) -> Bool {
    guard let origin = rows.origins?[row] else { return true }
    return !scratch.isProbed[Int(origin.list)]
  }

  private func id(_ row: Int) -> UInt64 {
    let place = rows.place(row)
    return store.lists[Int(place.list)].ids[Int(place.offset)]
  }
}
