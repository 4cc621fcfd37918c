import Foundation
import VectorCore
import YAML

/// Which files hold the parts of a dataset, in the words of ann-benchmarks' layout: a dataset file `NAME.yml`, or a single
/// table.
///
/// ```yaml
/// distance: euclidean           # optional: angular where the vectors have length 1, else euclidean
/// train: base.fbin
/// test: query.fbin              # optional: queries are drawn from train, and taken out of it
/// test_size: 1000               # how many; a tenth of the rows and at most 1000 when it is not given
/// neighbors: groundtruth.ibin   # optional, and so are the others
/// learn: learn.fbin
/// metadata: base.metadata.spmat
/// query_metadata: query.metadata.spmat   # the values that a row has to have for each query, for filtered searches
/// ```
/// Paths are relative to the folder of the file. The parts may be in different formats, all that `TableFile` opens. If
/// `train` is in Parquet or Arrow, its other columns are the metadata unless others are named.
struct DatasetFile {
  private static let keys = [
    "distance", "train", "test", "test_size", "neighbors", "learn", "metadata", "query_metadata",
  ]
  private static let mostQueries = 1_000

  let path: String
  /// What errors call the dataset: the file, or the tables that a command line named and `DatasetParts` wrote into it.
  private let title: String
  let metric: Metric?
  let train: String
  /// nil for queries that are drawn from `train`.
  let test: String?
  /// How many are drawn; nil for the default.
  let testSize: Int?
  let neighbors: String?
  private let learn: String?
  private let metadata: String?
  private let queryMetadata: String?

  /// Whether a path is that of a dataset file, by its ending.
  static func isOne(_ path: String) -> Bool { [".yml", ".yaml"].contains(where: path.lowercased().hasSuffix) }

  /// A dataset that is in one table: its queries are drawn from it.
  init(table path: String) {
    self.path = path
    (title, train) = (path, path)
    (metric, test, testSize, neighbors, learn, metadata, queryMetadata) = (nil, nil, nil, nil, nil, nil, nil)
  }

  /// - Throws: `DatasetError.malformed`, with line and column.
  init(path: String) throws(DatasetError) {
    self.path = path
    var status = stat()
    // A pipe would be waited for.
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw .cannotRead(path: path, reason: "not a file but a folder, pipe or device")
    }
    do throws(YAMLError) {
      let root = try YAMLParser.parse(path: path)
      try root.allowKeys(Self.keys)
      metric = try root.optional("distance").map { (node) throws(YAMLError) in
        let spelling = try node.string()
        guard let metric = MetricSpelling.metric(spelling) else {
          throw node.error(.invalidValue(spelling, expected: "one of \(MetricSpelling.names)"))
        }
        return metric
      }
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      func place(_ file: String) -> String { file.hasPrefix("/") ? file : folder + file }
      func optional(_ key: String) throws(YAMLError) -> String? {
        try root.optional(key).map { (node) throws(YAMLError) in place(try node.string()) }
      }
      train = place(try root.required("train").string())
      let test = try optional("test")
      testSize = try root.optional("test_size").map { (node) throws(YAMLError) in
        if test != nil { throw node.error(.refused("test_size is for a dataset without test")) }
        let count = try node.integer()
        guard count > 0 else { throw node.error(.invalidValue("\(count)", expected: "at least 1")) }
        return count
      }
      if test == nil {
        // Their rows are those of test, and of a train that no query was taken out of.
        for key in ["neighbors", "metadata", "query_metadata"] {
          if let node = try root.optional(key) { throw node.error(.refused("\(key) needs test, which is missing")) }
        }
      }
      neighbors = try optional("neighbors")
      learn = try optional("learn")
      metadata = try optional("metadata")
      queryMetadata = try optional("query_metadata")
      self.test = test
      title =
        DatasetParts.wrote(path) ? [train, test, neighbors].compactMap { $0 }.joined(separator: " and ") : path
    } catch {
      throw .malformed(error)
    }
  }

  /// The files that it names, each under its key.
  var parts: [String: String] {
    var parts = ["train": train]
    (parts["test"], parts["neighbors"], parts["learn"], parts["metadata"]) = (test, neighbors, learn, metadata)
    parts["query_metadata"] = queryMetadata
    return parts
  }

  /// The files that it names.
  var files: [String] {
    [train, test, neighbors, learn, metadata, queryMetadata].compactMap { $0 }.flatMap(TableFile.files(of:))
  }

  /// Opens the files that it names.
  ///
  /// - Parameter other: the metric where the file states none.
  func open(
    name: String, metric other: Metric?, truth policy: StoredDataset.TruthPolicy
  ) throws(DatasetError) -> StoredDataset {
    let table = try TableFile.open(train, part: "train").table
    let learn = try learn.map { (path) throws(DatasetError) in try TableFile.open(path, part: "learn").table }
    let metric = if let stated = self.metric ?? other { stated } else { try Self.metric(of: table) }
    guard let test else {
      let count = testSize ?? max(1, min(Self.mostQueries, table.rows / 10))
      guard count < table.rows else { throw .tooManyQueries(path: train, queries: count, rows: table.rows) }
      let (train, test) = SplitTable.split(table, queries: count)
      return try StoredDataset(
        name: name, path: title, metric: metric, train: train, test: test, truth: nil, learn: learn, metadata: nil)
    }
    var truth: StoredTruth?
    if let neighbors, policy == .optional { truth = try StoredTruth(path: neighbors) }
    var rows: (any MetadataSource)? = (table as? ArrowTable)?.metadata.orNil
    if let metadata { rows = try DatasetMetadata.open(metadata) }
    return try StoredDataset(
      name: name, path: title, metric: metric, train: table, test: try TableFile.open(test, part: "test").table,
      truth: truth, learn: learn, metadata: rows,
      conditions: try queryMetadata.map { (path) throws(DatasetError) in
        QueryConditions(try DatasetMetadata.open(path))
      })
  }

  /// The metric of vectors that nothing is stated of: those of length 1 are compared by angle.
  private static func metric(of table: any StoredTable) throws(DatasetError) -> Metric {
    let sample = try table.matrix(rows: 1_000)
    let areUnit = (0..<sample.rows).allSatisfy { row in
      let vector = sample[row: row]
      return abs(vector.indices.reduce(0) { $0 + Double(vector[$1]) * Double(vector[$1]) } - 1) < 1e-3
    }
    return areUnit ? .angular : .euclidean
  }

  /// What such a file says.
  ///
  /// - Parameters:
  ///   - metric: nil for a file that does not state one.
  ///   - files: by their keys, `train` and so on.
  ///   - testSize: how many queries are drawn; nil for the default, and where `files` has `test`.
  static func text(metric: Metric?, files: [String: String], testSize: Int? = nil) -> String {
    var values = files
    values["distance"] = metric?.rawValue
    // Quoted, so that no name means something else in YAML.
    return keys.map { key in values[key].map { "\(key): '\($0.replacing("'", with: "''"))'\n" } ?? "" }.joined()
      + (testSize.map { "test_size: \($0)\n" } ?? "")
  }
}
