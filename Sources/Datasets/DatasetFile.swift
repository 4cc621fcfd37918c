import Foundation
import VectorCore
import YAML

/// A dataset file `NAME.yml`: which files hold the parts of a dataset, in the words of ann-benchmarks' layout.
///
/// ```yaml
/// distance: euclidean
/// train: base.fbin
/// test: query.fbin
/// neighbors: groundtruth.ibin   # optional, and so are the others
/// learn: learn.fbin
/// metadata: base.metadata.spmat
/// ```
/// Paths count from the file's own folder. The parts may be in different formats, all that `TableFile` opens. Where
/// `train` is in Parquet or Arrow, its other columns are the metadata unless others are named.
struct DatasetFile {
  private static let keys = ["distance", "train", "test", "neighbors", "learn", "metadata"]

  let path: String
  private let metric: Metric
  private let train: String
  private let test: String
  private let neighbors: String?
  private let learn: String?
  private let metadata: String?

  /// Whether a path is that of a dataset file, by its ending.
  static func isOne(_ path: String) -> Bool { [".yml", ".yaml"].contains(where: path.lowercased().hasSuffix) }

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
      let distance = try root.required("distance")
      let spelling = try distance.string()
      guard let metric = MetricSpelling.metric(spelling) else {
        throw distance.error(.invalidValue(spelling, expected: "one of \(MetricSpelling.names)"))
      }
      self.metric = metric
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      func place(_ file: String) -> String { file.hasPrefix("/") ? file : folder + file }
      train = place(try root.required("train").string())
      test = place(try root.required("test").string())
      func optional(_ key: String) throws(YAMLError) -> String? {
        try root.optional(key).map { (node) throws(YAMLError) in place(try node.string()) }
      }
      neighbors = try optional("neighbors")
      learn = try optional("learn")
      metadata = try optional("metadata")
    } catch {
      throw .malformed(error)
    }
  }

  /// The files that it names.
  var files: [String] { [train, test, neighbors, learn, metadata].compactMap { $0 }.flatMap(TableFile.files(of:)) }

  /// Opens the files that it names.
  func open(name: String, truth policy: StoredDataset.TruthPolicy) throws(DatasetError) -> StoredDataset {
    let train = try TableFile.open(train, part: "train").table
    let test = try TableFile.open(test, part: "test").table
    var truth: StoredTruth?
    if let neighbors, policy == .optional { truth = try StoredTruth(path: neighbors) }
    let learn = try learn.map { (path) throws(DatasetError) in try TableFile.open(path, part: "learn").table }
    var rows: (any MetadataSource)? = (train as? ArrowTable)?.metadata.orNil
    if let metadata { rows = try DatasetMetadata.open(metadata) }
    return try StoredDataset(
      name: name, path: path, metric: metric, train: train, test: test, truth: truth, learn: learn, metadata: rows)
  }

  /// What such a file says. - Parameter files: by their keys, `train` and so on.
  static func text(metric: Metric, files: [String: String]) -> String {
    let values = files.merging(["distance": metric.rawValue]) { $1 }
    // Quoted, so that no name means something else in YAML.
    return keys.map { key in
      values[key].map {
        "\(key): '\($0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''"))'\n"
      }
        ?? ""
    }.joined()
  }
}
