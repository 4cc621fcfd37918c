/// The newest measurement of each finished index in a ledger, whichever run it belongs to.
///
/// Measurements whose times must not be compared with the newest one on the same dataset are left out, and so are runs
/// into which faults were injected.
public struct LatestCells: Sendable {
  /// A measured cell with the number of its run.
  public struct Cell: Sendable {
    public let run: Int
    public let record: CellRecord
    public let measurement: CellMeasurement
  }

  public let folder: String
  /// The cells, in the order in which they were measured first.
  public private(set) var cells: [Cell] = []
  /// The reasons why measurements were left out, each once.
  public private(set) var refusals: [Incomparability] = []
  /// The numbers of the runs with injected faults.
  public private(set) var disturbedRuns: [Int] = []

  /// - Parameters:
  ///   - runs: the runs to read, in the order in which they began; `nil` for all runs of the ledger.
  ///   - takesDisturbed: whether runs into which faults were injected count, too.
  /// - Throws: `LedgerError`.
  /// - Complexity: O(cells of the runs).
  public init(_ ledger: Ledger, runs: [Ledger.Run]? = nil, takesDisturbed: Bool = false) throws(LedgerError) {
    folder = ledger.folder
    var places: [NamedCell: Int] = [:]
    let all = if let runs { runs } else { try ledger.runs() }
    for run in all {
      let records = try ledger.records(of: run)
      let isDisturbed =
        !takesDisturbed && !ComparedRun(folder: folder, run: run, records: records).disturbances.isEmpty
      if isDisturbed { disturbedRuns.append(run.number) }
      for record in records where !isDisturbed && record.planned.options.stage == nil {
        // A cell whose recall is unknown has no place in any choice by recall.
        guard let measurement = record.measurement, measurement.quality.recall.isFinite else { continue }
        let cell = Cell(run: run.number, record: record, measurement: measurement)
        let name = NamedCell(record)
        if let place = places[name] {
          cells[place] = cell
        } else {
          places[name] = cells.count
          cells.append(cell)
        }
      }
    }
    leaveOutOthers()
  }

  private mutating func leaveOutOthers() {
    var newest: [String: CellMeasurement] = [:]
    for cell in cells {
      let name = cell.measurement.dataset.name
      if newest[name].map({ $0.timestamp <= cell.measurement.timestamp }) ?? true { newest[name] = cell.measurement }
    }
    var refusals: [Incomparability] = []
    cells = cells.filter { cell in
      let reasons = newest[cell.measurement.dataset.name].map { newest in
        // Cells with other numbers of threads are in other groups.
        Incomparability.between(cell.measurement, newest).filter { if case .threads = $0 { false } else { true } }
      }
      refusals += reasons ?? []
      return reasons?.isEmpty ?? true
    }
    self.refusals = refusals.distinct
  }
}
