import Datasets
import Foundation
import VectorCore
import VectorIndexes

/// The description of a build that stays on disk after its measurement: its parameters, its data and its cost.
struct KeptIndex: Codable {
  var dataset: String
  var datasetSHA256: String
  var metric: Metric
  /// The number of the dataset's rows that are stored.
  var rows: Int
  var kind: String
  /// See `Subject.identityLine`.
  var code: String
  var parameters: Parameters
  var seed: UInt64
  var cost: CellMeasurement.BuildCost
  /// The provenance of the program that built it.
  var provenance: Provenance
  var finished: Date

  private static let fileName = "build.json"

  /// The name of the folder of a build: its kind, and a digest of everything that determines the index.
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

  /// Reads the description in the folder of a build.
  ///
  /// - Throws: `BenchError.noKeptIndex`.
  static func read(_ path: String, label: String) throws(BenchError) -> KeptIndex {
    guard let text = try? String(contentsOfFile: "\(path)/\(fileName)", encoding: .utf8) else {
      throw .noKeptIndex(label: label, path: path)
    }
    do { return try LedgerJSON.value(text) } catch { throw .noKeptIndex(label: label, path: path) }
  }

  /// Moves the folder in which the index was built to its permanent place, atomically.
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
