import VectorIndexes

/// The work that a sweep does with its indexes.
public enum Workload: Sendable, Hashable {
  /// Builds each index over the whole dataset and measures its searches.
  case search
  /// Builds each index over the whole dataset with metadata, and measures searches with each of these filters.
  case filtered([FilterChoice])
  /// Grows each index over a dataset whose distribution drifts, and measures its searches after each tenth.
  case drift
  /// Writes vectors at a set rate while readers search.
  case ingest(IngestOptions)
  /// Sends requests to each index at set rates, and measures the time from the due time of each request to its answer.
  case load(LoadOptions)
  /// Follows the runbook of each dataset, and measures searches at its searching steps.
  case runbook(RunbookFile)

  /// The number of parts into which `drift` divides a dataset.
  public static let driftSteps = 10

  /// The names of all workloads.
  public static let names = ["search", "filtered", "drift", "ingest", "load", "runbook"]

  /// The workload of that name with its default options; `nil` for an unknown name.
  public init?(name: String) {
    switch name {
    case "search": self = .search
    case "filtered": self = .filtered(FilterChoice.standard)
    case "drift": self = .drift
    case "ingest": self = .ingest(IngestOptions())
    case "load": self = .load(LoadOptions())
    case "runbook": self = .runbook(.none)
    default: return nil
    }
  }

  public var name: String {
    switch self {
    case .search: "search"
    case .filtered: "filtered"
    case .drift: "drift"
    case .ingest: "ingest"
    case .load: "load"
    case .runbook: "runbook"
    }
  }
}

extension Workload {
  /// The stages at which searches of an index are measured, in order; `nil` stands for a finished index.
  ///
  /// - Parameter shape: the dataset.
  func stages(of subject: Subject, on shape: DatasetShape) -> [WorkloadStage?] {
    switch self {
    case .search: [nil]
    case .filtered(let filters): filters.map { WorkloadStage.filtered($0) }
    case .drift:
      (1...Workload.driftSteps).flatMap { step in
        RunbookTraining.ways(of: subject).map { WorkloadStage.drift(step: step, training: $0) }
      }
    case .ingest(var options):
      IngestPhase.all(isSearched: options.readers > 0).map { phase in
        options.baseRows = options.baseRows ?? shape.trainSize / 2
        return WorkloadStage.ingest(phase: phase, options: options)
      }
    case .load(let options):
      options.rates.map { rate in
        .load(LoadPoint(rate: rate, schedule: options.schedule, seconds: options.seconds, mix: options.mix))
      }
    case .runbook(let file):
      ((try? file.runbook(for: shape.name)) ?? nil).map { runbook in
        let reference = RunbookReference(runbook)
        return runbook.searches.flatMap { step in
          RunbookTraining.ways(of: subject).map { WorkloadStage.runbook(step: step, training: $0, of: reference) }
        }
      } ?? []
    }
  }

  /// The sweep with the settings that the workload prescribes.
  func adjusted(_ sweep: Sweep) -> Sweep {
    var sweep = sweep
    switch self {
    case .search, .drift, .runbook: break
    // A batch has one filter for all its queries.
    case .filtered: sweep.modes = [.single]
    case .ingest(let options):
      (sweep.rounds, sweep.modes, sweep.threads) = (1, [.single], [max(options.readers, 1)])
    case .load(let options): (sweep.modes, sweep.threads) = ([.single], [options.clients])
    }
    return sweep
  }

  /// Refuses an index or a dataset to which the workload does not apply.
  ///
  /// - Parameter k: the greatest number of neighbours that is requested.
  /// - Throws: `BenchError.notFiltered`, `.onlySearched`, `.notWrittenWhileSearched`, `.oneClient`, `.runbook`,
  ///   `.tooFewRows`, `.tooFewRowsToWrite`, `.tooManyRequests`.
  func check(_ subject: Subject, on shape: DatasetShape, k: Int) throws(BenchError) {
    switch self {
    case .search: break
    case .filtered:
      guard subject.canFilter else { throw .notFiltered(kind: subject.kind) }
      guard shape.trainSize >= k else { throw .tooFewRows(name: shape.name, rows: shape.trainSize, k: k) }
    case .drift:
      guard subject.takesUpdates else { throw .onlySearched(kind: subject.kind) }
      let first = shape.trainSize / Workload.driftSteps
      guard first >= k else { throw .tooFewRows(name: "the first tenth of \(shape.name)", rows: first, k: k) }
    case .ingest(let options):
      guard subject.ingestingType != nil else { throw .notWrittenWhileSearched(kind: subject.kind) }
      let baseRows = options.baseRows ?? shape.trainSize / 2
      guard baseRows >= k else { throw .tooFewRows(name: "the base of \(shape.name)", rows: baseRows, k: k) }
      guard shape.trainSize - baseRows >= IngestPhase.tenths else {
        throw .tooFewRowsToWrite(
          name: shape.name, rows: shape.trainSize, baseRows: baseRows, needed: IngestPhase.tenths)
      }
    case .load(let options):
      if let rate = options.rates.max(), Double(rate) * options.seconds > Double(LoadPoint.mostRequests) {
        throw .tooManyRequests(rate: rate, seconds: options.seconds, most: LoadPoint.mostRequests)
      }
      if case .python = subject.foreign { throw .oneClient(kind: subject.kind) }
      guard options.mix == nil || subject.type is any ConcurrentlyMutableIndex.Type else {
        throw .notWrittenWhileSearched(kind: subject.kind)
      }
    case .runbook(let file):
      guard subject.takesUpdates else { throw .onlySearched(kind: subject.kind) }
      do throws(RunbookError) {
        try file.runbook(for: shape.name).check(rows: shape.trainSize, k: k)
      } catch {
        throw .runbook(error)
      }
    }
  }
}
