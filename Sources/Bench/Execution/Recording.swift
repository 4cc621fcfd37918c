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
      if case .progress(.ended(let place, let outcome), _) = event { return end(place, outcome) }
      record()
      report(event)
    }

    /// Records all cells that are not recorded yet.
    ///
    /// - Parameter outcomes: the outcome of each cell; `nil` for a cell that will be measured again.
    /// - Throws: the first failure to write since this part began.
    func finish(_ outcomes: [CellRecord.Outcome?]) throws(LedgerError) {
      for (place, outcome) in outcomes.enumerated() {
        if let outcome { end(place, outcome) }
      }
      record()
      if let failure { throw failure }
    }

    private func end(_ place: Int, _ outcome: CellRecord.Outcome) {
      guard recording.records[keys[place]] == nil else { return }
      let record = CellRecord(
        key: keys[place], dataset: build.dataset, variant: build.variant, planned: build.cells[place],
        outcome: outcome.telling(recording.disturbances), finished: Date(), limits: build.limits)
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
