import Datasets
import VectorIndexes

/// Why a sweep stopped.
public enum BenchError: Error, Equatable, Sendable {
  /// The dataset can't judge what is asked for: more neighbours than it states.
  case dataset(name: String, DatasetError)
  /// An index that nothing can be inserted into.
  case notMutable(kind: String)
  /// An index refused to build or to search.
  case index(label: String, IndexError)
}

extension BenchError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .dataset(let name, let error):
      "\(name): \(error)"
    case .notMutable(let kind):
      "index \(kind) takes no vectors, so there is nothing to measure; choose another --index"
    case .index(let label, let error):
      "\(label): \(error)"
    }
  }
}
