import Datasets
import VectorCore

/// A complete check of a dataset before it is measured: all of it is read, and its digest is computed.
public struct DatasetSurvey: Sendable, Codable {
  /// The name in the sweep: a name of the catalogue or a path.
  public var argument: String
  public var path: String
  /// The name of the dataset; `nil` for the file's name without its ending.
  public var name: String?
  /// The metric of a file that does not state one.
  public var metric: Metric?
  /// The number of rows to use, from the first one on; `nil` for all. The same for `queries`.
  public var rows: Int?
  public var queries: Int?
  /// The numbers of neighbours that will be requested; at least one number.
  public var ks: [Int]

  public init(
    argument: String, path: String, name: String? = nil, metric: Metric? = nil, rows: Int? = nil, queries: Int? = nil,
    ks: [Int]
  ) {
    self.argument = argument
    self.path = path
    self.name = name
    self.metric = metric
    self.rows = rows
    self.queries = queries
    self.ks = ks
  }

  /// Neighbours a query that are computed where the files state too few, unless more are asked for.
  private static let computedDepth = 100

  /// The floats of the greatest dataset without stated neighbours that is looked at, which takes some seconds.
  private static let profiledFloats = 1 << 26

  /// Reads and checks it. Of a large dataset whose true neighbours have to be computed, only shapes are looked at.
  ///
  /// - Throws: `DatasetError`; `BenchError` when the dataset states fewer than k true neighbours.
  func run() throws -> SweepDataset {
    let stamps = try Dataset.stamps(path: path)
    let shape = try Dataset.shape(path: path, name: name, metric: metric)
    let limit = rows.flatMap { $0 < shape.trainRows ? $0 : nil }
    let isStated = limit == nil && shape.truthDepth >= ks.max() ?? 1
    var dataset = try isStated ? whole() : vectors(shape, limit: limit)
    guard try Dataset.stamps(path: path) == stamps else { throw DatasetError.changed(path: path) }
    dataset.stamps = stamps
    return dataset
  }

  /// A dataset whose files state the true neighbours.
  private func whole() throws -> SweepDataset {
    let dataset = try Dataset.load(path: path, name: name, metric: metric, queries: queries ?? .max)
    for k in ks {
      do throws(DatasetError) {
        try dataset.groundTruth.check(k: k)
      } catch {
        throw BenchError.dataset(name: dataset.name, error)
      }
    }
    var surveyed = SweepDataset(
      argument: argument, path: path, sha256: try Dataset.digest(path: path), shape: DatasetShape(dataset))
    surveyed.profile = DatasetProfile(dataset)
    return surveyed
  }

  /// A dataset whose true neighbours have to be computed.
  private func vectors(_ shape: Dataset.Shape, limit: Int?) throws -> SweepDataset {
    let rows = limit ?? shape.trainRows
    let name = limit.map { "\(shape.name)-first-\($0)" } ?? shape.name
    let k = ks.max() ?? 1
    guard k <= rows else { throw BenchError.tooFewRows(name: name, rows: rows, k: k) }
    var surveyed = SweepDataset(
      argument: argument, path: path, sha256: try Dataset.digest(path: path, rows: limit ?? .max),
      shape: DatasetShape(
        name: name, metric: shape.metric, trainSize: rows, dimension: shape.dimension,
        queries: min(queries ?? .max, shape.queries)),
      computed: SweepDataset.ComputedTruth(rows: limit, depth: min(rows, max(k, Self.computedDepth))))
    if rows * shape.dimension <= Self.profiledFloats {
      surveyed.profile = profile(
        of: try Dataset.loadVectors(
          path: path, name: name, metric: shape.metric, trainRows: rows, queries: queries ?? .max))
    }
    return surveyed
  }

  /// What a dataset without true neighbours is like; those of some queries are computed for it.
  private func profile(of vectors: Dataset) -> DatasetProfile {
    var random = SeededGenerator(seed: 0)
    let queries = random.sample(min(DatasetProfile.sampledQueries, vectors.test.rows), below: vectors.test.rows)
      .sorted()
    let some = Dataset(
      name: vectors.name, path: vectors.path, metric: vectors.metric, train: vectors.train,
      test: vectors.test.gathering(queries), groundTruth: .none)
    let depth = min(vectors.train.rows, Self.computedDepth)
    do {
      var search = try GroundTruthSearch(some, k: depth)
      search.sampleSize = 0
      let judged = try some.judged(by: search.run().groundTruth.neighbors, depth: depth)
      return DatasetProfile(judged, isSample: queries.count < vectors.test.rows)
    } catch {
      // Queries without neighbours have no difficulty either; the run tells of them.
      return DatasetProfile(vectors)
    }
  }

  /// The dataset that a plan uses when the file cannot be read.
  ///
  /// Its shape is what is known without reading the file; its digest is known when the file can be read at all.
  public func unreadable(_ failure: ReadingFailure) -> SweepDataset {
    let known = Dataset.guessedShape(path: path, name: name, metric: metric)
    return SweepDataset(
      argument: argument, path: path, sha256: SHA256.ofFile(path) ?? SHA256.of(path),
      shape: DatasetShape(
        name: known.name, metric: known.metric, trainSize: known.trainRows, dimension: known.dimension,
        queries: known.queries),
      fault: failure.description)
  }
}
