import Datasets
import VectorCore

/// A look at a dataset before it is measured on: all of it is read and checked, and its bytes are known afterwards.
public struct DatasetSurvey: Sendable, Codable {
  /// As the sweep calls it: a name of the catalog or a path.
  public var argument: String
  public var path: String
  /// nil for the file's name without its ending.
  public var name: String?
  /// Of a file that does not say.
  public var metric: Metric?
  /// No more than the first rows; nil for all. The same for `queries`.
  public var rows: Int?
  public var queries: Int?
  /// Neighbours that are going to be asked for; at least one number.
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

  /// Reads and checks it. Of fewer rows than there are, whose true neighbours no file states, only shapes are looked at.
  ///
  /// - Throws: `DatasetError`; `BenchError` for a k that the dataset cannot judge.
  func run() throws -> SweepDataset {
    let stamps = try Dataset.stamps(path: path)
    var dataset = try rows.flatMap { try limited(to: $0) } ?? whole()
    guard try Dataset.stamps(path: path) == stamps else { throw DatasetError.changed(path: path) }
    dataset.stamps = stamps
    return dataset
  }

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

  /// - Returns: nil where there are no more rows than that.
  private func limited(to rows: Int) throws -> SweepDataset? {
    let shape = try Dataset.shape(path: path, name: name, metric: metric)
    guard rows < shape.trainRows else { return nil }
    let limitedName = "\(shape.name)-first-\(rows)"
    let depth = ks.max() ?? 1
    guard depth <= rows else { throw BenchError.tooFewRows(name: limitedName, rows: rows, k: depth) }
    return SweepDataset(
      argument: argument, path: path, sha256: try Dataset.digest(path: path, rows: rows),
      shape: DatasetShape(
        name: limitedName, metric: shape.metric, trainSize: rows, dimension: shape.dimension,
        queries: min(queries ?? .max, shape.queries)),
      limit: SweepDataset.Limit(rows: rows, depth: depth))
  }

  /// What stands for the dataset in a plan when it cannot be measured on.
  ///
  /// Its shape is what can be told without reading it; its bytes are known where the file can be read at all.
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
