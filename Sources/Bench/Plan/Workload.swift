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

  /// The number of parts into which `drift` divides a dataset.
  public static let driftSteps = 10

  /// The names of all workloads.
  public static let names = ["search", "filtered", "drift", "ingest"]

  /// The workload of that name with its default options; `nil` for an unknown name.
  public init?(name: String) {
    switch name {
    case "search": self = .search
    case "filtered": self = .filtered(FilterChoice.standard)
    case "drift": self = .drift
    case "ingest": self = .ingest(IngestOptions())
    default: return nil
    }
  }

  public var name: String {
    switch self {
    case .search: "search"
    case .filtered: "filtered"
    case .drift: "drift"
    case .ingest: "ingest"
    }
  }
}

extension Workload {
  /// The stages at which searches of an index are measured, in order; `nil` stands for a finished index.
  ///
  /// - Parameter rows: the number of rows of the dataset.
  func stages(of subject: Subject, rows: Int) -> [WorkloadStage?] {
    switch self {
    case .search: [nil]
    case .filtered(let filters): filters.map { WorkloadStage.filtered($0) }
    case .drift:
      (1...Workload.driftSteps).flatMap { step in
        DriftTraining.ways(of: subject).map { WorkloadStage.drift(step: step, training: $0) }
      }
    case .ingest(var options):
      IngestPhase.all(isSearched: options.readers > 0).map { phase in
        options.baseRows = options.baseRows ?? rows / 2
        return WorkloadStage.ingest(phase: phase, options: options)
      }
    }
  }

  /// The sweep with the settings that the workload prescribes.
  func adjusted(_ sweep: Sweep) -> Sweep {
    var sweep = sweep
    switch self {
    case .search, .drift: break
    // A batch has one filter for all its queries.
    case .filtered: sweep.modes = [.single]
    case .ingest(let options):
      (sweep.rounds, sweep.modes, sweep.threads) = (1, [.single], [max(options.readers, 1)])
    }
    return sweep
  }

  /// Refuses an index or a dataset to which the workload does not apply.
  ///
  /// - Parameter k: the greatest number of neighbours that is requested.
  /// - Throws: `BenchError.notFiltered`, `.onlySearched`, `.notWrittenWhileSearched`, `.tooFewRows`, `.tooFewRowsToWrite`.
  func check(_ subject: Subject, on shape: DatasetShape, k: Int) throws(BenchError) {
    switch self {
    case .search: break
    case .filtered:
      guard subject.canFilter else { throw .notFiltered(kind: subject.kind) }
      guard shape.trainSize >= k else { throw .tooFewRows(name: shape.name, rows: shape.trainSize, k: k) }
    case .drift:
      guard subject.type != nil else { throw .onlySearched(kind: subject.kind) }
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
    }
  }
}
