import Datasets

/// A dataset of a sweep: where it is, what it is, and which bytes.
public struct SweepDataset: Sendable, Equatable, Codable {
  /// The first rows of a dataset, whose true neighbours the files do not state.
  public struct Limit: Sendable, Equatable, Codable {
    public let rows: Int
    /// Neighbours a query that are computed.
    public let depth: Int

    public init(rows: Int, depth: Int) {
      self.rows = rows
      self.depth = depth
    }
  }

  /// As the sweep calls it: a name of the catalog or a path.
  public let argument: String
  public let path: String
  /// SHA-256 of what is read of the files, 64 hexadecimal digits.
  public let sha256: String
  /// With the rows and queries that the sweep uses, of all there are.
  public let shape: DatasetShape
  /// nil for all rows.
  public let limit: Limit?

  /// Why nothing can be measured on it, one line; nil where something can.
  public let fault: String?
  /// What it is like, as far as that was looked at: not where only the first rows are used.
  public var profile: DatasetProfile?
  /// Of its files, when `sha256` was taken; nil where nobody looked.
  var stamps: [FileStamp?]?

  public var name: String { shape.name }

  /// What a reader of results on it should know, one line each with its name; empty mostly.
  public var warnings: [String] { (profile?.warnings ?? []).map { "\(name): \($0)" } }

  /// Whether the other is the same data under the same name, wherever its file is.
  func isSame(_ other: SweepDataset) -> Bool {
    sha256 == other.sha256 && shape == other.shape && limit == other.limit
  }

  public init(
    argument: String, path: String, sha256: String, shape: DatasetShape, limit: Limit? = nil,
    fault: String? = nil
  ) {
    self.argument = argument
    self.path = path
    self.sha256 = sha256
    self.shape = shape
    self.limit = limit
    self.fault = fault
  }

  /// The same, which cannot be measured on after all.
  func failing(_ fault: String) -> SweepDataset {
    SweepDataset(argument: argument, path: path, sha256: sha256, shape: shape, limit: limit, fault: fault)
  }
}

extension SweepDataset {
  /// Where the true neighbours among the first rows are, in the sweep's folder; nil where the files state them.
  public var truthFile: String? {
    limit.map { limit in
      let digest = SHA256.of("\(sha256) \(shape.metric.rawValue) \(limit.rows) \(limit.depth) \(shape.queries)")
      return "truth/\(name)-\(digest.prefix(12)).ibin"
    }
  }

  /// Reads and checks what a workload needs of it: for all but searches of finished indexes the vectors alone.
  ///
  /// - Parameter folder: the sweep's.
  /// - Throws: `DatasetError`, also where its bytes are no more those of `sha256`.
  public func load(for workload: Workload, folder: String) throws(DatasetError) -> Dataset {
    try workload == .search ? load(folder: folder) : loadVectors()
  }

  /// Reads and checks it.
  ///
  /// - Parameter folder: the sweep's, with the computed truth of a limited dataset.
  /// - Throws: `DatasetError`, also where its bytes are no more those of `sha256`.
  public func load(folder: String) throws(DatasetError) -> Dataset {
    try unchanged { () throws(DatasetError) in
      try Dataset.load(
        path: path, name: name, metric: shape.metric, rows: limit?.rows ?? .max, queries: shape.queries,
        neighbors: truthFile.map { "\(folder)/\($0)" })
    }
  }

  /// Reads the bytes that were looked at when the sweep was planned, or refuses others.
  ///
  /// They are read again for that only where the file system says that the files are not the same.
  func unchanged(_ read: () throws(DatasetError) -> Dataset) throws(DatasetError) -> Dataset {
    guard let stamps else { return try read() }
    let before = try Dataset.stamps(path: path)
    if before != stamps {
      guard try Dataset.digest(path: path, rows: limit?.rows ?? .max) == sha256 else { throw .changed(path: path) }
    }
    let dataset = try read()
    guard try Dataset.stamps(path: path) == before else { throw .changed(path: path) }
    return dataset
  }

  /// Finds the true neighbours among the first rows and writes them where `load` looks for them; nothing without a
  /// limit.
  ///
  /// - Throws: `DatasetError`, or `BenchError` where the search's answers are no truth.
  /// - Complexity: O(q·n·d).
  public func writeTruth(folder: String) throws {
    guard let limit, let truthFile else { return }
    try GroundTruthSearch(try loadVectors(), k: limit.depth).run().groundTruth.write(to: "\(folder)/\(truthFile)")
  }

  /// Reads and checks vectors and queries alone; the ground truth has depth 0.
  ///
  /// - Throws: `DatasetError`.
  public func loadVectors() throws(DatasetError) -> Dataset {
    try unchanged { () throws(DatasetError) in
      try Dataset.loadVectors(
        path: path, name: name, metric: shape.metric, trainRows: limit?.rows ?? .max, queries: shape.queries)
    }
  }
}
