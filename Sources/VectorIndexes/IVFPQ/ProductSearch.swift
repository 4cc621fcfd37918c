import CKernels
import VectorCore

/// One search among product codes: the lists near the query are scanned, the best candidates measured exactly.
///
/// Candidates to measure are chosen by estimates (`Estimator`). Where they are the answer themselves, without
/// refinement, or where a filter picks them one by one, they are ranked by the distance to what their code stands for:
/// the exact sum of float table entries, of which the 8-bit sums of the scan are lower bounds.
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

  /// Whether candidates are chosen by estimates.
  private var estimates: Bool { refine > 0 && filter == nil }

  /// Finds the `answer.k` nearest vectors into an answer that is empty.
  func find(_ query: Span<Float>, into answer: inout TopK) {
    guard answer.k > 0, store.count > 0 else { return }
    prepare(query)
    let wanted = min(min(answer.k, store.count) * max(refine, 1), store.count)
    let turned = coder.turned(scratch.scan.query.vector, room: scratch.turned)
    if estimates {
      scratch.shortlist.reset(wanted: wanted)
      let scanned = scanEstimates(turned, into: &scratch.shortlist)
      answer.distanceComputations += scanned
      measure(
        &scratch.shortlist, isAll: scratch.shortlist.count == scanned, query: scratch.scan.query.vector, into: &answer)
    } else {
      scratch.ranking.reset(k: wanted)
      scanDistances(turned, into: &scratch.ranking)
      answer.distanceComputations += scratch.ranking.distanceComputations
      takeRanking(scratch.ranking, into: &answer)
    }
    answer.sort()
    store.metric.report(&answer)
  }

  /// Takes a query into the scratch and chooses the lists to look at.
  private func prepare(_ query: Span<Float>) {
    ListSearch(store: store, probe: probe, filter: filter, scratch: scratch.scan).prepare(query)
  }
}

// MARK: - By estimates

extension ProductSearch {
  /// Puts the least estimates into the shortlist; returns how many were made.
  private func scanEstimates(_ turned: UnsafePointer<Float>, into shortlist: inout Shortlist) -> Int {
    var scanned = 0
    let (scan, kept) = (scan, scratch.kept)
    let query = UnsafePointer(scratch.scan.query.vector)
    var estimator: Estimator?
    let (numbers, distances) = (scratch.scan.probedLists, scratch.scan.probedDistances)
    for place in numbers.indices {
      let (number, distance) = (numbers[place], distances[place])
      let list = store.lists[Int(number)]
      guard list.count > 0 else { continue }
      prefetchCodes(after: place)
      if estimator == nil || coder.hasEstimateTablesPerList {
        estimator = coder.makeEstimator(query, turned: turned, list: Int(number), scratch: scratch)
      }
      var terms = coder.terms(estimator!, distance: distance)
      var start = 0
      while start < list.count {
        let count = min(rowsAtOnce(shortlist), list.count - start)
        terms.limit = shortlist.threshold
        var keptCount = 0
        scan(
          list.productBlock(from: start), count, shape.m, scratch.roundedTables, 1, &terms, kept, count, &keptCount)
        shortlist.append(kept, count: keptCount, list: number, from: start)
        start += count
      }
      scanned += list.count
    }
    shortlist.finish()
    return scanned
  }

  /// Asks for the first codes of the list after this one, which the processor can't foresee.
  private func prefetchCodes(after place: Int) {
    guard place + 1 < scratch.scan.probedLists.count else { return }
    let list = store.lists[Int(scratch.scan.probedLists[place + 1])]
    if list.count > 0 { rbk_prefetch(list.productBlock(from: 0), shape.blockBytes) }
  }

  private var scan: rbk_pq_scan {
    shape.nbits == 4 ? Kernels.active.pq.pointee.scan4 : Kernels.active.pq.pointee.scan8
  }

  /// Rows to scan under one threshold: few while there is none, so that soon there is one.
  private func rowsAtOnce(_ shortlist: borrowing Shortlist) -> Int {
    guard shortlist.threshold == .infinity else { return ScanScratch.blockRows }
    return min((max(shortlist.wanted, 1) / shape.lanes + 2) * shape.lanes, ScanScratch.blockRows)
  }

  /// Offers the shortlist's vectors by their exact distances.
  ///
  /// The third that looks nearest goes first. It shows how far estimates of this query are off, and so which of the
  /// others can't be among the nearest: these are not measured. Where estimates have not decided who is on the list,
  /// because it takes all that were scanned, they don't decide here either, and the answer is exact.
  private func measure(
    _ shortlist: inout Shortlist, isAll: Bool, query: UnsafePointer<Float>, into answer: inout TopK
  ) {
    let first = max(answer.k + Self.fewest, shortlist.count / 3)
    guard first < shortlist.count, !isAll else {
      _ = measure(0..<shortlist.count, of: shortlist, query: query, into: &answer)
      return
    }
    let limit = shortlist.limit(ofLeast: first, atMost: first + first / 4)
    let measured = shortlist.moveForward(within: limit, from: 0)
    let errors = measure(0..<measured, of: shortlist, query: query, into: &answer)
    let others = shortlist.moveForward(within: errors.greatestEstimate(of: answer.threshold), from: measured)
    _ = measure(measured..<measured + others, of: shortlist, query: query, into: &answer)
  }

