import Datasets
import Foundation

/// The datasets by which a run's cells were judged; each is read once.
///
/// The cells must come in the order of the run's plan. Nothing is written, so the folder may be read-only.
public struct JudgedDatasets {
  private let folder: String
  private var last: (about: SweepDataset, dataset: Dataset)?
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
      (steps, lastStep) = (nil, nil)
    }
    guard let dataset = last?.dataset else { preconditionFailure("the dataset was read") }
    guard let stage = options.stage?.untrained else { return dataset }
    if let lastStep, lastStep.stage == stage, lastStep.k >= options.k { return lastStep.dataset }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    func files(_ title: String) -> RunbookDatasets.TruthFiles {
      RunbookDatasets.TruthFiles(title: title, about: about, folder: folder, isWritten: false)
    }
    let number: Int
    switch stage {
    case .ingest, .load: return dataset
    case .drift(let step, _):
      number = 2 * step
      if steps?.title != "drift" {
        steps = ("drift", .drift(dataset, files: files("drift"), threads: cores))
      }
    case .runbook(let step, _, let reference):
      number = step
      if steps?.title != reference.sha256 {
        steps = (
          reference.sha256,
          RunbookDatasets(try reference.read(), of: dataset, files: files("runbook"), threads: cores)
        )
      }
    }
    guard let judged = try steps?.datasets.stored(at: number, k: options.k).dataset else { return dataset }
    lastStep = (stage, options.k, judged)
    return judged
  }
}
