/// How a search chooses the lists that it looks at. Each way is a type, so that searches are compiled for it.
protocol ListProbe {
  /// Whether every list of vectors is chosen, whatever the query.
  var choosesAllLists: Bool { get }
  /// Whether the vectors of `ScanScratch.exactLists`, too, have product codes in an index of such codes.
  var codesExactLists: Bool { get }

  /// Puts the numbers of the lists to look at into the scratch, nearest first; its lists are empty.
  ///
  /// - Parameters:
  ///   - lists: how many there are.
  ///   - scratch: has the query, which has neighbours.
  func choose(of lists: Int, scratch: ScanScratch)
}

extension ListProbe {
  /// Chooses the lists for the scratch's query: none for a query that has no neighbours.
  func chooseLists(of lists: Int, scratch: ScanScratch) {
    scratch.probedLists.removeAll(keepingCapacity: true)
    scratch.probedDistances.removeAll(keepingCapacity: true)
    scratch.exactLists.removeAll(keepingCapacity: true)
    if scratch.query.hasNeighbors { choose(of: lists, scratch: scratch) }
  }
}

/// Chooses every list.
struct AllLists: ListProbe {
  var choosesAllLists: Bool { true }
  var codesExactLists: Bool { false }

  func choose(of lists: Int, scratch: ScanScratch) {
    for list in 0..<lists { scratch.probedLists.append(UInt32(list)) }
  }
}

/// The working memory of a way to choose lists, which each has a kind of its own.
class ProbeScratch {}