  /// Vectors that are measured at least, besides k, before estimates rule any out.
  private static var fewest: Int { 10 }
  /// Candidates that are asked for ahead of the one being measured.
  private static var prefetched: Int { 8 }

  private func measure(
    _ range: Range<Int>, of shortlist: borrowing Shortlist, query: UnsafePointer<Float>, into answer: inout TopK
  ) -> EstimateErrors {
    var errors = EstimateErrors(distanceUnit: store.metric == .angular ? 2 : 1)
    let metric = store.metric
    let rowBytes = store.dimension * MemoryLayout<Float>.stride
    func prefetch(_ index: Int) {
      let (list, row) = shortlist.place(index)
      rbk_prefetch(store.lists[list].row(row), rowBytes)
    }
    for index in range.prefix(Self.prefetched) { prefetch(index) }
    for index in range {
      if index + Self.prefetched < range.upperBound { prefetch(index + Self.prefetched) }
      let (number, row) = shortlist.place(index)
      let list = store.lists[number]
      var distance: Float = 0
      distances(
        metric, from: query, to: list.row(row).assumingMemoryBound(to: Float.self), count: 1,
        dimension: store.dimension, into: &distance)
      errors.add(distance: distance, estimate: shortlist.estimate(index))
      if !(distance > answer.threshold) {
        answer.offer(Neighbor(distance: distance, sequence: list.sequences[row], id: list.ids[row]))
      }
    }
    answer.distanceComputations += range.count
    return errors
  }
}

/// How far one query's estimates are from the distances.
private struct EstimateErrors {
  /// What a distance of 1 is in the unit of the estimates.
  let distanceUnit: Float
  private var count: Float = 0
  private var sum: Float = 0
  private var sumOfSquares: Float = 0

  init(distanceUnit: Float) { self.distanceUnit = distanceUnit }

  mutating func add(distance: Float, estimate: Float) {
    let error = distance * distanceUnit - estimate
    count += 1
    sum += error
    sumOfSquares += error * error
  }

  /// The estimate of a vector at this distance, but for one of a thousand: three standard deviations above the mean.
  func greatestEstimate(of distance: Float) -> Float {
    let mean = sum / count
    let deviation = max(sumOfSquares / count - mean * mean, 0).squareRoot()
    let greatest = distance * distanceUnit - mean + 3 * deviation
    return greatest.isNaN ? .infinity : greatest
  }
}

// MARK: - By the distances of codes

extension ProductSearch {
  private func scanDistances(_ turned: UnsafePointer<Float>, into ranking: inout TopK) {
    let query = UnsafePointer(scratch.scan.query.vector)
    var bounds: rbk_pq_bounds?
    for number in scratch.scan.probedLists {
      let list = store.lists[Int(number)]
      guard list.count > 0 else { continue }
      if bounds == nil || coder.hasTablesPerList { bounds = makeTables(for: turned, list: Int(number)) }
      let run = CodeRanking(
        list: list, number: UInt64(number), offset: coder.offset(of: Int(number), from: query), bounds: bounds!,
        shape: shape, metric: store.metric, scratch: scratch)
      if let filter {
        run.rank(where: { filter.accepts(store.metadata[$0]) }, into: &ranking)
      } else {
        run.rank(scan: scan, into: &ranking)
      }
    }
  }

  private func makeTables(for query: UnsafePointer<Float>, list: Int) -> rbk_pq_bounds {
    coder.writeTables(for: query, list: list, room: scratch.residual, into: scratch.tables)
    var bounds = rbk_pq_bounds()
    Kernels.active.pq.pointee.quantize(
      scratch.tables, shape.m, shape.ksub, scratch.roundedTables, scratch.least, &bounds)
    return bounds
  }

  /// Offers the ranked vectors by their exact distances, or without refinement by those of their codes.
  private func takeRanking(_ ranking: borrowing TopK, into answer: inout TopK) {
    for rank in 0..<ranking.count {
      let (number, row) = (Int(ranking[rank].id >> 32), Int(ranking[rank].id & 0xFFFF_FFFF))
      let list = store.lists[number]
      var neighbor = ranking[rank]
      neighbor.id = list.ids[row]
      if refine > 0 {
        distances(
          store.metric, from: scratch.scan.query.vector, to: list.row(row).assumingMemoryBound(to: Float.self),
          count: 1, dimension: store.dimension, into: &neighbor.distance)
        answer.distanceComputations += 1
      }
      answer.offer(neighbor)
    }
  }
}
