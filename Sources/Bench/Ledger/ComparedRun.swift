/// A run with its cells, as one side of a comparison.
public struct ComparedRun: Sendable {
  /// The ledger's.
  public let folder: String
  public let run: Ledger.Run
  /// In the order of the plan.
  public internal(set) var records: [CellRecord]
  /// How many of the planned cells have ended, measured or not.
  let ended: Int
  /// The earlier run that measured a cell in place of this one, see `completed`.
  var earlierRuns: [CellKey: Int] = [:]

  public init(folder: String, run: Ledger.Run, records: [CellRecord]) {
    self.folder = folder
    self.run = run
    self.records = records
    ended = records.count
  }

  /// What was ordered to go wrong in it, each once; empty of every honest run.
  public var disturbances: [String] {
    (run.disturbances
      + records.flatMap { $0.measurement?.provenance.disturbances ?? [] }).distinct
  }

  /// How many cells were planned.
  var planned: Int { Set(run.keys).count }

  /// Whether the rounds of both took turns, on one machine at one time.
  public func isInterleaved(with base: ComparedRun) -> Bool {
    folder == base.folder && run.pairedWith == base.run.number
  }

  /// Planned cells without a record: the run ended before it came to them.
  var missing: Int { max(0, planned - ended) }
}
