import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// A build that stays on disk when it has been measured: what it is, and what it took.
struct KeptIndex: Codable {
  var dataset: String
  var datasetSHA256: String
  var metric: Metric
  /// Of the dataset's first rows, where not all were stored.
  var rows: Int
  var kind: String
  /// See `Subject.identityLine`.
  var code: String
  var parameters: Parameters
  var seed: UInt64
  var cost: CellMeasurement.BuildCost
  /// Of the program that built it.
  var provenance: Provenance
  var finished: Date

  private static let fileName = "build.json"

  /// What the folder of a build is called: its kind, and a digest of all that makes the index what it is.
  static func name(
    kind: String, code: String, parameters: Parameters, seed: UInt64, datasetSHA256: String, metric: Metric, rows: Int
  ) -> String {
    let parts =
      [
        "recallbench index 3", "dataset \(datasetSHA256)", "metric \(metric.rawValue)", "rows \(rows)",
        "index \(kind)\(code)", "seed \(seed)",
      ]
      + parameters.entries.map { "\($0.name)=\($0.value)" }.sorted()
    return "\(kind)-\(SHA256.of(parts.joined(separator: "\n")).prefix(12))"
  }

  var name: String {
    Self.name(
      kind: kind, code: code, parameters: parameters, seed: seed, datasetSHA256: datasetSHA256, metric: metric,
      rows: rows)
  }

  /// What the folder of a build says.
  ///
  /// - Throws: `BenchError.noKeptIndex`.
  static func read(_ path: String, label: String) throws(BenchError) -> KeptIndex {
    guard let text = try? String(contentsOfFile: "\(path)/\(fileName)", encoding: .utf8) else {
      throw .noKeptIndex(label: label, path: path)
    }
    do { return try LedgerJSON.value(text) } catch { throw .noKeptIndex(label: label, path: path) }
  }

  /// Puts the folder in which the index was built in its place: whole, or not at all.
  func keep(_ built: IndexFolder, at path: String, label: String) throws(BenchError) -> IndexFolder {
    do {
      try LedgerJSON.text(self).write(toFile: "\(built.path)/\(Self.fileName)", atomically: true, encoding: .utf8)
      try built.take(place: path)
    } catch {
      throw .notKept(label: label, path: path, reason: error.localizedDescription)
    }
    return IndexFolder(path: path)
  }
}
