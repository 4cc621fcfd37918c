import Datasets
import VectorCore

/// The true neighbours among rows that come in blocks, for more rows than fit into memory.
///
/// The result has the bits of one search over all rows: each block is searched exactly, and the answers are merged by
/// distance and row number.
public struct BlockwiseGroundTruth: Sendable {
  private let queries: Matrix
  private let metric: Metric
  private let k: Int
  private let threads: Int
  private var rows = 0
  /// The neighbours among the rows so far; none before the first block.
  public private(set) var groundTruth = GroundTruth.none

  /// - Parameter k: the number of neighbours per query; fewer are found while there are fewer rows.
  public init(queries: Matrix, metric: Metric, k: Int, threads: Int) {
    self.queries = queries
    self.metric = metric
    self.k = k
    self.threads = threads
  }

  /// Searches the rows that follow those so far.
  ///
  /// - Throws: as `GroundTruthSearch`.
  /// - Complexity: O(q · rows · d), and memory for a copy of the block.
  public mutating func add(_ block: Matrix) throws(BenchError) {
    let dataset = Dataset(
      name: "rows from \(rows) on", path: "", metric: metric, train: block, test: queries, groundTruth: .none)
    let found = try GroundTruthSearch(dataset, k: min(k, block.rows), threads: threads).run().groundTruth
    groundTruth = groundTruth.merged(with: found, rowsFrom: rows, k: k, queries: queries.rows)
    rows += block.rows
  }
}

extension GroundTruth {
  /// The nearest neighbours of two searches for the same queries.
  ///
  /// - Parameters:
  ///   - other: the neighbours among later rows.
  ///   - first: the number of the row that `other` calls 0.
  ///   - k: the greatest number of neighbours of the result.
  fileprivate func merged(with other: GroundTruth, rowsFrom first: Int, k: Int, queries: Int) -> GroundTruth {
    let depth = min(k, self.depth + other.depth)
    var neighbors = [Int64](repeating: -1, count: queries * depth)
    var distances = [Float](repeating: .infinity, count: queries * depth)
    for query in 0..<queries {
      var (own, its) = (query * self.depth, query * other.depth)
      let (ownEnd, itsEnd) = (own + self.depth, its + other.depth)
      for place in query * depth..<(query + 1) * depth {
        let hasOwn = own < ownEnd && self.neighbors[own] >= 0
        let hasIts = its < itsEnd && other.neighbors[its] >= 0
        // Of equal distances, the earlier rows come first.
        if hasOwn, !hasIts || self.distances[own] <= other.distances[its] {
          (neighbors[place], distances[place]) = (self.neighbors[own], self.distances[own])
          own += 1
        } else if hasIts {
          (neighbors[place], distances[place]) = (other.neighbors[its] + Int64(first), other.distances[its])
          its += 1
        }
      }
    }
    return GroundTruth(depth: depth, neighbors: neighbors, distances: distances)
  }
}
