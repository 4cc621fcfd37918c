import VectorCore

extension Dataset {
  /// Whether the answers to a query can be judged: it has a true neighbour.
  ///
  /// Queries without one, and zero vectors under angular distance, which have no direction, say nothing of an index:
  /// they are left out of every figure of quality.
  public func isJudged(_ query: Int) -> Bool {
    groundTruth.depth > 0 && groundTruth.neighbors[groundTruth.places(of: query).lowerBound] >= 0 && hasDirection(query)
  }

  /// How many queries' answers cannot be judged. - Complexity: O(q), and O(q·d) where queries are zero vectors.
  public var unjudgedQueries: Int { (0..<test.rows).count { !isJudged($0) } }

  /// Whether distances to a query are defined.
  func hasDirection(_ query: Int) -> Bool {
    guard metric == .angular else { return true }
    let vector = test[row: query]
    return vector.indices.contains { vector[$0] != 0 }
  }

  /// Refuses queries of which none can have true neighbours. - Throws: `DatasetError.nothingToJudge`.
  public func checkDirections() throws(DatasetError) {
    guard (0..<test.rows).contains(where: hasDirection) else {
      throw .nothingToJudge(path: path, queries: test.rows)
    }
  }
}
