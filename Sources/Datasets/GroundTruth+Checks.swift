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

  /// Checks every id and distance; −1 stands for no neighbour, with any distance. - Complexity: O(q·depth).
  func check(trainRows: Int, path: String) throws(DatasetError) {
    for (index, id) in neighbors.enumerated() where id != -1 {
      let (query, position) = index.quotientAndRemainder(dividingBy: depth)
      guard id >= 0, id < trainRows else {
        throw .neighborOutOfRange(path: path, query: query, position: position, id: id, rows: trainRows)
      }
      guard distances[index].isFinite else {
        throw .distanceNotFinite(path: path, query: query, position: position)
      }
    }
  }
}
