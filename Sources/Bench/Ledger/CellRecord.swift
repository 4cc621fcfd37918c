import Datasets
import Foundation

/// How a cell ended.
public enum CellStatus: String, Sendable, CaseIterable, Codable {
  case ok
  /// An error or a crash, which the record describes.
  case failed
  /// The cell took longer than its time limit.
  case timeout
  /// The cell needed more memory than its limit, or than the machine has.
  case outOfMemory = "out-of-memory"
  /// There is nothing to measure: the index does not support the dataset's metric, or the stage of the workload did not
  /// occur.
  case skipped
}

/// The ledger's record of a cell that has ended.
public struct CellRecord: Sendable {
  public let key: CellKey
  public let dataset: SweepDataset
  public let variant: String
  public let planned: PlannedCell
  public let outcome: Outcome
  public let finished: Date
  /// The limits under which the cell was measured, or failed.
  public let limits: Limits

  init(
    key: CellKey, dataset: SweepDataset, variant: String, planned: PlannedCell, outcome: Outcome, finished: Date,
    limits: Limits = Limits()
  ) {
    self.key = key
    self.dataset = dataset
    self.variant = variant
    self.planned = planned
    self.outcome = outcome
    self.finished = finished
    self.limits = limits
  }

  /// How the cell ended, with its results.
  public enum Outcome: Sendable, Equatable {
    /// `rawFile` is relative to the ledger's folder; `nil` when no raw results are kept.
    case measured(CellMeasurement, rawFile: String?)
    /// `status` is never `ok`; `error` is one line.
    case ended(CellStatus, error: String)
  }

  public var status: CellStatus {
    switch outcome {
    case .measured: .ok
    case .ended(let status, _): status
    }
  }

  /// The reason why the cell was not measured, in one line; empty for a measured cell.
  public var error: String {
    switch outcome {
    case .measured: ""
    case .ended(_, let error): error
    }
  }

  /// Whether resuming the run leaves the cell as it is.
  ///
  /// A measured cell is kept, and so is a cell that cannot be measured on its dataset. A cell that was stopped by a
  /// limit, also by the walltime of a cluster's job, is measured again only when that limit is larger now. Any other
  /// failure may have had a cause outside the cell, such as a full disk or a `kill`, so the cell is measured again.
  func isSettled(under now: Limits) -> Bool {
    func isNoLarger<Value: Comparable>(_ limit: Value?, than before: Value?) -> Bool {
      if let limit, let before { limit <= before } else { false }
    }
    return switch status {
    case .ok, .skipped: true
    case .failed: false
    case .timeout:
      if let walltime = limits.walltimeSeconds {
        isNoLarger(now.walltimeSeconds, than: walltime)
      } else {
        isNoLarger(now.seconds, than: limits.seconds)
      }
    case .outOfMemory: isNoLarger(now.memoryBytes, than: limits.memoryBytes)
    }
  }

  /// The record with all figures derived again from the raw results and the dataset, to check that none of them has
  /// changed. Without raw results the record is returned as it is.
  ///
  /// - Parameters:
  ///   - folder: the ledger's folder.
  ///   - dataset: the rows that were stored when the cell was measured.
  /// - Throws: `LedgerError`.
  public func rederived(in folder: String, dataset: Dataset) throws(LedgerError) -> CellRecord {
    guard case .measured(let measurement, let file?) = outcome else { return self }
    let raw = try rawRounds(in: folder)
    guard dataset.test.rows == raw.queries, dataset.groundTruth.depth >= raw.k else {
      throw .otherRawResult(
        path: "\(folder)/\(file)", what: "shape", found: "\(raw.queries) queries, k = \(raw.k)",
        expected: "\(dataset.test.rows) queries with at most \(dataset.groundTruth.depth) neighbours")
    }
    guard JudgedAnswers(rows: raw.rows, k: raw.k, of: dataset).distances == raw.distances else {
      throw .damagedRawResult(
        path: "\(folder)/\(file)", name: "distances", expected: "those of its neighbors to the queries")
    }
    return CellRecord(
      key: key, dataset: self.dataset, variant: variant, planned: planned,
      outcome: .measured(measurement.rederived(from: raw, dataset: dataset), rawFile: file), finished: finished,
      limits: limits)
  }

  /// The measurement; `nil` for a cell that was not measured.
  public var measurement: CellMeasurement? {
    switch outcome {
    case .measured(let measurement, _): measurement
    case .ended: nil
    }
  }
}
