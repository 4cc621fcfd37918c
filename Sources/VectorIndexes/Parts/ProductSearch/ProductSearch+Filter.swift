import CKernels
import VectorCore

/// Searches with a filter: it is asked of the rows that a scan keeps, and where few rows of a list match, these are
/// compared exactly without a scan.
extension ProductSearch {
  /// Writes a query into the scratch, chooses the lists with matching rows and loads them; see
  /// `ListProbe.chooseLists(matchingIn:)`.
  ///
  /// Where rows are outside the lists, as those of memtables, a list without a match may have some of these, so no list
  /// is left out.
  func prepare(_ query: Span<Float>, matching filter: Filter, k: Int) throws(IndexError) {
    scratch.scan.query.set(query)
    try source.load([], metadata: true)
    scratch.scan.filtered.begin(filter, source.metadataTable)
    if Source.hasAllRowsInLists {
      try probe.chooseLists(matchingIn: source, of: source.listCount, k: k, scratch: scratch.scan, load: load)
    } else {
      probe.chooseLists(of: source.listCount, scratch: scratch.scan)
      try load()
    }
  }

  /// Of a list in which at most one of so many rows matches, these rows are compared without a scan of the codes.
  static var rareFactor: Int { 16 }

  /// Whether the matching rows of a list are compared without a scan of its codes.
  func isRare(_ matches: ListMatches?) -> Bool { matches?.isRare(factor: Self.rareFactor) ?? false }

  /// The rows of a list that match the filter; `nil` without a filter.
  func matches(of list: UInt32) -> ListMatches? {
    filter == nil ? nil : scratch.scan.filtered.matches(of: list, in: source)
  }

  /// Offers the matching rows of a list by their exact distances.
  func measure(_ matches: ListMatches, of list: UInt32, into answer: inout TopK) {
    scratch.matching.removeAll(keepingCapacity: true)
    matches.forEachRow { row in
      let place = RowPlace(list: list, offset: UInt32(row))
      if source.isVisible(place) { scratch.matching.append(place) }
    }
    let distances = distances(ofRows: scratch.matching.count) { scratch.matching[$0] }
    answer.distanceComputations += distances.count
    for (place, distance) in zip(scratch.matching, distances) where !(distance > answer.threshold) {
      answer.offer(Neighbor(distance: distance, sequence: source.sequence(at: place), id: source.id(at: place)))
    }
  }
}
