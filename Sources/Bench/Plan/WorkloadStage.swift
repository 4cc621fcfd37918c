/// The stage of a workload at which a cell is measured.
public enum WorkloadStage: Sendable, Hashable, Codable {
  /// Searches with a filter.
  case filtered(FilterChoice)
  /// After a step of a `drift`, counted from 1.
  case drift(step: Int, training: DriftTraining)
  /// During a phase of an `ingest`; `options` has the number of base rows.
  case ingest(phase: IngestPhase, options: IngestOptions)

  /// The workload's name.
  public var workload: String {
    switch self {
    case .filtered: "filtered"
    case .drift: "drift"
    case .ingest: "ingest"
    }
  }

  /// The filter, the step's number, or the phase: `1% near`, `3`, `before`.
  public var name: String {
    switch self {
    case .filtered(let filter): "\(filter)"
    case .drift(let step, _): "\(step)"
    case .ingest(let phase, _): phase.rawValue
    }
  }

  /// Whether the stage may have nothing to measure, for example when no memtable was flushed.
  var isOccasional: Bool {
    if case .ingest(let phase, _) = self { phase == .freezing || phase == .flushing } else { false }
  }

  /// The further properties that distinguish the stage, as lines of a `CellKey`.
  var keyLines: [String] {
    switch self {
    case .filtered(let filter): ["filter \(filter)", "metadata \(MadeMetadata.version)"]
    case .drift(let step, let training): ["step \(step)", "training \(training.rawValue)"]
    case .ingest(let phase, let options):
      [
        "phase \(phase.rawValue)", "readers \(options.readers)", "rate \(options.rate)",
        "batch rows \(options.batchRows)", "base rows \(options.baseRows ?? 0)", "idle \(options.idleSeconds)",
      ]
    }
  }
}

extension WorkloadStage: CustomStringConvertible {
  /// A description such as `filter 1% near`, `step 3, trained on the first tenth` or `before`.
  public var description: String {
    switch self {
    case .filtered(let filter): "filter \(filter)"
    case .drift(let step, .none), .drift(let step, .itself): "step \(step)"
    case .drift(let step, .first): "step \(step), trained on the first tenth"
    case .drift(let step, .each): "step \(step), trained at each"
    case .ingest(.writing(let tenth), _): "writing tenth \(tenth)"
    case .ingest(let phase, _): phase.rawValue
    }
  }
}
