import CKernels
import VectorCore

/// One search among product codes: the lists near the query are scanned, the best candidates re-ranked exactly.
///
/// Candidates for exact distances are chosen by estimates (`Estimator`). Without refinement candidates are ranked by the
/// distances of their decoded vectors instead. These distances are exact sums of float table entries, and the 8-bit sums
/// of the scan are lower bounds of them. A filter is asked of the rows that a scan keeps; where few rows of a list match,
/// these are compared exactly and the list is not scanned.
///
/// Source: Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", IEEE TPAMI 33(1), 2011,
/// doi:10.1109/TPAMI.2010.57; André, Kermarrec and Le Scouarnec, "Cache locality is not enough", VLDB 2015,
/// doi:10.14778/2856318.2856324.
struct ProductSearch<Source: ProductSource, Probe: ListProbe> {
  let source: Source
  let coder: ProductCoder
  let shape: ProductCodeShape
  let probe: Probe
  let filter: Filter?
  let refinement: Refinement
  let scratch: ProductScratch

  /// Whether candidates are chosen by estimates.
  private var estimates: Bool { !refinement.isOff }

  /// Finds the `answer.k` nearest vectors; `answer` is empty.
  func find(_ query: Span<Float>, into answer: inout TopK) throws(IndexError) {
    let wanted = candidates(for: answer.k)
    guard wanted > 0 else { return }
    if let filter {
      try prepare(query, matching: filter, k: answer.k)
    } else {
      prepare(query)
      try load()
    }
    scratch.noteProbedLists(of: source.listCount)
    let turned = coder.turned(scratch.scan.query.vector, room: scratch.turned)
    if estimates {
      scratch.shortlist.reset(wanted: wanted)
      let (scanned, matching) = scanEstimates(turned, into: &scratch.shortlist, &answer)
      answer.distanceComputations += scanned
      let found = scratch.shortlist.count + scratch.shortlist.hiddenCount
      let isAll = found == matching || filter != nil && scratch.shortlist.threshold == .infinity
      measure(&scratch.shortlist, isAll: isAll, into: &answer)
    } else {
      scratch.ranking.reset(k: wanted)
      scanDistances(turned, into: &scratch.ranking)
      answer.distanceComputations += scratch.ranking.distanceComputations
      takeRanking(scratch.ranking, into: &answer)
    }
    scanExactly(scratch.scan.exactLists, into: &answer)
    answer.sort()
    source.metric.report(&answer)
  }

  /// Compares the query exactly with the vectors of lists without product codes, and with the outliers.
  ///
  /// These come last, when the threshold excludes most of them.
  func scanExactly(_ lists: [UInt32], into answer: inout TopK) {
    guard !lists.isEmpty else { return }
    if probe.codesExactLists, source.format.encoding == .absent {
      for list in lists { scanDecoded(list, into: &answer) }
    } else {
      source.scanExactly(lists, filter: filter, scratch: scratch.scan, into: &answer)
    }
  }

  /// The number of candidates in a search for `k` neighbours.
  func candidates(for k: Int) -> Int { refinement.candidates(for: k, of: source.count) }

  /// Writes a query into the scratch and chooses the lists to search.
  func prepare(_ query: Span<Float>) {
    scratch.scan.query.set(query)
    probe.chooseLists(of: source.listCount, scratch: scratch.scan)
  }

  /// Loads the chosen lists, so that they can be read.
  func load() throws(IndexError) {
    try source.load(scratch.scan.probedLists, metadata: false)
    try source.load(scratch.scan.exactLists, metadata: false)
  }
}

// MARK: - Batches

