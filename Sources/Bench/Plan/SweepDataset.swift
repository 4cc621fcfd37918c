import Datasets
import Files
import Foundation

/// A dataset of a sweep: its place, its shape, and the digest of its bytes.
public struct SweepDataset: Sendable, Equatable, Codable {
  /// True neighbours that are computed before the run, because the files do not state them.
  public struct ComputedTruth: Sendable, Equatable, Codable {
    /// The first rows of the dataset, which alone are used; nil for all.
    public let rows: Int?
    /// Neighbours a query.
    public let depth: Int

    public init(rows: Int?, depth: Int) {
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
  /// nil where the files state the true neighbours.
  public let computed: ComputedTruth?

  /// The reason why nothing can be measured on the dataset, in one line; `nil` when it is usable.
  public let fault: String?
  /// What it is like; nil where nobody looked. Where the true neighbours are computed, it is that of some queries, and of
  /// large datasets there is none.
  public var profile: DatasetProfile?
  /// Of its files, when `sha256` was taken; nil where nobody looked.
  var stamps: [FileStamp?]?

  public var name: String { shape.name }

  /// What a reader of results on it should know, one line each with its name; empty mostly.
  public var warnings: [String] { (profile?.warnings ?? []).map { "\(name): \($0)" } }

  private enum CodingKeys: String, CodingKey {
    case argument, path, sha256, shape, fault, stamps, profile
    case computed = "limit"
  }

  /// Whether the other is the same data under the same name, wherever its file is.
  func isSame(_ other: SweepDataset) -> Bool {
    sha256 == other.sha256 && shape == other.shape && computed == other.computed
  }

  public init(
    argument: String, path: String, sha256: String, shape: DatasetShape, computed: ComputedTruth? = nil,
    fault: String? = nil
  ) {
    self.argument = argument
    self.path = path
    self.sha256 = sha256
    self.shape = shape
    self.computed = computed
    self.fault = fault
  }

  /// The same dataset, marked as unusable for the reason `fault`.
  func failing(_ fault: String) -> SweepDataset {
    SweepDataset(argument: argument, path: path, sha256: sha256, shape: shape, computed: computed, fault: fault)
  }
}

extension SweepDataset {
  /// The name of the folder of computed true neighbours, inside the sweep's folder.
  static let truthFolder = "truth"

  /// Where the computed true neighbours are, in the sweep's folder; nil where the files state them.
  public var truthFile: String? {
    computed.map { truth in
      // The version changes with what the search would find.
      let digest = SHA256.of(
        "truth 1 \(sha256) \(shape.metric.rawValue) \(shape.trainSize) \(truth.depth) \(shape.queries)")
      return "\(Self.truthFolder)/\(PathComponent.of(name))-\(digest.prefix(12)).ibin"
    }
  }

  /// Reads and checks the dataset.
  ///
  /// - Parameters:
  ///   - folder: the sweep's, with the computed truth.
  ///   - withTruth: whether the true neighbours are needed, as for searches of finished indexes; else the vectors alone
  ///     are read.
  /// - Throws: `DatasetError`, also where its bytes are no more those of `sha256`.
  public func load(folder: String, withTruth: Bool = true) throws(DatasetError) -> Dataset {
    guard withTruth else { return try loadVectors() }
    return try unchanged { () throws(DatasetError) in
      try Dataset.load(
        path: path, name: name, metric: shape.metric, rows: computed?.rows ?? .max, queries: shape.queries,
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
      guard try Dataset.digest(path: path, rows: computed?.rows ?? .max) == sha256 else { throw .changed(path: path) }
    }
    let dataset = try read()
    guard try Dataset.stamps(path: path) == before else { throw .changed(path: path) }
    return dataset
  }

  /// Finds the true neighbours and writes them where `load` looks for them; nothing where the files state them.
  ///
  /// - Parameters:
  ///   - cache: a folder of earlier ones, which are taken instead, and to which these are added where that is possible;
  ///     nil for none.
  ///   - progress: is called from several threads at once.
  /// - Throws: `DatasetError`, or `BenchError` where the search's answers are no truth.
  /// - Complexity: O(q·n·d).
  public func writeTruth(
    folder: String, cache: String?, progress: @Sendable (GroundTruthSearch.Step) -> Void = { _ in }
  ) throws {
    guard let computed, let truthFile else { return }
    let files = TruthFiles(folder: folder, cache: cache)
    let file = "\(folder)/\(truthFile)"
    if let truth = files.cached(
      truthFile, trainRows: shape.trainSize, queries: shape.queries, depth: computed.depth)
    {
      progress(.cached)
      return try truth.write(to: file)
    }
    let truth = try GroundTruthSearch(try loadVectors(), k: computed.depth).run(progress: progress).groundTruth
    try truth.write(to: file)
    files.keep(truth, truthFile)
  }

  /// Reads and checks vectors and queries only; the ground truth has depth 0.
  ///
  /// - Throws: `DatasetError`.
  public func loadVectors() throws(DatasetError) -> Dataset {
    try unchanged { () throws(DatasetError) in
      try Dataset.loadVectors(
        path: path, name: name, metric: shape.metric, trainRows: computed?.rows ?? .max, queries: shape.queries)
    }
  }
}
