import Bench

/// The results of a ledger as a site shows them.
public struct Site: Sendable {
  /// The folders of the results, as the user named them.
  let folders: [String]
  let results: FolderResults
  /// All runs, in order.
  let runs: [Ledger.Run]
  /// The fastest settings at the recall of the tables.
  let best: BestSettings
  /// The speed at that recall from run to run; `nil` when fewer than two runs are finished.
  let history: History?

  /// Reads a ledger.
  ///
  /// - Parameters:
  ///   - folders: the folders whose results the ledger has, for the pages.
  ///   - recall: the recall at which the tables compare the indexes.
  /// - Throws: `LedgerError`.
  public init(_ ledger: Ledger, folders: [String], recall: Double) throws(LedgerError) {
    self.folders = folders
    results = try FolderResults(latestOf: ledger)
    runs = try ledger.runs()
    best = BestSettings(Requirement(recall: recall), of: try LatestCells(ledger))
    let metric = HistoryMetric(parsing: "qps@recall=\(recall)")
    history =
      if let metric, runs.count(where: { $0.ended != nil }) > 1 { try History(metric, of: ledger) } else { nil }
  }

  /// The names of the datasets and of the indexes, in the order of the results.
  var datasets: [String] { results.records.map(\.dataset.name).distinct }
  var indexes: [String] { results.records.map(\.variant).distinct }
}
