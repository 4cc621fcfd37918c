import VectorCore

extension StoredDataset {
  /// The distances of the stated neighbours by the dataset's metric: as stated, or else computed from the vectors.
  ///
  /// - Throws: `DatasetError.neighborOutOfRange`, and what is wrong with the files.
  func ownDistances(of truth: StoredTruth) throws(DatasetError) -> any StoredTable {
    if truth.statesOwnDistances, let distances = truth.distances { return distances }
    let depth = truth.neighbors.columns
    let ids = try truth.neighbors.integers(rows: .max)
    try GroundTruth(depth: depth, neighbors: ids, distances: []).checkValues(trainRows: train.rows, path: path)
    let queries = try test.matrix(rows: .max)
    let distances = try Self.distances(
      of: ids, depth: depth, metric: metric, queries: queries, row: try train.rowReader())
    return MemoryTable(distances, columns: depth, of: .float32, path: path, part: "distances")
  }
}
