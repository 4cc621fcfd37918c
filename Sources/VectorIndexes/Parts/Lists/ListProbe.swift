/// A way to choose the lists of a search. Each way is a type, so that searches are specialised for it.
protocol ListProbe {
  /// Whether every list of vectors is chosen for every query.
  var choosesAllLists: Bool { get }
  /// Whether in an index of product codes the vectors of `ScanScratch.exactLists` have product codes as well.
  var codesExactLists: Bool { get }

  /// Writes the numbers of the lists to search into the scratch, whose lists are empty, nearest first.
  ///
  /// - Parameters:
  ///   - lists: the number of lists.
  ///   - scratch: holds the query, which has neighbours.
  func choose(of lists: Int, scratch: ScanScratch)
}

extension ListProbe {
  /// Chooses the lists for the scratch's query; none for a query without neighbours.
  func chooseLists(of lists: Int, scratch: ScanScratch) {
    scratch.probedLists.removeAll(keepingCapacity: true)
    scratch.probedDistances.removeAll(keepingCapacity: true)
    scratch.exactLists.removeAll(keepingCapacity: true)
    if scratch.query.hasNeighbors { choose(of: lists, scratch: scratch) }
  }
}

/// Chooses all lists.
struct AllLists: ListProbe {
  var choosesAllLists: Bool { true }
  var codesExactLists: Bool { false }

  func choose(of lists: Int, scratch: ScanScratch) {
    for list in 0..<lists { scratch.probedLists.append(UInt32(list)) }
  }
}

/// The working memory of a `ListProbe`; each kind has its own subclass.
class ProbeScratch {}
