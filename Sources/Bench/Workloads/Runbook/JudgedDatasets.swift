import Datasets
import Foundation
import VectorCore

/// The datasets by which a run's cells were judged; each is read once.
///
/// The cells must come in the order of the run's plan. Nothing is written, so the folder may be read-only.
public struct JudgedDatasets {
  private let folder: String
  private var last: (about: SweepDataset, dataset: Dataset)?
  /// The datasets of the steps of a `drift` over `last`.
  private var steps: DriftDatasets?
  private var lastStep: (step: Int, k: Int, dataset: Dataset)?

  /// - Parameter folder: the ledger's folder.
  public init(folder: String) { self.folder = folder }

  /// The rows that were stored when a cell was measured, with the true neighbours among them.
  ///
  /// - Parameter record: the record of a cell with raw results.
  /// - Throws: `LedgerError.otherDataset` for a file whose bytes have changed since the measurement; `DatasetError`,
  ///   `BenchError`.
  public mutating func dataset(of record: CellRecord) throws -> Dataset {
    let (about, options) = (record.dataset, record.planned.options)
    if last?.about != about {
      guard try Dataset.digest(path: about.path, rows: about.computed?.rows ?? .max) == about.sha256 else {
        throw LedgerError.otherDataset(path: about.path, expected: about.sha256)
      }
      last = (about, try about.load(folder: folder, withTruth: options.stage == nil))
      (steps, lastStep) = (nil, nil)
    }
    guard let dataset = last?.dataset else { preconditionFailure("the dataset was read") }
    guard case .drift(let step, _) = options.stage else { return dataset }
    let cores = UsableProcessors.count
    let datasets = steps ?? DriftDatasets(dataset, about: about, folder: folder, keepsTruth: false, threads: cores)
    steps = datasets
    if let lastStep, lastStep.step == step, lastStep.k >= options.k { return lastStep.dataset }
    let judged = try datasets.dataset(after: step, k: options.k)
    lastStep = (step, options.k, judged)
    return judged
  }
}
