import VectorIndexes

/// Why a sweep stopped.
public enum BenchError: Error, Equatable, Sendable {
  /// More neighbours were asked for than the dataset states.
  case tooFewTrueNeighbors(dataset: String, k: Int, depth: Int)
  /// An index that nothing can be inserted into.
  case notMutable(kind: String)
  /// An index refused to build or to search.
  case index(label: String, IndexError)
}

extension BenchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooFewTrueNeighbors(let dataset, let k, let depth):
      "\(dataset) states \(depth) true neighbours a query, too few to judge k = \(k); choose -k \(depth) or less"
    case .notMutable(let kind):
      "index \(kind) takes no vectors, so there is nothing to measure; choose another --index"
    case .index(let label, let error):
      "\(label): \(error)"
    }
  }
}
