/// What `WriteAheadLog.salvage` has kept of a log, and what it has skipped.
public struct SalvagedLog: Sendable, Equatable {
  /// Damaged bytes of the log as it was.
  public struct Damage: Sendable, Equatable {
    /// Where they stand in the file.
    public let bytes: Range<Int>
    /// How many valid records stand before them.
    public let recordsBefore: Int
    /// The rows that were written there, vectors as well as removals; `nil` behind the last valid record, where nobody
    /// knows how many there were.
    public let rows: Range<UInt64>?
  }

  /// Valid records, all of which are in the log now.
  public let keptRecords: Int
  /// In their order; empty for a log without damage, which stays as it is.
  public let damages: [Damage]
  /// Where the log as it was still is; `nil` for a log without damage.
  public let originalPath: String?
}