extension ProductSearch where Source: BlockSource {
  /// Appends the answer to each query, in the order of the queries.
  func find(_ queries: Matrix, k: Int, into answers: inout NeighborBatch) throws(IndexError) {
    if estimates, filter == nil, !coder.hasEstimateTablesPerList, k > 0, source.count > 0 {
      let together = BatchLimits.rows(
        codeBytes: source.hasSpilledRows ? 2 * codeBytes : codeBytes,
        stateBytes: ProductBatch.stateBytes(k: k, search: self), fewest: 128)
      for rows in queries.batches(of: together) {
        try loadLists(for: rows)
        ProductBatch(rows, k: k, search: self).run(into: &answers)
      }
      return
    }
    var answer = TopK(k: k)
    for row in 0..<queries.rows {
      answer.reset(k: k)
      try find(queries[row: row], into: &answer)
      answers.append(answer)
    }
  }

  /// Loads all lists that these queries probe; takes no time once all lists are loaded.
  private func loadLists(for queries: Matrix) throws(IndexError) {
    guard !source.isLoaded else { return }
    for row in 0..<queries.rows {
      prepare(queries[row: row])
      try load()
    }
  }
}

// MARK: - Ranking by estimates

extension ProductSearch {
  /// Writes the candidates with the least estimates to the shortlist.
  ///
  /// The rows of lists in which few rows match a filter are compared exactly and offered to `answer` at once.
  ///
  /// - Returns: the number of estimates, and how many of these rows match the filter, or more.
  private func scanEstimates(
    _ turned: UnsafePointer<Float>, into shortlist: inout Shortlist, _ answer: inout TopK
  ) -> (scanned: Int, matching: Int) {
    var (scanned, matching) = (0, 0)
    var estimator: Estimator?
    let (scan, isFiltered) = (scan, filter != nil)
    let (numbers, distances) = (scratch.scan.probedLists, scratch.scan.probedDistances)
    let prefetch = listPrefetch
    scratch.isProbed.withUnsafeBufferPointer { buffer in
      let isProbed = buffer.baseAddress!
      for index in numbers.indices {
        let next = codes(at: index + 1, of: numbers)
        prefetch.askForStart(of: next)
        prefetch.askForPages(of: codes(at: index + 2, of: numbers))
        let number = numbers[index]
        let matches = matches(of: number)
        let isRare = isRare(matches)
        if isRare, let matches {
          measure(matches, of: number, into: &answer)
          // The tables of the query are not needed where all rows of a list are compared exactly.
          guard scan.hasOtherRows(number) else { continue }
        }
        if estimator == nil || coder.hasEstimateTablesPerList {
          estimator = coder.makeEstimator(
            scratch.scan.query.vector, turned: turned, list: Int(number), scratch: scratch)
        }
        let terms = estimator!.terms(distance: distances[index])
        scan.forEachRows(of: number) { rows in
          let isOwn = rows.isOwn(of: number)
          if isRare, isOwn { return }
          scanned += scan.scan(
            rows, next: next.baseAddress?.assumingMemoryBound(to: UInt8.self), terms: terms, isProbed: isProbed,
            matches: matches, into: &shortlist)
          if matches == nil || !isOwn { matching += rows.count }
        }
        if !isRare { matching += matches?.count ?? 0 }
        scan.source.forEachSingleRow(of: number) { row in
          guard !isFiltered || scan.source.matches(row.place, scan.scratch.scan.filtered) else { return }
          let estimate = row.estimate(scan.scratch.roundedTables, scan.corrections, terms, scan.shape)
          if !(estimate > shortlist.threshold) { shortlist.append(estimate, at: row.place, in: scan.source) }
          scanned += 1
          matching += 1
        }
      }
    }
    shortlist.finish()
    return (scanned, matching)
  }

  /// The scan of the codes of the search.
  var scan: CodeScan<Source> {
    CodeScan(
      source: source, coder: coder, shape: shape, scratch: scratch,
      readsCopies: source.hasSpilledRows && !probe.choosesAllLists)
  }

  /// About the bytes of the codes of all rows, without spilled copies.
  private var codeBytes: Int { source.count / shape.lanes * shape.blockBytes }

  private var listPrefetch: ListPrefetch { ListPrefetch(codeBytes: codeBytes) }

