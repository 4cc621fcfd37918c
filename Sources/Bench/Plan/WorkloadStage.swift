/// The stage of a workload at which a cell is measured.
public enum WorkloadStage: Sendable, Hashable, Codable {
  /// Searches with a filter.
  case filtered(FilterChoice)
  /// After a step of a `drift`, counted from 1.
  case drift(step: Int, training: RunbookTraining)
  /// During a phase of an `ingest`; `options` has the number of base rows.
  case ingest(phase: IngestPhase, options: IngestOptions)
  /// At one rate of a `load`.
  case load(LoadPoint)
  /// At a searching step of a runbook, counted from 1 over all steps.
  case runbook(step: Int, training: RunbookTraining, of: RunbookReference)

  /// The workload's name.
  public var workload: String {
    switch self {
    case .filtered: "filtered"
    case .drift: "drift"
    case .ingest: "ingest"
    case .load: "load"
    case .runbook: "runbook"
    }
  }

  /// The filter, the step's number, the phase, or the rate: `1% near`, `3`, `before`, `1000`.
  public var name: String {
    switch self {
    case .filtered(let filter): "\(filter)"
    case .drift(let step, _): "\(step)"
    case .ingest(let phase, _): phase.rawValue
    case .load(let point): "\(point.rate)"
    case .runbook(let step, _, _): "\(step)"
    }
  }

  /// How the index is trained at a step of a `drift` or a runbook; `nil` for other workloads.
  public var training: RunbookTraining? {
    switch self {
    case .drift(_, let training), .runbook(_, let training, _): training
    case .filtered, .ingest, .load: nil
    }
  }

  /// The same stage without its training.
  public var untrained: WorkloadStage {
    switch self {
    case .drift(let step, _): .drift(step: step, training: .none)
    case .runbook(let step, _, let runbook): .runbook(step: step, training: .none, of: runbook)
    case .filtered, .ingest, .load: self
    }
  }

  /// Whether the stage may have nothing to measure, for example when no memtable was flushed.
  var isOccasional: Bool {
    if case .ingest(let phase, _) = self { phase == .freezing || phase == .flushing } else { false }
  }

  /// The further properties that distinguish the stage, as lines of a `CellKey`.
  var keyLines: [String] {
    switch self {
    case .filtered(let filter): ["filter \(filter)", "metadata \(FilterChoice.metadataVersion)"]
    case .drift(let step, let training): ["step \(step)", "training \(training.rawValue)"]
    case .ingest(let phase, let options):
      [
        "phase \(phase.rawValue)", "readers \(options.readers)", "rate \(options.rate)",
        "batch rows \(options.batchRows)", "base rows \(options.baseRows ?? 0)", "idle \(options.idleSeconds)",
      ]
    case .load(let point):
      ["rate \(point.rate)", "schedule \(point.schedule.rawValue)", "seconds \(point.seconds)"]
        + (point.mix.map { ["mix \($0)"] } ?? [])
    case .runbook(let step, let training, let runbook):
      ["step \(step)", "training \(training.rawValue)", "runbook \(runbook.sha256)"]
    }
  }
}

extension WorkloadStage: CustomStringConvertible {
  /// A description such as `filter 1% near`, `step 3, trained on the first tenth`, `before` or `1000 requests/s`.
  public var description: String {
    switch self {
    case .filtered(let filter): "filter \(filter)"
    case .drift(let step, .none), .drift(let step, .itself): "step \(step)"
    case .drift(let step, .first): "step \(step), trained on the first tenth"
    case .drift(let step, .each): "step \(step), trained at each"
    case .ingest(.writing(let tenth), _): "writing tenth \(tenth)"
    case .ingest(let phase, _): phase.rawValue
    case .load(let point): "\(point.rate) requests/s"
    case .runbook(let step, .none, _), .runbook(let step, .itself, _): "step \(step)"
    case .runbook(let step, .first, _): "step \(step), trained once"
    case .runbook(let step, .each, _): "step \(step), trained again"
    }
  }
}
