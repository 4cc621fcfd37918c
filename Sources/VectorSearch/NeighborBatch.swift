import VectorCore

/// The answers to q queries: ids and distances, q × k, and the number of neighbours found in each row.
public struct NeighborBatch: Sendable, Equatable {
  /// The greatest number of neighbours per query.
  public let k: Int
  /// The number of neighbours found for each of the q queries.
  public private(set) var counts: [Int]
  /// Ids, row-major, q × k; the first `counts[i]` of row i are answers, the others are 0.
  public private(set) var ids: [UInt64]
  /// Distances, row-major, q × k, parallel to `ids`; `infinity` where there is no answer.
  public private(set) var distances: [Float]
  /// The number of distances between queries and stored vectors that were computed for all answers.
  public private(set) var distanceComputations: Int

  /// The greatest number of neighbours in a batch; so many take 48 GiB.
  static let mostNeighbors = 1 << 32

  /// Whether answers with `k` neighbours to this many queries fit into a batch.
  static func hasRoom(for queries: Int, k: Int) -> Bool {
    let (neighbors, overflows) = queries.multipliedReportingOverflow(by: k)
    return !overflows && neighbors <= mostNeighbors
  }

  /// Makes an empty batch with room for `queries` answers. A search refuses a `k` that is negative or too large.
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

  /// The number of answered queries.
  public var queries: Int { counts.count }

  /// Appends the sorted answer to one more query. - Complexity: O(k).
  public mutating func append(_ answer: borrowing TopK) {
    precondition(answer.count <= k, "\(answer.count) neighbours in a batch of k = \(k)")
    let start = ids.count
    // The arrays grow first and are written afterwards: 27 ns instead of 70 ns for k = 10.
    ids.append(contentsOf: repeatElement(0, count: k))
    distances.append(contentsOf: repeatElement(.infinity, count: k))
    for rank in 0..<answer.count {
      ids[start + rank] = answer[rank].id
      distances[start + rank] = answer[rank].distance
    }
    counts.append(answer.count)
    distanceComputations += answer.distanceComputations
  }

  /// Appends the answers of another batch with the same k.
  public mutating func append(_ other: NeighborBatch) {
    precondition(other.k == k, "a batch of k = \(other.k) added to one of k = \(k)")
    counts += other.counts
    ids += other.ids
    distances += other.distances
    distanceComputations += other.distanceComputations
  }
}
