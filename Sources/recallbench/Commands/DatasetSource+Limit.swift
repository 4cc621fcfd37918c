import Bench
import Datasets
import VectorCore

extension DatasetSource {
  static let limitOption = Option(
    "--limit", .integer("ROWS", 1...Int(Int32.max)),
    "only the first ROWS to index; their true neighbours are computed before")

  /// Multiplications that are made without being asked for: some ten seconds on two cores.
  private static let affordableWork = 1e12

  /// Loads and checks a dataset, or its first rows.
  ///
  /// Neighbours that are stated among all rows are not those among the first ones: these are computed, exactly, and
  /// the dataset is called `NAME-first-ROWS`. It is as it is where it has no more rows.
  ///
  /// - Parameters:
  ///   - rows: nil for all.
  ///   - k: neighbours a query that are computed.
  /// - Throws: `UsageError.invalidValue` where that would take long; otherwise as `load` and `GroundTruthSearch.run`.
  func load(_ nameOrPath: String, queries: Int?, rows: Int?, k: Int) throws -> Dataset {
    guard let rows else { return try load(nameOrPath, queries: queries) }
    let shape = try reading(nameOrPath) { path, entry in
      try Dataset.shape(path: path, name: entry?.name, metric: entry?.metric)
    }
    guard rows < shape.trainRows else { return try load(nameOrPath, queries: queries) }
    let work = Double(rows) * Double(min(queries ?? .max, shape.queries)) * Double(shape.dimension)
    guard work <= Self.affordableWork else {
      throw UsageError.invalidValue(
        option: Self.limitOption.name, value: "\(rows)",
        expected:
          "fewer rows or --queries, since finding the true neighbours takes \(work) multiplications; or the file "
          + "that `recallbench datasets ground-truth \(nameOrPath) --limit \(rows) --out FILE` writes once")
    }
    let vectors = try loadVectors(nameOrPath, metric: nil, trainRows: rows, queries: queries)
    let truth = try GroundTruthSearch(vectors, k: k).run().groundTruth
    return vectors.with(name: "\(vectors.name)-first-\(rows)", groundTruth: truth)
  }
}

extension Dataset {
  /// The same vectors, with another name, metric or ground truth.
  func with(name: String? = nil, metric: Metric? = nil, groundTruth: GroundTruth? = nil) -> Dataset {
    Dataset(
      name: name ?? self.name, path: path, metric: metric ?? self.metric, train: train, test: test,
      groundTruth: groundTruth ?? self.groundTruth)
  }
}
