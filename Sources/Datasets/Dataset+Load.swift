import Foundation
import VectorCore

extension Dataset {
  /// Reads and checks a dataset: an HDF5 file in the layout of ann-benchmarks, an `.npz` file with the same arrays, a
  /// folder in the layout of VectorDBBench or qdrant, or a `.yml` that names other files.
  ///
  /// An HDF5 file holds `train` (n × d), `test` (q × d), `neighbors` and `distances` (q × depth each), numbers of any
  /// type. The metric is that of the attribute `distance`, else `metric`, else the end of the file's name. Bit data,
  /// stored as booleans or packed eight to a byte, become components 0 and 1. A `.yml` states `distance`, and the files
  /// of `train`, `test` and `neighbors`; distances are then computed from the vectors, as where `distances` is missing.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - name: what to call it; the file's name without its ending by default.
  ///   - metric: for files without the attribute `distance`.
  ///   - rows: read no more than that many of `train`, the first ones; then `neighbors` are needed.
  ///   - queries: read no more than that many, the first ones.
  ///   - neighbors: a table that states the true neighbours in place of the dataset's own, as those among the first
  ///     rows that `GroundTruth.write` has written.
  /// - Throws: `DatasetError`, one line with file, dataset, value and remedy.
  /// - Complexity: O((n + q)·d).
  public static func load(
    path: String, name: String? = nil, metric: Metric? = nil, rows: Int = .max, queries: Int = .max,
    neighbors: String? = nil
  ) throws(DatasetError) -> Dataset {
    guard rows > 0 else { throw .notPositive(what: "the number of train rows", value: rows) }
    guard queries > 0 else { throw .notPositive(what: "the number of queries", value: queries) }
    let stored = try StoredDataset.open(
      path: path, name: name, metric: metric, truth: neighbors == nil ? .optional : .ignored)
    return try stored.load(
      rows: rows, queries: queries, truth: neighbors.map { (path) throws(DatasetError) in try StoredTruth(path: path) })
  }

  /// Reads and checks `train` and `test` alone; the file needs no ground truth, and that of the result has depth 0.
  ///
  /// - Parameters:
  ///   - trainRows: read no more than that many, the first ones.
  ///   - queries: the same for `test`; the other parameters are those of `load`.
  /// - Throws: `DatasetError`, one line with file, dataset, value and remedy.
  /// - Complexity: O((n + q)·d).
  public static func loadVectors(
    path: String, name: String? = nil, metric: Metric? = nil, trainRows: Int = .max, queries: Int = .max
  ) throws(DatasetError) -> Dataset {
    guard trainRows > 0 else { throw .notPositive(what: "the number of train rows", value: trainRows) }
    guard queries > 0 else { throw .notPositive(what: "the number of queries", value: queries) }
    return try StoredDataset.open(path: path, name: name, metric: metric, truth: .ignored)
      .loadVectors(trainRows: trainRows, queries: queries)
  }

  /// The SHA-256 of what is read of a dataset, 64 hexadecimal digits.
  ///
  /// Of a file that is the file's, and of a folder that of its files' digests; of a `.yml` that of its metric and tables,
  /// of which only the first `rows` rows of `train` are read. Tables in Parquet and Arrow have the digest of their files.
  ///
  /// - Throws: `DatasetError`. - Complexity: O(bytes).
  public static func digest(path: String, rows: Int = .max) throws(DatasetError) -> String {
    if DatasetFile.isOne(path) {
      return try StoredDataset.open(path: path, name: nil, metric: nil, truth: .optional).digest(rows: rows)
    }
    let digests = try StoredDataset.files(of: path).map { (file) throws(DatasetError) in
      guard let digest = SHA256.ofFile(file) else {
        throw .cannotRead(path: file, reason: String(cString: strerror(errno)))
      }
      return digest
    }
    // Two members of one file are not the same dataset.
    let parts = digests + [TableFile(path)?.member].compactMap { $0 }
    return parts.count == 1 ? parts[0] : SHA256.of(parts.joined(separator: "\n"))
  }

  /// What a dataset's files promise, without reading the vectors.
  public struct Shape: Sendable, Equatable {
    public let name: String
    public let metric: Metric
    /// Vectors to index.
    public let trainRows: Int
    public let queries: Int
    public let dimension: Int
    /// True neighbours that the files state of each query; 0 for none.
    public let truthDepth: Int
  }

  /// What a file's name alone says of a dataset: `NAME-DIMENSION-METRIC`; 0 for what it does not.
  public static func guessedShape(path: String, name: String? = nil, metric: Metric? = nil) -> Shape {
    let name = name ?? StoredDataset.stem(of: path)
    let parts = name.split(separator: "-")
    return Shape(
      name: name, metric: metric ?? MetricSpelling.metric(ofName: name) ?? .euclidean,
      trainRows: 0, queries: 0, dimension: parts.count > 1 ? Int(parts[parts.count - 2]) ?? 0 : 0, truthDepth: 0)
  }

  /// Looks at the shapes alone; the parameters are those of `load`.
  ///
  /// - Throws: `DatasetError`, one line with file, dataset, value and remedy.
  public static func shape(path: String, name: String? = nil, metric: Metric? = nil) throws(DatasetError) -> Shape {
    let stored = try StoredDataset.open(path: path, name: name, metric: metric, truth: .optional)
    return Shape(
      name: stored.name, metric: stored.metric, trainRows: stored.train.rows, queries: stored.test.rows,
      dimension: stored.train.columns, truthDepth: stored.truth?.neighbors.columns ?? 0)
  }

  /// The same vectors and queries with the true neighbours that `GroundTruth.write` has written.
  ///
  /// Distances are computed from the vectors, as `load` does.
  ///
  /// - Returns: `nil` where there is no file.
  /// - Throws: `DatasetError`, also for neighbours that are no rows, and for another number of queries.
  /// - Complexity: O(q·depth·d).
  public func judged(byFile path: String) throws(DatasetError) -> Dataset? {
    guard access(path, F_OK) == 0 else { return nil }
    let truth = try GroundTruth.read(path, trainRows: train.rows)
    guard truth.neighbors.count == test.rows * truth.depth else {
      throw .rowCountMismatch(
        path: path, part: "neighbors", rows: truth.neighbors.count / truth.depth, queries: test.rows)
    }
    return try judged(by: truth.neighbors, depth: truth.depth)
  }

  /// The same vectors and queries with these true neighbours, whose distances are computed.
  ///
  /// - Parameter neighbors: row numbers in `train`, row-major, q × depth; −1 where there are fewer.
  /// - Complexity: O(q·depth·d).
  public func judged(by neighbors: [Int64], depth: Int) throws(DatasetError) -> Dataset {
    let distances = try StoredDataset.distances(of: neighbors, depth: depth, metric: metric, queries: test) {
      train[rows: $0..<$0 + 1]
    }
    return Dataset(
      name: name, path: path, metric: metric, train: train, test: test,
      groundTruth: GroundTruth(depth: depth, neighbors: neighbors, distances: distances), learn: learn,
      metadata: metadata)
  }
}
