import VectorCore

extension StoredDataset {
  /// Reads what `Dataset.load` promises.
  func load(queries limit: Int) throws(DatasetError) -> Dataset {
    guard let truth else { throw .noGroundTruth(path: path) }
    // The small parts first: what is wrong with them is told before gigabytes are read.
    let (ids, stated) = try truth.read(queries: limit)
    let depth = truth.neighbors.columns
    try GroundTruth(depth: depth, neighbors: ids, distances: stated ?? [])
      .checkValues(trainRows: train.rows, path: path)
    let queries = try test.matrix(rows: limit)
    let rows = try train.matrix(rows: .max)
    let distances =
      if let stated { stated } else {
        try Self.distances(of: ids, depth: depth, metric: metric, queries: queries) { rows[rows: $0..<$0 + 1] }
      }
    let dataset = Dataset(
      name: name, path: path, metric: metric, train: rows, test: queries,
      groundTruth: GroundTruth(depth: depth, neighbors: ids, distances: distances))
    try Preflight.checkQuickly(dataset)
    return dataset
  }

  /// Reads what `Dataset.loadVectors` promises.
  func loadVectors(trainRows: Int, queries: Int) throws(DatasetError) -> Dataset {
    Dataset(
      name: name, path: path, metric: metric, train: try train.matrix(rows: trainRows),
      test: try test.matrix(rows: queries), groundTruth: GroundTruth(depth: 0, neighbors: [], distances: []))
  }

  /// The distances of stated neighbours, computed in Float64; infinite at places without one.
  ///
  /// - Parameter row: the row of `train` of that number, as a matrix of one row.
  /// - Complexity: O(q·depth·d).
  static func distances(
    of ids: [Int64], depth: Int, metric: Metric, queries: Matrix, row: (Int) throws(DatasetError) -> Matrix
  ) throws(DatasetError) -> [Float] {
    var distances: [Float] = []
    distances.reserveCapacity(ids.count)
    for (place, id) in ids.enumerated() {
      if id < 0 {
        distances.append(.infinity)
      } else {
        let neighbor = try row(Int(id))
        distances.append(Float(metric.referenceDistance(queries[row: place / depth], neighbor[row: 0])))
      }
    }
    return distances
  }
}
