import VectorCore

/// The answers to many queries: ids and distances, q × k, and how many of each row were found.
public struct NeighborBatch: Sendable, Equatable {
  /// Neighbours a query at most.
  public let k: Int
  /// Neighbours found per query; q of them.
  public private(set) var counts: [Int]
  /// Row-major, q × k; only the first `counts[i]` of row i are answers, the others 0.
  public private(set) var ids: [UInt64]
  /// Row-major, q × k, beside `ids`; `infinity` where there is no answer.
  public private(set) var distances: [Float]
  /// Distances between queries and stored vectors computed for all the answers.
  public private(set) var distanceComputations: Int

  /// Neighbours of all queries at most: 48 GiB of them.
  static let mostNeighbors = 1 << 32

  /// Whether answers of `k` neighbours to so many queries are not too many.
  static func hasRoom(for queries: Int, k: Int) -> Bool {
    let (neighbors, overflows) = queries.multipliedReportingOverflow(by: k)
    return !overflows && neighbors <= mostNeighbors
  }

  /// Makes an empty batch with room for `queries` answers; a search refuses a `k` that is negative or too large.
  public init(k: Int, reserving queries: Int) {
    self.k = k
    counts = []
    ids = []
    distances = []
    distanceComputations = 0
    guard queries > 0, k >= 0, Self.hasRoom(for: queries, k: k) else { return }
    counts.reserveCapacity(queries)
    ids.reserveCapacity(queries * k)
    distances.reserveCapacity(queries * k)
  }

  /// How many queries are answered here.
  public var queries: Int { counts.count }

  /// Adds the answer to one more query, sorted. - Complexity: O(k).
  public mutating func append(_ answer: borrowing TopK) {
    precondition(answer.count <= k, "\(answer.count) neighbours in a batch of k = \(k)")
    let start = ids.count
    // Grown at once and then written: 27 ns instead of 70 for k = 10.
    ids.append(contentsOf: repeatElement(0, count: k))
    distances.append(contentsOf: repeatElement(.infinity, count: k))
    for rank in 0..<answer.count {
      ids[start + rank] = answer[rank].id
      distances[start + rank] = answer[rank].distance
    }
    counts.append(answer.count)
    distanceComputations += answer.distanceComputations
  }

  /// Adds the answers of another batch of the same k.
  public mutating func append(_ other: NeighborBatch) {
    precondition(other.k == k, "a batch of k = \(other.k) added to one of k = \(k)")
    counts += other.counts
    ids += other.ids
    distances += other.distances
    distanceComputations += other.distanceComputations
  }
}
