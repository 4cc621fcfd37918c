/// The result of `WriteAheadLog.salvage`: what was kept of a log, and what was skipped.
public struct SalvagedLog: Sendable, Equatable {
  /// A range of damaged bytes of the original log.
  public struct Damage: Sendable, Equatable {
    /// The byte offsets in the original file.
    public let bytes: Range<Int>
    /// The number of valid records before this range.
    public let recordsBefore: Int
    /// The lost rows, insertions as well as removals; `nil` after the last valid record, where their number is unknown.
    public let rows: Range<UInt64>?
  }

  /// The number of valid records, all of which are in the repaired log.
  public let keptRecords: Int
  /// The damaged ranges in order; empty for a log without damage, which is left unchanged.
  public let damages: [Damage]
  /// The path of the original log; `nil` for a log without damage.
  public let originalPath: String?
}
