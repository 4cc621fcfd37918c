import Foundation

/// Puts cells of a run into the ledger as they end.
final class Recording {
  let run: Int
  /// Those that have ended, by their keys.
  private(set) var records: [CellKey: CellRecord]
  private let ledger: Ledger
  private let disturbances: [Disturbance]

  /// - Parameter kept: what an interrupted run has already.
  init(ledger: Ledger, run: Int, kept: [CellRecord], disturbances: [Disturbance]) {
    self.ledger = ledger
    self.run = run
    self.disturbances = disturbances
    records = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0) })
  }

  /// Of cells of one build.
  func part(
    _ build: SweepPlan.Build, _ keys: [CellKey], _ report: @escaping (SweepRunner.Event) -> Void
  ) -> Part {
    Part(recording: self, build: build, keys: keys, report: report)
  }

  /// Cells of one build; those that end together are recorded together.
  final class Part {
    private let recording: Recording
    private let build: SweepPlan.Build
    private let keys: [CellKey]
    private let report: (SweepRunner.Event) -> Void
    /// Have ended since the last time that any were recorded.
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

    /// Takes note of what is going on.
    func note(_ event: SweepRunner.Event) {
      if case .progress(.ended(let place, let outcome), _) = event { return end(place, outcome) }
      record()
      report(event)
    }

    /// Records what has not been yet.
    ///
    /// - Parameter outcomes: one a cell; nil for one that is going to be measured again.
    /// - Throws: the first failure to write, since the part began.
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