  /// The memory of the codes of a probed list; empty if there is no such list, or its codes are not needed.
  private func codes(at index: Int, of numbers: [UInt32]) -> UnsafeRawBufferPointer {
    guard index < numbers.count, filter == nil || !isRare(matches(of: numbers[index])) else { return .none }
    return source.codes(of: numbers[index])
  }

  /// Offers the vectors of the shortlist by their exact distances from the scratch's query.
  ///
  /// The third with the least estimates goes first. Their distances show how large the errors of this query's estimates
  /// are, and so which of the other candidates cannot be among the nearest; these are skipped. If the shortlist
  /// contains all scanned vectors (`isAll`), no vector is skipped and the answer is exact.
  func measure(_ shortlist: inout Shortlist, isAll: Bool, into answer: inout TopK) {
    let first = max(answer.k + Self.fewest, shortlist.count / 3)
    guard first < shortlist.count, !isAll else {
      _ = measure(0..<shortlist.count, of: shortlist, into: &answer)
      return
    }
    let limit = shortlist.limit(ofLeast: first, atMost: first + first / 4)
    let measured = shortlist.moveForward(within: limit, from: 0)
    let errors = measure(0..<measured, of: shortlist, into: &answer)
    let others = shortlist.moveForward(within: errors.greatestEstimate(of: answer.threshold), from: measured)
    _ = measure(measured..<measured + others, of: shortlist, into: &answer)
  }

  /// The least number of exact distances, besides k, before estimates exclude a vector.
  private static var fewest: Int { 10 }

  private func measure(
    _ range: Range<Int>, of shortlist: borrowing Shortlist, into answer: inout TopK
  ) -> EstimateErrors {
    var errors = EstimateErrors(distanceUnit: source.metric == .angular ? 2 : 1)
    let distances = distances(ofRows: range.count) { shortlist.place(range.lowerBound + $0) }
    for (number, index) in range.enumerated() {
      errors.add(distance: distances[number], estimate: shortlist.estimate(index))
    }
    answer.distanceComputations += range.count
    // Ids and sequences are read of the nearest alone, because each is a cache miss.
    let limit = min(answer.threshold, limit(ofNearest: answer.k, of: distances))
    for (number, index) in range.enumerated() where !(distances[number] > limit) {
      let place = shortlist.place(index)
      answer.offer(
        Neighbor(distance: distances[number], sequence: source.sequence(at: place), id: source.id(at: place)))
    }
    return errors
  }
}

extension ProductSearch {
  /// How many rows ahead `ProductSource.prefetchPlace` is called.
  private static var prefetchedPlaces: Int { 16 }

  /// The distances of the scratch's query to `count` rows, whose places `place` gives; valid until the next call.
  ///
  /// Each row is a cache miss or more. Their addresses come first, so that rows are asked for while others are compared.
  func distances(ofRows count: Int, at place: (Int) -> RowPlace) -> UnsafeBufferPointer<Float> {
    let (addresses, distances) = (scratch.addresses.elements(count), scratch.distances.elements(count))
    guard count > 0 else { return UnsafeBufferPointer(distances) }
    for number in 0..<min(count, Self.prefetchedPlaces) { source.prefetchPlace(place(number)) }
    for number in 0..<count {
      if number + Self.prefetchedPlaces < count { source.prefetchPlace(place(number + Self.prefetchedPlaces)) }
      addresses[number] = source.row(at: place(number))
    }
    scratch.scan.query.distances(
      toRowsAt: addresses.baseAddress!, count: count, format: source.format, into: distances.baseAddress!)
    return UnsafeBufferPointer(distances)
  }
}

/// The least and the greatest error of one query's estimates, which do not depend on the order of candidates.
private struct EstimateErrors {
  /// The size of a distance of 1 in the unit of the estimates.
  let distanceUnit: Float
  private var least = Float.infinity
  private var greatest = -Float.infinity

  init(distanceUnit: Float) { self.distanceUnit = distanceUnit }

