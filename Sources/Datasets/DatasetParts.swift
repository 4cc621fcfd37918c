import Files
import Foundation
import VectorCore

/// The files that together are a dataset, as a command line names them.
public struct DatasetParts: Sendable {
  public var train: String
  /// nil for queries that are drawn from `train`.
  public var test: String?
  /// How many are drawn; nil for the default.
  public var testSize: Int?
  /// nil for neighbours that have to be computed.
  public var neighbors: String?
  /// nil for the distance that suits the vectors: angular where they have length 1, else euclidean.
  public var metric: Metric?

  public init(
    train: String, test: String? = nil, testSize: Int? = nil, neighbors: String? = nil, metric: Metric? = nil
  ) {
    self.train = train
    self.test = test
    self.testSize = testSize
    self.neighbors = neighbors
    self.metric = metric
  }

  /// Reads the parts back from a file that `write` wrote; `nil` for any other file.
  public init?(writtenAt path: String) {
    guard Self.wrote(path), let file = try? DatasetFile(path: path) else { return nil }
    self.init(
      train: file.train, test: file.test, testSize: file.testSize, neighbors: file.neighbors, metric: file.metric)
  }

  /// Whether `write` wrote a file: its folder's name is then the hash of its text.
  static func wrote(_ path: String) -> Bool {
    let folder = URL(filePath: path).deletingLastPathComponent().lastPathComponent
    return folder.count == hashLength && DatasetFile.isOne(path)
      && SHA256.ofFile(path).map { $0.prefix(hashLength) == folder } == true
  }

  /// The number of hexadecimal digits in the names of the folders.
  private static let hashLength = 12

  /// Whether a path is that of a single table, by its ending.
  public static func isTable(_ path: String) -> Bool { TableFile.isOne(path) }

  /// Writes a dataset file that names the parts, below a folder; the same parts have the same file.
  ///
  /// - Returns: its path; the file is called as that of `train`, and so is the dataset.
  /// - Throws: `DatasetError.output`.
  public func write(below folder: String) throws(DatasetError) -> String {
    func absolute(_ path: String) -> String { URL(filePath: path).standardizedFileURL.path }
    var files = ["train": absolute(train)]
    files["test"] = test.map(absolute)
    files["neighbors"] = neighbors.map(absolute)
    let text = DatasetFile.text(metric: metric, files: files, testSize: testSize)
    let place = "\(folder)/\(SHA256.of(text).prefix(Self.hashLength))"
    let path = "\(place)/\(StoredDataset.stem(of: train)).yml"
    do throws(OutputError) {
      _ = try OutputFolder(creating: place)
      try OutputFile(path).write(text)
    } catch {
      throw .output(error)
    }
    return path
  }
}
