import Foundation
import VectorCore

/// What was found wrong, or worth knowing, with a dataset before anything is measured on it.
///
/// `Dataset.load` makes the quick ones of these checks by itself and refuses what fails.
public struct Preflight: Sendable {
  /// One thing that is looked at.
  public enum Check: String, CaseIterable, Sendable {
    case shapes = "shapes and types"
    case finite = "finite components"
    case overflow = "wrapped integers"
    case zeros = "zero vectors"
    case duplicates = "repeated rows"
    case leaks = "queries in train"
    case likeness = "queries like train"
    case ids = "ids in range"
    case gaps = "places without neighbour"
    case repetitions = "repeated neighbours"
    case distances = "stated distances"
    case order = "nearest first"
    case ties = "ties at k"
    case contrast = "contrast"
    case truth = "truth re-computed"
  }

  public enum Verdict: String, Sendable {
    case passed = "ok"
    /// Nothing is wrong, but a reader of the results should know.
    case noted = "note"
    /// Recall is right, but the figures may not mean what their reader takes them for.
    case warned = "warn"
    case failed = "FAILED"
    /// It needs something that is not there, or is wrong itself.
    case skipped = "-"
  }

  /// What came of a check.
  public struct Finding: Sendable, Equatable {
    public let check: Check
    public let verdict: Verdict
    /// Figures and the first place; for a failed check also what recall it would falsify. One line.
    public let detail: String
  }

  public struct Options: Sendable {
    /// Neighbours that are going to be asked for.
    public var k = 10
    /// Queries whose truth is computed again.
    public var sample = 32
    /// Which queries those are.
    public var seed: UInt64 = 0
    public var threads = UsableProcessors.count

    public init() {}
  }

  /// One for each check that has a meaning for the file, in their order.
  public let findings: [Finding]

  /// How many checks failed.
  public var failures: Int { findings.count { $0.verdict == .failed } }

  /// Makes every check that a file allows, whatever fails before.
  ///
  /// - Parameters:
  ///   - path: what `Dataset.load` takes, or a single table (`.fvecs`, `.npy`, …), whose vectors alone are looked at.
  ///   - name: nil for the file's name without its ending.
  ///   - metric: for a file that does not say.
  ///   - progress: is told what begins.
  /// - Throws: `DatasetError` for a file whose parts cannot be opened or read at all.
  /// - Complexity: O(n·d + q·depth·d + sample·n·d).
  public init(
    path: String, name: String? = nil, metric: Metric? = nil, options: Options = Options(),
    progress: @escaping (Check) -> Void = { _ in }
  ) throws(DatasetError) {
    var run = PreflightRun(options: options, progress: progress)
    if SparseMatrix.reads(path) {
      try run.check(try SparseMatrix(path))
    } else if TableFile.isOne(path) {
      try run.check(try TableFile.open(path, part: "table").table)
    } else {
      try run.check(try StoredDataset.open(path: path, name: name, metric: metric, truth: .optional))
    }
    findings = run.finish()
  }
}

// MARK: - What every load checks

extension Preflight {
  /// How many queries' neighbours are held against the vectors at every load: it takes milliseconds.
  private static let quickSample = 16
  /// Rows that none of these queries may be nearer to than to its neighbours, unless they are stated.
  private static let sampledRows = 64
  /// The same among the last rows, where none of them is stated.
  private static let sampledLastRows = 16_384

  /// Refuses a ground truth that recall must not be judged by, as far as that shows quickly.
  ///
  /// - Throws: `DatasetError.neighbors`. - Complexity: O(q·depth + sample·depth·d).
  static func checkQuickly(_ dataset: Dataset) throws(DatasetError) {
    let check = NeighborCheck(dataset, standard: .recall)
    var random = SeededGenerator(seed: 0)
    let sample = random.sample(min(quickSample, dataset.test.rows), below: dataset.test.rows)
    func refuse(_ queries: some Sequence<Int>, _ look: (Int) -> NeighborFault?) throws(DatasetError) {
      for query in queries {
        guard let fault = look(query) else { continue }
        let explanation = fault.isOfList ? nil : TruthExplanation.explaining(dataset, queries: [query] + sample)
        throw .neighbors(path: dataset.path, query: query, fault, explanation: explanation)
      }
    }
    try refuse(sample, check.wrongDistance)
    try refuse(0..<dataset.test.rows) { check.gap(of: $0) ?? check.repetition(of: $0) ?? check.misplacement(of: $0) }
    let rows = random.spread(sampledRows, below: dataset.train.rows)
    try refuse(sample) { check.omission(of: $0, among: rows) }
    // Among the neighbours of many queries are some of the last rows, unless those rows were not there.
    guard dataset.leavesLastRowsOut else { return }
    let reach = dataset.groundTruth.reach
    let last = random.spread(sampledLastRows, below: dataset.train.rows - reach).map { reach + $0 }
    let gathered = dataset.train.gathering(last)
    try refuse(sample) { check.omission(of: $0, among: check.candidates($0, among: last, gathered)) }
  }
}
