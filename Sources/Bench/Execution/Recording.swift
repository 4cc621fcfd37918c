import Foundation

/// Records the cells of a run in the ledger as they end.
final class Recording {
  let run: Int
  /// The records of the ended cells, by key.
  private(set) var records: [CellKey: CellRecord]
  private let ledger: Ledger
  private let disturbances: [Disturbance]

  /// - Parameter kept: the records that an interrupted run has already.
  init(ledger: Ledger, run: Int, kept: [CellRecord], disturbances: [Disturbance]) {
    self.ledger = ledger
    self.run = run
    self.disturbances = disturbances
    records = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0) })
  }

  /// Forgets a record that another measurement takes the place of.
  func forget(_ key: CellKey) { records[key] = nil }

  /// Records cells again that differ from their records in remarks only.
  func replace(_ changed: [CellRecord]) throws(LedgerError) {
    for record in changed { records[record.key] = record }
    try ledger.record(changed, run: run)
  }

  /// Returns the recording of some cells of one build.
  func part(
    _ build: SweepPlan.Build, _ keys: [CellKey], _ report: @escaping (SweepRunner.Event) -> Void
  ) -> Part {
    Part(recording: self, build: build, keys: keys, report: report)
  }

  /// The recording of some cells of one build; cells that end together are recorded together.
  final class Part {
    private let recording: Recording
    private let build: SweepPlan.Build
    private let keys: [CellKey]
    private let report: (SweepRunner.Event) -> Void
    /// The ended cells that are not recorded yet.
    private var waiting: [CellRecord] = []
    private var failure: LedgerError?

    fileprivate init(
      recording: Recording, build: SweepPlan.Build, keys: [CellKey], report: @escaping (SweepRunner.Event) -> Void
    ) {
      self.recording = recording
      self.build = build
      self.keys = keys
      self.report = report
    }

    /// Takes an event into account.
    func note(_ event: SweepRunner.Event) {
      if case .progress(.ended(let place, let outcome), _) = event { return end(place, outcome, finished: Date()) }
      record()
      report(event)
    }

    /// Records all cells that are not recorded yet.
    ///
    /// - Parameters:
    ///   - outcomes: the outcome of each cell; `nil` for a cell that will be measured again.
    ///   - finished: when each cell was finished; `nil` for now.
    /// - Throws: the first failure to write since this part began.
    func finish(_ outcomes: [CellRecord.Outcome?], finished: [Date]? = nil) throws(LedgerError) {
      for (place, outcome) in outcomes.enumerated() {
        if let outcome { end(place, outcome, finished: finished?[place] ?? Date()) }
      }
      record()
      if let failure { throw failure }
    }

    private func end(_ place: Int, _ outcome: CellRecord.Outcome, finished: Date) {
      guard recording.records[keys[place]] == nil else { return }
      let record = CellRecord(
        key: keys[place], dataset: build.dataset, variant: build.variant, planned: build.cells[place],
        outcome: outcome.telling(recording.disturbances), finished: finished, limits: build.limits)
      recording.records[record.key] = record
      waiting.append(record)
    }

    private func record() {
      guard !waiting.isEmpty, failure == nil else { return }
      let ended = waiting
      waiting = []
      do throws(LedgerError) { try recording.ledger.record(ended, run: recording.run) } catch { failure = error }
      report(.recorded(ended))
    }
  }
}