  mutating func add(distance: Float, estimate: Float) {
    let error = distance * distanceUnit - estimate
    least = min(least, error)
    greatest = max(greatest, error)
  }

  /// The greatest estimate that a vector at this distance can have.
  ///
  /// It allows for an error a quarter of the range below the least error, which is three standard deviations from the
  /// mean of thirty errors.
  func greatestEstimate(of distance: Float) -> Float {
    let greatest = distance * distanceUnit - least + (greatest - least) / 4
    return greatest.isNaN ? .infinity : greatest
  }
}

// MARK: - Ranking by the distances of codes

extension ProductSearch {
  /// Offers the outliers by the distances of their decoded vectors, if no vectors are stored.
  private func scanDecoded(_ list: UInt32, into answer: inout TopK) {
    func offer(_ places: [RowPlace], _ codes: ProductCodes) {
      let decoded = coder.decode(codes, lists: places.map { _ in list }, threads: 1)
      let format = RowFormat(encoding: .floats, dimension: decoded.columns)
      for (row, place) in places.enumerated()
      where source.isVisible(place) && (filter == nil || source.matches(place, scratch.scan.filtered)) {
        var distance: Float = 0
        scratch.scan.query.distances(
          to: decoded.baseAddress + row * decoded.columns, count: 1, format: format, into: &distance)
        answer.distanceComputations += 1
        answer.offer(Neighbor(distance: distance, sequence: source.sequence(at: place), id: source.id(at: place)))
      }
    }
    source.forEachRows(of: list) { rows in offer((0..<rows.count).map(rows.place), rows.codes) }
    source.forEachSingleRow(of: list) { row in
      let bytes = UnsafeBufferPointer(start: row.code, count: shape.codeBytes)
      offer([row.place], ProductCodes(bytes: Array(bytes), corrections: [row.correction]))
    }
  }

  private func scanDistances(_ turned: UnsafePointer<Float>, into ranking: inout TopK) {
    var bounds: rbk_pq_bounds?
    let (scan, isFiltered) = (scan, filter != nil)
    let (numbers, prefetch) = (scratch.scan.probedLists, listPrefetch)
    for index in numbers.indices {
      prefetch.askForStart(of: codes(at: index + 1, of: numbers))
      prefetch.askForPages(of: codes(at: index + 2, of: numbers))
      let number = numbers[index]
      _ = matches(of: number)
      if bounds == nil || coder.hasTablesPerList { bounds = makeTables(for: turned, list: Int(number)) }
      let offset = coder.offset(of: Int(number), from: scratch.scan.query.vector)
      let run = CodeRanking(source: source, shape: shape, offset: offset, bounds: bounds!, scratch: scratch)
      scan.forEachRows(of: number) { rows in
        if isFiltered {
          run.rankMatching(rows, into: &ranking)
        } else {
          run.rank(rows, scan: scan.kernel, into: &ranking)
        }
      }
      scan.source.forEachSingleRow(of: number) { run.rank($0, isFiltered: isFiltered, into: &ranking) }
    }
  }

  private func makeTables(for query: UnsafePointer<Float>, list: Int) -> rbk_pq_bounds {
    coder.writeTables(for: query, list: list, room: scratch.residual, into: scratch.tables)
    var bounds = rbk_pq_bounds()
    Kernels.active.pq.pointee.quantize(
      scratch.tables, shape.m, shape.ksub, scratch.roundedTables, scratch.least, &bounds)
    return bounds
  }

  /// Offers the ranked vectors by the distances of their codes.
  private func takeRanking(_ ranking: borrowing TopK, into answer: inout TopK) {
    for rank in 0..<ranking.count {
      var neighbor = ranking[rank]
      neighbor.id = source.id(
        at: RowPlace(list: UInt32(neighbor.id >> 32), offset: UInt32(truncatingIfNeeded: neighbor.id)))
      answer.offer(neighbor)
    }
  }
}
