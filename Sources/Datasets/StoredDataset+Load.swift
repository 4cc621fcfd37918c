import VectorCore

extension StoredDataset {
  /// Reads what `Dataset.load` promises.
  ///
  /// - Parameter other: the ground truth to take in place of the files' own.
  func load(rows rowLimit: Int, queries queryLimit: Int, truth other: StoredTruth?) throws(DatasetError) -> Dataset {
    guard let truth = other ?? truth else { throw .noGroundTruth(path: path) }
    let rowCount = min(rowLimit, train.rows)
    // The small parts first: what is wrong with them is told before gigabytes are read.
    let (ids, stated) = try truth.read(queries: queryLimit)
    let depth = truth.neighbors.columns
    try GroundTruth(depth: depth, neighbors: ids, distances: stated ?? [])
      .checkValues(trainRows: rowCount, path: path)
    let queries = try test.matrix(rows: queryLimit)
    guard ids.count == queries.rows * depth else {
      throw .rowCountMismatch(
        path: truth.neighbors.path, part: truth.neighbors.part, rows: ids.count / depth, queries: queries.rows)
    }
    let rows = try train.matrix(rows: rowCount)
    let distances =
      if let stated { stated } else {
        try Self.distances(of: ids, depth: depth, metric: metric, queries: queries) { rows[rows: $0..<$0 + 1] }
      }
    let dataset = Dataset(
      name: name, path: path, metric: metric, train: rows, test: queries,
      groundTruth: GroundTruth(depth: depth, neighbors: ids, distances: distances), learn: learn.map(LearnSet.init),
      metadata: metadata.map(DatasetMetadata.init), conditions: conditions)
    try Preflight.checkQuickly(dataset)
    guard dataset.unjudgedQueries < queries.rows else {
      throw .nothingToJudge(path: truth.neighbors.path, queries: queries.rows)
    }
    return dataset
  }

  /// Reads what `Dataset.loadVectors` promises.
  func loadVectors(trainRows: Int, queries: Int) throws(DatasetError) -> Dataset {
    let dataset = Dataset(
      name: name, path: path, metric: metric, train: try train.matrix(rows: trainRows),
      test: try test.matrix(rows: queries), groundTruth: .none,
      learn: learn.map(LearnSet.init), metadata: metadata.map(DatasetMetadata.init), conditions: conditions)
    try dataset.checkDirections()
    return dataset
  }

  /// The SHA-256 of the metric, of the metadata and of all tables, of which only the first `limit` rows of `train` are read.
  func digest(rows limit: Int) throws(DatasetError) -> String {
    let rest: [any StoredTable] = [test] + [truth?.neighbors].compactMap { $0 }
    var digests = metric.rawValue
    for (table, rows) in [(train, min(limit, train.rows))] + rest.map({ ($0, $0.rows) }) {
      let digest = try table.digest(rows: rows)
      digests += "\n\(table.part) \(rows) × \(table.columns) \(table.elementType.rawValue) \(digest)"
    }
    for (part, path) in [("metadata", metadata?.path), ("query_metadata", conditions?.path)] {
      if let path { digests += "\n\(part) \(SHA256.ofFile(path) ?? "")" }
    }
    return SHA256.of(digests)
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
