import Datasets

/// A dataset of a sweep: its place, its shape, and the digest of its bytes.
public struct SweepDataset: Sendable, Equatable, Codable {
  /// A limit to the first rows of a dataset, whose true neighbours the files do not state.
  public struct Limit: Sendable, Equatable, Codable {
    public let rows: Int
    /// The number of true neighbours of each query that are computed.
    public let depth: Int

    public init(rows: Int, depth: Int) {
      self.rows = rows
      self.depth = depth
    }
  }

  /// The name in the sweep: a name of the catalogue or a path.
  public let argument: String
  public let path: String
  /// The SHA-256 of the parts of the files that are read, 64 hexadecimal digits.
  public let sha256: String
  /// The shape, with the numbers of rows and queries that the sweep uses.
  public let shape: DatasetShape
  /// The limit; `nil` for all rows.
  public let limit: Limit?

  /// The reason why nothing can be measured on the dataset, in one line; `nil` when it is usable.
  public let fault: String?
  /// The stamps of the files at the time when `sha256` was computed; `nil` when they are unknown.
  var stamps: [FileStamp?]?

  public var name: String { shape.name }

  /// Whether the other dataset has the same data and the same name, wherever its files are.
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

  /// The same dataset, marked as unusable for the reason `fault`.
  func failing(_ fault: String) -> SweepDataset {
    SweepDataset(argument: argument, path: path, sha256: sha256, shape: shape, limit: limit, fault: fault)
  }
}

extension SweepDataset {
  /// The file of the true neighbours among the first rows, in the sweep's folder; `nil` when the dataset's files state
  /// them.
  public var truthFile: String? {
    limit.map { limit in
      let digest = SHA256.of("\(sha256) \(shape.metric.rawValue) \(limit.rows) \(limit.depth) \(shape.queries)")
      return "truth/\(name)-\(digest.prefix(12)).ibin"
    }
  }

  /// Reads and checks what a workload needs: the vectors alone, unless finished indexes are searched.
  ///
  /// - Parameter folder: the sweep's folder.
  /// - Throws: `DatasetError`, also when the bytes no longer match `sha256`.
  public func load(for workload: Workload, folder: String) throws(DatasetError) -> Dataset {
    try workload == .search ? load(folder: folder) : loadVectors()
  }

  /// Reads and checks the dataset.
  ///
  /// - Parameter folder: the sweep's folder, which has the computed true neighbours of a limited dataset.
  /// - Throws: `DatasetError`, also when the bytes no longer match `sha256`.
  public func load(folder: String) throws(DatasetError) -> Dataset {
    try unchanged { () throws(DatasetError) in
      try Dataset.load(
        path: path, name: name, metric: shape.metric, rows: limit?.rows ?? .max, queries: shape.queries,
        neighbors: truthFile.map { "\(folder)/\($0)" })
    }
  }

  /// Reads the dataset, and refuses it when its bytes have changed since the sweep was planned.
  ///
  /// The bytes are compared only when the file system reports that the files have changed.
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

  /// Computes the true neighbours among the first rows, and writes them to the file that `load` reads; does nothing
  /// without a limit.
  ///
  /// - Throws: `DatasetError`, or `BenchError` when the computed neighbours are found to be wrong.
  /// - Complexity: O(q·n·d).
  public func writeTruth(folder: String) throws {
    guard let limit, let truthFile else { return }
    try GroundTruthSearch(try loadVectors(), k: limit.depth).run().groundTruth.write(to: "\(folder)/\(truthFile)")
  }

  /// Reads and checks vectors and queries only; the ground truth has depth 0.
  ///
  /// - Throws: `DatasetError`.
  public func loadVectors() throws(DatasetError) -> Dataset {
    try unchanged { () throws(DatasetError) in
      try Dataset.loadVectors(
        path: path, name: name, metric: shape.metric, trainRows: limit?.rows ?? .max, queries: shape.queries)
    }
  }
}
