import CKernels
import VectorCore

/// Ranks vectors by the distances to their decoded vectors, from the float tables of one query.
struct CodeRanking<Source: ProductSource> {
  let source: Source
  let shape: ProductCodeShape
  /// The number that is added to a sum of table entries to give a distance.
  let offset: Float
  let bounds: rbk_pq_bounds
  let scratch: ProductScratch

  /// Offers every vector whose lower bound is within the threshold of the ranking.
  func rank(_ rows: CodedRows, scan: rbk_pq_scan, into ranking: inout TopK) {
    var start = 0
    while start < rows.count {
      let count = min(BoundedScan.rowsAtOnce(ranking, lanes: Int(rbk_pq8_lanes)), rows.count - start)
      var corrections = Estimator.noCorrections
      let terms = rbk_pq_estimate(
        base: 0, sum_base: bounds.bias, sum_step: bounds.scale, limit: limit(within: ranking.threshold))
      var query = rbk_pq_query(tables: scratch.roundedTables, estimate: terms, kept: scratch.kept, count: 0)
      scan(rows.block(from: start), count, shape.m, rows.next(from: start + count), &corrections, &query, 1)
      var next = 0
      while next < query.count {
        var waiting = 0
        let limit = limit(within: ranking.threshold)
        while next < query.count, waiting < ProductScratch.width {
          if !(scratch.kept[next].estimate > limit), isOwn(start + Int(scratch.kept[next].index), of: rows) {
            scratch.rows[waiting] = scratch.kept[next].index
            waiting += 1
          }
          next += 1
        }
        measure(waiting, of: rows, from: start, into: &ranking)
      }
      ranking.distanceComputations += count
      start += count
    }
  }

  /// Offers every vector that matches the filter of the search.
  func rankMatching(_ rows: CodedRows, into ranking: inout TopK) {
    var waiting = 0
    for row in 0..<rows.count where isOwn(row, of: rows) && source.matches(rows.place(row), scratch.scan.filtered) {
      scratch.rows[waiting] = UInt32(row)
      waiting += 1
      ranking.distanceComputations += 1
      guard waiting == ProductScratch.width else { continue }
      measure(waiting, of: rows, from: 0, into: &ranking)
      waiting = 0
    }
    measure(waiting, of: rows, from: 0, into: &ranking)
  }

  /// Offers a row outside a block, if there is no filter or the row matches it.
  func rank(_ row: CodedRow, isFiltered: Bool, into ranking: inout TopK) {
    guard source.isVisible(row.place), !isFiltered || source.matches(row.place, scratch.scan.filtered) else { return }
    ranking.distanceComputations += 1
    offer(row.place, sum: row.sum(scratch.tables, shape), into: &ranking)
  }

  /// The greatest lower bound that a vector within the threshold can have, rounding included.
  private func limit(within threshold: Float) -> Float {
    let slack = (abs(threshold) + abs(offset)) * 0x1p-22
    return threshold - offset + slack
  }

  /// Offers the first `count` kept rows of the scratch, which are relative to row `start`, by their exact sums.
  private func measure(_ count: Int, of rows: CodedRows, from start: Int, into ranking: inout TopK) {
    guard count > 0 else { return }
    let kernels = Kernels.active.pq.pointee
    let sum = shape.nbits == 4 ? kernels.adc4 : kernels.adc8
    sum(rows.block(from: start), shape.m, scratch.tables, scratch.rows, count, scratch.sums)
    for index in 0..<count {
      offer(rows.place(start + Int(scratch.rows[index])), sum: scratch.sums[index], into: &ranking)
    }
  }

  private func offer(_ place: RowPlace, sum: Float, into ranking: inout TopK) {
    // Rounding and coding errors may make the cosine of equal directions slightly larger than 1.
    let distance = source.metric == .angular ? max(offset + sum, 0) : offset + sum
    // With `<=`, a NaN distance would be dropped; the ranking must receive it and take it as infinite.
    guard !(distance > ranking.threshold) else { return }
    ranking.offer(
      Neighbor(
        distance: distance, sequence: source.sequence(at: place),
        id: UInt64(place.list) << 32 | UInt64(place.offset)))
  }

  /// Whether the vector is visible to the search and the search does not find it in the vector's own list as well.
  private func isOwn(_ row: Int, of rows: CodedRows) -> Bool {
    guard source.isVisible(rows.place(row)) else { return false }
    guard let origin = rows.origins?[row] else { return true }
    return !scratch.isProbed[Int(origin.list)]
  }
}
