import VectorCore
import VectorSearch

/// A simple exact index in Float64, with which the answers of other indexes are compared.
package struct BruteForce: Sendable {
  /// One stored vector.
  package struct Entry: Sendable {
    package let sequence: Int
    package let vector: [Float]
    package let metadata: Metadata
  }

  /// One answer.
  package struct Answer: Sendable {
    package let id: UInt64
    package let distance: Double
    package let sequence: Int
  }

  package let metric: Metric
  package private(set) var entries: [UInt64: Entry] = [:]
  private var nextSequence = 0

  package init(metric: Metric) { self.metric = metric }

  /// Stores a vector; replaces a stored vector with the same id.
  package mutating func insert(id: UInt64, vector: [Float], metadata: Metadata = [:]) {
    entries[id] = Entry(sequence: nextSequence, vector: vector, metadata: metadata)
    nextSequence += 1
  }

  @discardableResult
  package mutating func remove(id: UInt64) -> Bool { entries.removeValue(forKey: id) != nil }

  /// All vectors that the filter accepts, in order of (distance, insertion).
  package func ranking(of query: [Float], filter: Filter? = nil) -> [Answer] {
    if metric == .angular, query.allSatisfy({ $0 == 0 }) { return [] }
    return
      entries
      .filter { filter?.accepts($0.value.metadata) ?? true }
      .map { id, entry in
        Answer(id: id, distance: metric.referenceDistance(query, entry.vector), sequence: entry.sequence)
      }
      .sorted { ($0.distance, $0.sequence) < ($1.distance, $1.sequence) }
  }
}

extension Metric {
  /// The distance as reported to users, computed in Float64.
  package func referenceDistance(_ a: [Float], _ b: [Float]) -> Double {
    // A plain loop is several times faster in debug builds than a chain of closures.
    var (squared, absolute, product, ownSquares, otherSquares) = (0.0, 0.0, 0.0, 0.0, 0.0)
    var differing = 0
    for index in a.indices {
      let (x, y) = (Double(a[index]), Double(b[index]))
      squared += (x - y) * (x - y)
      absolute += abs(x - y)
      product += x * y
      ownSquares += x * x
      otherSquares += y * y
      if x != y { differing += 1 }
    }
    switch self {
    case .euclidean: return squared.squareRoot()
    case .angular:
      let norms = ownSquares.squareRoot() * otherSquares.squareRoot()
      return norms == 0 ? 1 : 1 - product / norms
    case .dot: return -product
    case .manhattan: return absolute
    case .hamming: return Double(differing) / Double(a.count)
    }
  }
}
