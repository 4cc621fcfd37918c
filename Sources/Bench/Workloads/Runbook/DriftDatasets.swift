import Datasets
import Files
import VectorCore

/// The rows that are stored at each step of a `drift`, and the true neighbours among them.
///
/// The rows come in the order of `DriftOrder`; each step stores a further tenth of them, row i of that order under id
/// i.
struct DriftDatasets {
  /// The version of the order and of the true neighbours, for the names of files.
  private static let version = 1

  private let dataset: Dataset
  /// The rows in the order of `DriftOrder`.
  private let rows: Matrix
  private let identity: String
  private let folder: String
  private let keepsTruth: Bool
  private let threads: Int

  /// Sorts the rows into the order of `DriftOrder`.
  ///
  /// - Parameters:
  ///   - vectors: `train`, `test` and the metric; the ground truth is not used.
  ///   - about: the same dataset as the sweep describes it.
  ///   - folder: the sweep's folder, in which the files of true neighbours are looked for.
  ///   - keepsTruth: whether computed true neighbours are written there.
  /// - Complexity: O(n·d) times the number of clusters of `DriftOrder`.
  init(_ vectors: Dataset, about: SweepDataset, folder: String, keepsTruth: Bool = true, threads: Int) {
    dataset = vectors
    rows = vectors.train.gathering(DriftOrder.rows(of: vectors.train, threads: threads), threads: threads)
    identity = "drift \(Self.version) \(about.sha256) \(about.shape.metric.rawValue) \(vectors.train.rows)"
    self.folder = folder
    self.keepsTruth = keepsTruth
    self.threads = threads
  }

  /// All rows in the order in which they are stored.
  var vectors: Matrix { rows }

  /// The number of rows that are stored after a step; steps are counted from 1.
  func rowCount(after step: Int) -> Int { rows.rows * step / Workload.driftSteps }

  /// The rows that are stored after a step, and the queries with their true neighbours among them.
  ///
  /// - Parameter k: the number of neighbours per query, at most the number of rows.
  /// - Throws: `BenchError`, as `GroundTruthSearch` does, and for a file of true neighbours that cannot be read or
  ///   written.
  /// - Complexity: O(q·n·d); less when the true neighbours have been kept.
  func dataset(after step: Int, k: Int) throws(BenchError) -> Dataset {
    let unjudged = Dataset(
      name: dataset.name, path: dataset.path, metric: dataset.metric, train: rows[rows: 0..<rowCount(after: step)],
      test: dataset.test, groundTruth: dataset.groundTruth)
    let digest = SHA256.of("\(identity) \(dataset.test.rows) \(k) \(step)")
    let file = "\(folder)/truth/\(PathComponent.of(dataset.name))-drift-\(step)-\(digest.prefix(12)).ibin"
    do throws(DatasetError) {
      if let judged = try unjudged.judged(byFile: file) { return judged }
    } catch { throw .dataset(name: dataset.name, error) }
    let truth = try GroundTruthSearch(unjudged, k: k, threads: threads).run().groundTruth
    do throws(DatasetError) {
      if keepsTruth { try truth.write(to: file) }
      return try unjudged.judged(by: truth.neighbors, depth: truth.depth)
    } catch { throw .dataset(name: dataset.name, error) }
  }
}
