import Datasets
import Foundation
import VectorCore

/// The datasets by which a run's cells were judged; each is read once.
///
/// The cells must come in the order of the run's plan. Nothing is written, so the folder may be read-only.
public struct JudgedDatasets {
  private let folder: String
  private var last: (about: SweepDataset, dataset: Dataset)?
  /// The filters of a `filtered` workload over `last`, and the dataset of one of them.
  private var filtered: (choice: FilterChoice, k: Int, dataset: Dataset)?
  /// The stored rows at the steps of a `drift` or a runbook over `last`.
  private var steps: (title: String, datasets: RunbookDatasets)?
  private var lastStep: (stage: WorkloadStage, k: Int, dataset: Dataset)?

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
      last = (about, try about.load(folder: folder, withTruth: options.usesWholeTruth))
      (steps, lastStep, filtered) = (nil, nil, nil)
    }
    guard let dataset = last?.dataset else { preconditionFailure("the dataset was read") }
    guard let stage = options.stage?.untrained else { return dataset }
    if let lastStep, lastStep.stage == stage, lastStep.k >= options.k { return lastStep.dataset }
    let cores = UsableProcessors.count
    let files = TruthFiles(folder: folder, cache: nil, isWritten: false)
    func stepFiles(_ title: String) -> RunbookDatasets.StepFiles {
      RunbookDatasets.StepFiles(title: title, about: about, files: files)
    }
    let number: Int
    switch stage {
    case .ingest, .load: return dataset
    case .filtered(let choice):
      if let filtered, filtered.choice == choice, filtered.k >= options.k { return filtered.dataset }
      let judged = try FilteredDatasets(
        dataset, about: about, choices: [choice], files: files, threads: cores
      ).judged(choice, k: options.k).dataset
      filtered = (choice, options.k, judged)
      return judged
    case .drift(let step, _):
      number = 2 * step
      if steps?.title != "drift" {
        steps = ("drift", .drift(dataset, files: stepFiles("drift"), threads: cores))
      }
    case .runbook(let step, _, let reference):
      number = step
      if steps?.title != reference.sha256 {
        steps = (
          reference.sha256,
          RunbookDatasets(try reference.read(), of: dataset, files: stepFiles("runbook"), threads: cores)
        )
      }
    }
    guard let judged = try steps?.datasets.stored(at: number, k: options.k).dataset else { return dataset }
    lastStep = (stage, options.k, judged)
    return judged
  }
}
