import Datasets
import VectorCore

/// What is stored at each step of a `drift`, with the true neighbours among that.
///
/// The rows come in the order of `DriftOrder`; after each step a further tenth of them is stored, row i under id i.
struct DriftDatasets {
  /// Of order and truth, for the names of files.
  private static let version = 1

  private let dataset: Dataset
  /// In their order.
  private let rows: Matrix
  private let identity: String
  private let folder: String
  private let keepsTruth: Bool
  private let threads: Int

  /// Puts the rows in their order.
  ///
  /// - Parameters:
  ///   - vectors: `train`, `test` and metric; its ground truth is not looked at.
  ///   - about: the same dataset as the sweep knows it.
  ///   - folder: the sweep's, where true neighbours are looked for.
  ///   - keepsTruth: whether those that are found by a search are written there.
  /// - Complexity: O(n·d) times the clusters of `DriftOrder`.
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

  /// How many rows are stored after a step, from 1.
  func rowCount(after step: Int) -> Int { rows.rows * step / Workload.driftSteps }

  /// What is stored after a step, and the queries with their true neighbours among it.
  ///
  /// - Parameter k: neighbours a query, no more than there are rows.
  /// - Throws: `BenchError`, as `GroundTruthSearch` does, and for truth that cannot be read, or kept where it is to be.
  /// - Complexity: O(q·n·d); less where the true neighbours have been kept.
  func dataset(after step: Int, k: Int) throws(BenchError) -> Dataset {
    let unjudged = Dataset(
      name: dataset.name, path: dataset.path, metric: dataset.metric, train: rows[rows: 0..<rowCount(after: step)],
      test: dataset.test, groundTruth: dataset.groundTruth)
    let digest = SHA256.of("\(identity) \(dataset.test.rows) \(k) \(step)")
    let file = "\(folder)/truth/\(dataset.name)-drift-\(step)-\(digest.prefix(12)).ibin"
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
