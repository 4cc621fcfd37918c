import Bench
import Datasets

extension DatasetSource {
  static let limitOption = Option(
    "--limit", .integer("ROWS", 1...Int(Int32.max)), "only the first ROWS; their true neighbours are computed before")

  /// Multiplications that are made without being asked for: some ten seconds on two cores.
  private static let affordableWork = 1e12

  /// What the first rows of a dataset are, without reading them; nil where it has no more rows than that.
  ///
  /// Neighbours that are stated among all rows are not those among the first ones, which have to be computed.
  ///
  /// - Throws: `UsageError.invalidValue` where that would take long; otherwise as `load`.
  func limited(_ nameOrPath: String, rows: Int, queries: Int?, depth: Int) throws -> SweepDataset? {
    try reading(nameOrPath) { path, entry in
      let shape = try Dataset.shape(path: path, name: entry?.name, metric: entry?.metric)
      guard rows < shape.trainRows else { return nil }
      let queries = min(queries ?? .max, shape.queries)
      let work = Double(rows) * Double(queries) * Double(shape.dimension)
      guard work <= Self.affordableWork else {
        throw UsageError.invalidValue(
          option: Self.limitOption.name, value: "\(rows)",
          expected:
            "fewer rows or --queries, since finding the true neighbours takes \(work) multiplications; or the file "
            + "that `recallbench datasets ground-truth \(nameOrPath) --limit \(rows) --out FILE` writes once")
      }
      let name = "\(shape.name)-first-\(rows)"
      guard depth <= rows else { throw BenchError.tooFewRows(name: name, rows: rows, k: depth) }
      return SweepDataset(
        argument: nameOrPath, path: path, sha256: try Dataset.digest(path: path, rows: rows),
        shape: Measurement.DatasetShape(
          name: name, metric: shape.metric, trainSize: rows, dimension: shape.dimension, queries: queries),
        limit: SweepDataset.Limit(rows: rows, depth: depth))
    }
  }
}
