import Datasets
import Foundation
import VectorIndexes

/// Grows indexes over a dataset whose distribution moves, and measures their searches after each tenth of it.
///
/// The rows come in the order of `DriftOrder`. After each step every index is searched with all queries, which are
/// judged by their true neighbours among the rows that are stored by then. An index that must be trained takes part
/// twice: trained on the first tenth only, and trained anew at each step.
public struct DriftWorkload {
  /// Into how many parts the dataset is cut.
  public static let steps = 10

  /// What is under way.
  public enum Event: Sendable, Equatable {
    case ordering
    case truth(step: Int)
    case growing(step: Int, index: String)
    case searching(step: Int, index: String)
  }

  private let vectors: Dataset
  private let datasetSHA256: String
  private let builds: [SweepPlan.Build]
  private let provenance: Provenance
  private let folder: String

  /// - Parameters:
  ///   - vectors: `train`, `test` and metric; its ground truth is not looked at.
  ///   - builds: of one dataset; their cells share k.
  ///   - folder: where indexes that live in files have them meanwhile.
  public init(
    _ vectors: Dataset, builds: [SweepPlan.Build], provenance: Provenance, folder: String = NSTemporaryDirectory()
  ) {
    precondition(!builds.isEmpty, "a workload without indexes")
    self.vectors = vectors
    self.builds = builds
    self.provenance = provenance
    self.folder = folder
    datasetSHA256 = builds[0].dataset.sha256
  }

  /// Runs all steps.
  ///
  /// - Parameters:
  ///   - report: is called before each part of the work.
  ///   - record: gets what was measured at each step as soon as it has ended.
  /// - Throws: `BenchError`, for indexes that refuse the vectors and for a first tenth of fewer than k rows; what
  ///   `record` throws.
  public func run(
    report: (Event) -> Void = { _ in }, record: ([DriftMeasurement]) throws -> Void
  ) throws {
    let options = builds[0].cells[0].options
    let first = vectors.train.rows / Self.steps
    guard first >= options.k else {
      throw BenchError.tooFewRows(name: "the first tenth of \(vectors.name)", rows: first, k: options.k)
    }
    report(.ordering)
    let order = DriftOrder.rows(of: vectors.train, threads: options.buildThreads)
    let train = vectors.train.gathering(order, threads: options.buildThreads)
    let participants = try builds.flatMap { try DriftParticipant.all(of: $0, over: vectors, folder: folder) }
    var stored = 0
    for step in 1...Self.steps {
      let count = vectors.train.rows * step / Self.steps
      report(.truth(step: step))
      let unjudged = Dataset(
        name: vectors.name, path: vectors.path, metric: vectors.metric, train: train[rows: 0..<count],
        test: vectors.test, groundTruth: vectors.groundTruth)
      let truth = try GroundTruthSearch(unjudged, k: options.k, threads: options.buildThreads).run().groundTruth
      let dataset = Dataset(
        name: vectors.name, path: vectors.path, metric: vectors.metric, train: unjudged.train, test: vectors.test,
        groundTruth: truth)
      var measured: [DriftMeasurement] = []
      for participant in participants {
        let name = participant.build.label
        report(.growing(step: step, index: name))
        let cost = try participant.grow(train, by: stored..<count, step: step)
        report(.searching(step: step, index: name))
        let identity = Runner.Identity(
          variant: participant.build.variant, datasetSHA256: datasetSHA256, provenance: provenance)
        measured += try Runner(dataset: dataset)
          .measure(participant.built(cost), participant.build.cells, as: identity)
          .map { result in
            DriftMeasurement(
              step: step, training: participant.training, insertSeconds: cost.insertSeconds,
              trainSeconds: cost.trainSeconds, statistics: participant.index.statistics,
              measurement: try result.get().measurement)
          }
      }
      try record(measured)
      stored = count
    }
  }
}
