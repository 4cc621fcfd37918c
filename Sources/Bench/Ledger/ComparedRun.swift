/// A run with its cells, as one side of a comparison.
public struct ComparedRun: Sendable {
  /// The ledger's folder.
  public let folder: String
  public let run: Ledger.Run
  /// The records in the order of the plan.
  public internal(set) var records: [CellRecord]
  /// The number of planned cells that have ended, measured or not.
  let ended: Int
  /// For a cell that an earlier run measured in place of this one, the number of that run, see `completed`.
  var earlierRuns: [CellKey: Int] = [:]

  public init(folder: String, run: Ledger.Run, records: [CellRecord]) {
    self.folder = folder
    self.run = run
    self.records = records
    ended = records.count
  }

  /// The artificial faults that were injected into the run, each once; empty except in tests.
  public var disturbances: [String] {
    (run.disturbances
      + records.flatMap { $0.measurement?.provenance.disturbances ?? [] }).distinct
  }

  /// The number of planned cells.
  var planned: Int { Set(run.keys).count }

  /// Whether the rounds of both runs were interleaved, on one machine at one time: two runs of `--against`, or twice
  /// the same run, whose indexes took turns.
  public func isInterleaved(with base: ComparedRun) -> Bool {
    guard folder == base.folder else { return false }
    if run.pairedWith == base.run.number { return true }
    let sessions = Dictionary(grouping: records.compactMap(\.measurement), by: \.dataset.name)
      .mapValues { Set($0.map(\.session)) }
    return run.number == base.run.number && !sessions.isEmpty
      && sessions.values.allSatisfy { $0.count == 1 && !$0.contains(nil) }
  }

  /// The number of planned cells without a record, because the run ended before it reached them.
  var missing: Int { max(0, planned - ended) }
}
