/// The result of a search for the best settings.
public struct TuneOutcome: Sendable {
  /// The choices among all settings that were measured on all queries.
  public let best: BestSettings
  /// The run with these measurements.
  public let run: Ledger.Run
  /// What was left out, and why, one line each.
  public let remarks: [String]
}

/// An event of the search.
public enum TuneEvent: Sendable {
  /// A build over some of the rows begins, the `number`-th of `count` in this pass; its settings are tried on some of
  /// the queries.
  case trial(index: String, label: String, rows: Int, number: Int, count: Int)
  /// A build over all rows begins.
  case building(index: String, label: String)
  /// A cell of the build in progress is measured.
  case probing(index: String, label: String)
  /// A cell has been recorded in the ledger.
  case recorded(CellRecord, isBest: Bool)
  /// So many of the best settings are measured once more in interleaved rounds.
  case comparing(settings: Int)
}
