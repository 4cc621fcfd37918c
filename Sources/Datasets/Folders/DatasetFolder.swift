import Foundation
import VectorCore

/// A folder that holds a dataset in a layout of another benchmark.
struct DatasetFolder {
  private enum Layout {
    case vectorDBBench
    case qdrant
    /// qdrant's too, with sparse vectors.
    case sparse
  }

  private let path: String
  private let layout: Layout
  /// Of all files in it, sorted.
  private let names: [String]

  /// - Returns: nil for a path that is no folder with the files of such a layout.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    if names.contains("tests.jsonl") {
      layout = .qdrant
    } else if names.contains("data.csr") {
      layout = .sparse
    } else if names.contains("test.parquet") || names.contains("neighbors.parquet") {
      layout = .vectorDBBench
    } else {
      return nil
    }
    self.path = path.hasSuffix("/") ? String(path.dropLast()) : path
    self.names = names
  }

  static func isOne(_ path: String) -> Bool { DatasetFolder(path) != nil }

  /// Those that the dataset is read from.
  var files: [String] {
    let read: (String) -> Bool =
      switch layout {
      case .vectorDBBench: { VectorDBBenchFolder.reads($0) }
      case .qdrant: { QdrantFolder.names.contains($0) }
      case .sparse: { $0.hasSuffix(".csr") }
      }
    return names.filter(read).map { "\(path)/\($0)" }
  }

  /// - Parameter fallback: the metric, for a folder whose name does not say.
  func open(
    name: String, metric fallback: Metric?, truth policy: StoredDataset.TruthPolicy
  ) throws(DatasetError) -> StoredDataset {
    switch layout {
    case .vectorDBBench:
      return try VectorDBBenchFolder(path: path, names: names).open(name: name, metric: fallback, truth: policy)
    case .qdrant:
      return try QdrantFolder(path: path, names: names).open(name: name, metric: fallback, truth: policy)
    case .sparse:
      let matrix = try SparseMatrix("\(path)/data.csr")
      throw .sparseVectors(path: path, rows: matrix.rows, columns: matrix.columns, elements: matrix.elements)
    }
  }
}
