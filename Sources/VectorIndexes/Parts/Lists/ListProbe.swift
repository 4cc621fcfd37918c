/// A way to choose the lists of a search. Each way is a type, so that searches are specialised for it.
protocol ListProbe {
  /// Whether every list of vectors is chosen for every query.
  var choosesAllLists: Bool { get }
  /// Whether in an index of product codes the vectors of `ScanScratch.exactLists` have product codes as well.
  var codesExactLists: Bool { get }

  /// The greatest number of lists that are chosen for one query.
  func most(of lists: Int) -> Int

  /// Writes the numbers of the lists to search into the scratch, whose lists are empty, nearest first.
  ///
  /// - Parameters:
  ///   - lists: the number of lists.
  ///   - scratch: holds the query, which has neighbours.
  func choose(of lists: Int, scratch: ScanScratch)

  /// Computes for a few queries of a batch together what `choose` needs of each; see `ScanScratch.member`.
  ///
  /// - Parameter queries: `count` prepared queries, count × d.
  func measure(_ queries: UnsafePointer<Float>, count: Int, scratch: ScanScratch)

  /// A way that chooses `lists` lists, as far as there are so many.
  func widened(to lists: Int) -> Self
}

extension ListProbe {
  func measure(_ queries: UnsafePointer<Float>, count: Int, scratch: ScanScratch) {}

  /// Prepares the queries of a batch, and passes each to `body` when the scratch has its vector and its lists.
  ///
  /// - Parameter vectors: where the prepared queries are written, rows × d.
  func chooseLists(
    of lists: Int, for queries: Matrix, vectors: UnsafeMutablePointer<Float>, scratch: ScanScratch,
    _ body: (_ row: Int) -> Void
  ) {
    let together = 8
    let dimension = queries.columns
    for start in stride(from: 0, to: queries.rows, by: together) {
      let rows = start..<min(start + together, queries.rows)
      let haveNeighbors = rows.map { row in
        scratch.query.set(queries[row: row])
        (vectors + row * dimension).initialize(from: scratch.query.vector, count: dimension)
        return scratch.query.hasNeighbors
      }
      measure(vectors + start * dimension, count: rows.count, scratch: scratch)
      for row in rows {
        scratch.query.adopt(prepared: vectors + row * dimension, hasNeighbors: haveNeighbors[row - start])
        scratch.member = row - start
        chooseLists(of: lists, scratch: scratch)
        body(row)
      }
      scratch.member = nil
    }
  }

  /// Chooses the lists for the scratch's query; none for a query without neighbours.
  func chooseLists(of lists: Int, scratch: ScanScratch) {
    scratch.probedLists.removeAll(keepingCapacity: true)
    scratch.probedDistances.removeAll(keepingCapacity: true)
    scratch.exactLists.removeAll(keepingCapacity: true)
    if scratch.query.hasNeighbors { choose(of: lists, scratch: scratch) }
  }

  /// Chooses the lists for a search with a filter: nearest first, but only those with rows that match.
  ///
  /// A list without a match does not count as chosen. Lists are added until there are as many as without a filter, and
  /// they have enough matches together: `matchesPerNeighbor`·k, or as many as a search without a filter finds rows in
  /// its lists, if these are fewer. So with a filter that accepts all rows the lists are the same.
  ///
  /// - Parameters:
  ///   - load: loads the chosen lists, so that the filter can be asked of them.
  /// - Complexity: O(lists) choices at most, of which each asks the filter of the rows of new lists.
  func chooseLists<Failure: Error>(
    matchingIn source: some FilterableLists, of lists: Int, k: Int, scratch: ScanScratch,
    load: () throws(Failure) -> Void
  ) throws(Failure) {
    chooseLists(of: lists, scratch: scratch)
    let wanted = scratch.probedLists.count
    try load()
    let rows = scratch.probedLists.reduce(0) { $0 + scratch.filtered.matches(of: $1, in: source).rows }
    let matches = min(FilteredSearch.matchesPerNeighbor * k, rows)
    var (chosen, factor) = (wanted, 1)
    while true {
      if scratch.keepMatchingLists(in: source, wanted: wanted, matches: matches) { return }
      factor *= 4
      widened(to: wanted * factor).chooseLists(of: lists, scratch: scratch)
      try load()
      if scratch.probedLists.count == chosen {
        _ = scratch.keepMatchingLists(in: source, wanted: chosen, matches: .max)
        return
      }
      chosen = scratch.probedLists.count
    }
  }
}

/// Chooses all lists.
struct AllLists: ListProbe {
  func most(of lists: Int) -> Int { lists }

  var choosesAllLists: Bool { true }
  var codesExactLists: Bool { false }

  func widened(to lists: Int) -> AllLists { self }

  func choose(of lists: Int, scratch: ScanScratch) {
    for list in 0..<lists { scratch.probedLists.append(UInt32(list)) }
  }
}

/// The rule by which a search with a filter goes beyond the lists that it would choose without one.
enum FilteredSearch {
  /// A search goes on to further lists until it has seen so many matching rows for each of the k neighbours.
  static let matchesPerNeighbor = 10
}

extension ScanScratch {
  /// Removes the probed lists without a matching row, and those that are not needed for the wanted numbers.
  ///
  /// - Returns: whether there are enough lists and matches.
  fileprivate func keepMatchingLists(in source: some FilterableLists, wanted: Int, matches wantedMatches: Int) -> Bool {
    var (kept, found) = (0, 0)
    for place in probedLists.indices {
      if kept >= wanted, found >= wantedMatches { break }
      let count = filtered.matches(of: probedLists[place], in: source).count
      guard count > 0 else { continue }
      probedLists[kept] = probedLists[place]
      if !probedDistances.isEmpty { probedDistances[kept] = probedDistances[place] }
      kept += 1
      found += count
    }
    probedLists.removeLast(probedLists.count - kept)
    probedDistances.removeLast(max(0, probedDistances.count - kept))
    return kept >= wanted && found >= wantedMatches
  }
}

/// The working memory of a `ListProbe`; each kind has its own subclass.
class ProbeScratch {}
