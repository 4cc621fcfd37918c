import VectorCore
import VectorIndexes

/// The plainest exact index, in Float64: what every other one is compared with.
public struct BruteForce: Sendable {
  /// One stored vector.
  public struct Entry: Sendable {
    public let sequence: Int
    public let vector: [Float]
    public let metadata: Metadata
  }

  /// One answer.
  public struct Answer: Sendable {
    public let id: UInt64
    public let distance: Double
    public let sequence: Int
  }

  public let metric: Metric
  public private(set) var entries: [UInt64: Entry] = [:]
  private var nextSequence = 0

  public init(metric: Metric) { self.metric = metric }

  /// Stores a vector, in place of one of the same id.
  public mutating func insert(id: UInt64, vector: [Float], metadata: Metadata = [:]) {
    entries[id] = Entry(sequence: nextSequence, vector: vector, metadata: metadata)
    nextSequence += 1
  }

  @discardableResult
  public mutating func remove(id: UInt64) -> Bool { entries.removeValue(forKey: id) != nil }

  /// All accepted vectors in order of (distance, insertion).
  public func ranking(of query: [Float], filter: Filter? = nil) -> [Answer] {
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
  /// The reported distance, computed in Float64.
  public func referenceDistance(_ a: [Float], _ b: [Float]) -> Double {
    let a = a.map(Double.init)
    let b = b.map(Double.init)
    func sum(_ term: (Double, Double) -> Double) -> Double { zip(a, b).reduce(0) { $0 + term($1.0, $1.1) } }
    switch self {
    case .euclidean: return sum { ($0 - $1) * ($0 - $1) }.squareRoot()
    case .angular:
      let norms = a.reduce(0) { $0 + $1 * $1 }.squareRoot() * b.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return norms == 0 ? 1 : 1 - sum(*) / norms
    case .dot: return -sum(*)
    case .manhattan: return sum { abs($0 - $1) }
    case .hamming: return sum { $0 == $1 ? 0 : 1 } / Double(a.count)
    }
  }
}
