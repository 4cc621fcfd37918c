import VectorCore
import VectorSearch

/// One run of a check on an index with one seed, and its findings so far.
final class CheckRun<Index: MutableVectorIndex & DeclaredIndex> {
  let setup: IndexSetup<Index>
  let check: ConformanceCheck
  let seed: UInt64
  private(set) var findings: [ConformanceFinding] = []
  private(set) var findingCount = 0
  /// The last operations on the index, for messages.
  var situation = ""

  init(_ setup: IndexSetup<Index>, _ check: ConformanceCheck, seed: UInt64) {
    self.setup = setup
    self.check = check
    self.seed = seed
  }

  /// Runs the check, or returns the reason why it does not apply.
  func result(operations: Int, invariants: (Index) throws -> Void) -> ConformanceReport.Result {
    let skipped = reasonToSkip
    if skipped == nil {
      do { try run(operations: operations, invariants: invariants) } catch { recordUnexpected(error) }
    }
    return ConformanceReport.Result(check: check, skipped: skipped, findings: findings, findingCount: findingCount)
  }

  private func run(operations: Int, invariants: (Index) throws -> Void) throws {
    switch check {
    case .filling: try checkFilling()
    case .answers: try checkAnswers()
    case .ties: try checkTies()
    case .conflictRules: try checkConflictRules()
    case .refusedBatches: try checkRefusedBatches()
    case .removal: try checkRemoval()
    case .training: try checkTraining()
    case .retraining: try checkRetraining()
    case .emptyAnswers: try checkEmptyAnswers()
    case .zeros: try checkZeros()
    case .hugeValues: try checkHugeValues()
    case .refusedSearches: try checkRefusedSearches()
    case .filters: try checkFilters()
    case .determinism: try checkDeterminism()
    case .batches: try checkBatches()
    case .concurrentSearches: try checkConcurrentSearches()
    case .statistics: try checkStatistics()
    case .randomOperations: try checkRandomOperations(operations, invariants: invariants)
    }
  }

  private var reasonToSkip: String? {
    switch check {
    case .training where !(Index.self is any TrainableIndex.Type): "the index is not trainable"
    case .training where Index.self is any SelfTrainingIndex.Type: "the index trains itself"
    case .training where setup.trainingVectors == 0: "the setup has no training vectors"
    case .retraining where !(Index.self is any TrainableIndex.Type): "the index is not trainable"
    case .hugeValues where !setup.hasTrueDistances: "the index has no true distances"
    default: nil
    }
  }

  /// Records a finding in the present situation.
  func record(_ message: String) {
    findingCount += 1
    guard findings.count < ConformanceReport.mostFindings else { return }
    let text = situation.isEmpty ? message : "\(situation); \(message)"
    findings.append(ConformanceFinding(check: check, seed: seed, message: text))
  }

  /// Records an error where none was expected.
  func recordUnexpected(_ error: any Error) { record("expected no error, found \(text(of: error))") }

  // MARK: Indexes and vectors of this run

  /// Random vectors from the seed of the run; `stream` distinguishes those within one check.
  func vectors(_ count: Int, _ kind: RandomVectors = .uniform, stream: UInt64) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return setup.vectors(count, kind, seed: generator.next() &+ stream)
  }

  /// One random vector from the seed of the run.
  func vector(stream: UInt64) -> [Float] { vectors(1, stream: stream).array(0) }

  /// An empty index, trained if it is trainable.
  func makeReady() throws -> Index { try setup.makeReady(seed: seed) }

  /// A trained index that holds `vectors` under the ids 0, 1, ….
  func makeFilled(with vectors: Matrix) throws -> Index { try setup.makeFilled(with: vectors, seed: seed) }

  /// The answer to one search with the setup's search parameters.
  func find(_ query: [Float], k: Int, in index: Index, filter: Filter? = nil) throws -> [Neighbor] {
    try setup.find(query, k: k, in: index, filter: filter)
  }
}
