extension GroundTruth {
  /// How many queries it answers.
  public var queries: Int { depth == 0 ? 0 : neighbors.count / depth }

  /// Refuses a k that the dataset cannot judge, before anything is built.
  ///
  /// - Throws: `DatasetError.tooManyNeighbors`, `notPositive`.
  public func check(k: Int) throws(DatasetError) {
    guard k > 0 else { throw .notPositive(what: "k", value: k) }
    guard k <= depth else { throw .tooManyNeighbors(k: k, stored: depth) }
  }

  /// Checks every id, and the distances where they are known; −1 stands for no neighbour, with any distance.
  ///
  /// - Throws: `DatasetError.neighborOutOfRange`, `distanceNotFinite`. - Complexity: O(q·depth).
  func checkValues(trainRows: Int, path: String) throws(DatasetError) {
    for (index, id) in neighbors.enumerated() where id != -1 {
      let (query, position) = index.quotientAndRemainder(dividingBy: depth)
      guard id >= 0, id < trainRows else {
        let countsFromOne =
          reach == trainRows + 1 && neighbors.count >= TruthExplanation.fewestNeighbors
          && !neighbors.contains { $0 <= 0 && $0 != -1 }
        throw .neighborOutOfRange(
          path: path, query: query, position: position, id: id, rows: trainRows, countsFromOne: countsFromOne)
      }
      guard distances.isEmpty || distances[index].isFinite else {
        throw .distanceNotFinite(path: path, query: query, position: position)
      }
    }
  }

  /// One more than the largest id; 0 without any. - Complexity: O(q·depth).
  var reach: Int { Int(neighbors.max() ?? -1) &+ 1 }

  /// Where a query's neighbours and distances stand.
  public func places(of query: Int) -> Range<Int> { query * depth..<(query + 1) * depth }
}

extension Dataset {
  /// Whether no query has a neighbour among the last tenth of the rows, or more. - Complexity: O(q·depth).
  var leavesLastRowsOut: Bool {
    let reach = groundTruth.reach
    return reach > 0 && Double(reach) < 0.9 * Double(train.rows)
  }
}
