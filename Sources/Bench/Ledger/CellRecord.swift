import Datasets
import Foundation

/// How a cell ended.
public enum CellStatus: String, Sendable, CaseIterable, Codable {
  case ok
  /// An error or a crash; the record says which.
  case failed
  /// It took longer than its limit.
  case timeout
  /// It needed more memory than its limit, or than there was.
  case outOfMemory = "out-of-memory"
  /// There is nothing to measure: the index does not have the dataset's metric, or the stage of a workload did not come.
  case skipped
}

/// What the ledger knows of one cell that has ended.
public struct CellRecord: Sendable {
  public let key: CellKey
  public let dataset: SweepDataset
  public let variant: String
  public let planned: PlannedCell
  public let outcome: Outcome
  public let finished: Date
  /// Under which it was measured, or not.
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

  /// How it ended, with what there is then.
  public enum Outcome: Sendable, Equatable {
    /// `rawFile` is relative to the ledger's folder; `nil` where no raw results are kept.
    case measured(CellMeasurement, rawFile: String?)
    /// `status` is none but ok; `error` one line.
    case ended(CellStatus, error: String)
  }

  public var status: CellStatus {
    switch outcome {
    case .measured: .ok
    case .ended(let status, _): status
    }
  }

  /// One line; empty for a measured cell.
  public var error: String {
    switch outcome {
    case .measured: ""
    case .ended(_, let error): error
    }
  }

  /// Whether resuming its run leaves it as it is.
  ///
  /// What was measured stays, and what cannot be measured on its dataset; a limit that stopped it stops it again unless
  /// it is larger now. All else may have had a cause outside the cell: a full disk, somebody's kill.
  func isSettled(under now: Limits) -> Bool {
    func isNoLarger<Value: Comparable>(_ limit: Value?, than before: Value?) -> Bool {
      if let limit, let before { limit <= before } else { false }
    }
    return switch status {
    case .ok, .skipped: true
    case .failed: false
    case .timeout: isNoLarger(now.seconds, than: limits.seconds)
    case .outOfMemory: isNoLarger(now.memoryBytes, than: limits.memoryBytes)
    }
  }

  /// The record with all figures derived again from the raw results and the dataset; the same as they were, or one of
  /// them is not what it was. Without raw results it is returned as it is.
  ///
  /// - Parameters:
  ///   - folder: the ledger's.
  ///   - dataset: with what was stored when the cell was measured.
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

  /// nil for a cell that was not measured.
  public var measurement: CellMeasurement? {
    switch outcome {
    case .measured(let measurement, _): measurement
    case .ended: nil
    }
  }
}

extension CellNames {
  /// The names of a run's cells.
  public init(_ records: some Sequence<CellRecord>) { self.init(records.map { ($0.variant, $0.planned) }) }

  /// The name of a cell of the view: `ivf-flat(nprobe=4), step 3`.
  public func cell(_ record: CellRecord) -> String { cell(record.variant, record.planned) }
}
