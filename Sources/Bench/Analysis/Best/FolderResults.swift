/// The results of a folder: those of one run, or the newest measurement of each cell of all runs.
///
/// With all runs, a cell of the newest run that ended without a measurement is a result only when no earlier run has
/// measured it. A measurement that must not be compared with the newest one on its dataset is none.
public struct FolderResults: Sendable {
  /// A cell that the newest run did not measure, and whose earlier measurement is shown.
  public struct Outdated: Sendable {
    /// The record of the newest run, which says why.
    public let ending: CellRecord
    /// The number of the run that measured the cell.
    public let measuredIn: Int
  }

  public let folder: String
  /// The run, or the newest one.
  public let run: Ledger.Run
  /// The records of that run, in the order of its plan.
  public let ownRecords: [CellRecord]
  /// The number of that run's cells that have ended, also in a selection.
  public let ended: Int
  /// The results, in the order of the runs, those of a run in the order of its plan.
  public let records: [CellRecord]
  /// The runs that have results, in order.
  public let runs: [Ledger.Run]
  public let outdated: [Outdated]
  public let leftOut: [LatestCells.LeftOut]
  /// The numbers of the runs that are left out, because faults were injected into them.
  public let disturbedRuns: [Int]

  /// The results of one run.
  ///
  /// - Parameter records: all of its records, in the order of its plan.
  public init(of run: Ledger.Run, records: [CellRecord], folder: String) {
    self.folder = folder
    self.run = run
    ownRecords = records.map { $0.of(run: run.number) }
    self.records = ownRecords
    ended = records.count
    runs = [run]
    (outdated, leftOut, disturbedRuns) = ([], [], [])
  }

  /// The newest measurement of each cell of all runs.
  ///
  /// Runs into which faults were injected count when the newest run is one.
  ///
  /// - Throws: `LedgerError`; `.nothing` for a ledger without runs.
  /// - Complexity: O(r·log r) for the r records of the ledger.
  public init(latestOf ledger: Ledger) throws(LedgerError) {
    let all = try ledger.runs()
    guard let run = all.last else { throw .nothing(folder: ledger.folder) }
    let own = try ledger.records(of: run).map { $0.of(run: run.number) }
    let isDisturbed = !ComparedRun(folder: ledger.folder, run: run, records: own).disturbances.isEmpty
    let latest = try LatestCells(ledger, runs: all, takesDisturbed: isDisturbed).onSameQueries()
    let measured = Dictionary(
      latest.cells.map { (NamedCell($0.record), $0.run) }, uniquingKeysWith: { _, last in last })
    let unmeasured = own.filter { $0.status != .ok }
    folder = ledger.folder
    self.run = run
    ownRecords = own
    ended = own.count
    records = latest.records(
      with: unmeasured.filter { measured[NamedCell($0)] == nil }, run: run.number, keys: run.keys)
    outdated = unmeasured.compactMap { record in
      measured[NamedCell(record)].map { Outdated(ending: record, measuredIn: $0) }
    }
    let numbers = Set(latest.cells.map(\.run) + [run.number])
    runs = all.filter { numbers.contains($0.number) }
    (leftOut, disturbedRuns) = (latest.leftOut, latest.disturbedRuns)
  }

  /// The results of some cells, with the same runs.
  public func selecting(_ isSelected: (CellRecord) -> Bool) -> FolderResults {
    let selected = records.filter(isSelected)
    let datasets = Set(selected.map(\.dataset.name))
    return FolderResults(
      folder: folder, run: run, ownRecords: ownRecords.filter(isSelected), ended: ended, records: selected,
      runs: runs, outdated: outdated.filter { isSelected($0.ending) },
      leftOut: leftOut.filter { datasets.contains($0.dataset) }, disturbedRuns: disturbedRuns)
  }

  private init(
    folder: String, run: Ledger.Run, ownRecords: [CellRecord], ended: Int, records: [CellRecord], runs: [Ledger.Run],
    outdated: [Outdated], leftOut: [LatestCells.LeftOut], disturbedRuns: [Int]
  ) {
    self.folder = folder
    self.run = run
    self.ownRecords = ownRecords
    self.ended = ended
    self.records = records
    self.runs = runs
    self.outdated = outdated
    self.leftOut = leftOut
    self.disturbedRuns = disturbedRuns
  }

  /// The run that has a record.
  public func run(of record: CellRecord) -> Ledger.Run {
    record.measurement?.run.flatMap { number in runs.first { $0.number == number } } ?? run
  }
}

extension CellRecord {
  /// The same record, whose measurement names the number of its run.
  func of(run: Int) -> CellRecord {
    guard case .measured(var measurement, let file) = outcome else { return self }
    measurement.run = run
    return CellRecord(
      key: key, dataset: dataset, variant: variant, planned: planned, outcome: .measured(measurement, rawFile: file),
      finished: finished, limits: limits)
  }
}
