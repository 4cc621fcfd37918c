/// What a gate found.
public struct GateReport: Sendable, Codable {
  /// Of the JSON form.
  public static let formatVersion = 1

  /// What came of one check, or of all.
  public enum Verdict: String, Sendable, Codable, CaseIterable {
    case passed
    /// Worse by more than is tolerated.
    case regression
    /// Better by more than would be tolerated the other way.
    case improvement
    /// The figures must not be held against each other.
    case incomparable
    /// Too few rounds, or too few earlier runs.
    case insufficient
  }

  /// One figure of one cell, or of one front at one recall.
  public struct Check: Sendable, Codable {
    public var dataset: String
    /// What the sweep calls the index.
    public var index: String
    /// The cell's parameters, or `front at recall 0.95`.
    public var subject: String
    /// The same as tables have it, see `Comparison.Options.namesInFull`.
    public var name: String
    public var k: Int
    public var mode: SearchMode
    public var threads: Int
    /// As in `gate.yml`; `measured` for a cell that was not measured by both runs.
    public var metric: String
    public var base: Double?
    public var head: Double?
    /// Head − base of a recall, as a share; head ÷ base of all else.
    public var change: Double?
    /// Of the change, at 95 % confidence.
    public var interval: Interval?
    /// A share.
    public var tolerance: Double
    /// By how much the noise of the base's earlier runs widens the tolerance, a share.
    public var widening: Double = 0
    /// The probability of such a loss beyond the tolerance by chance, adjusted for all checks; nil where the noise of
    /// earlier runs decides.
    public var pValue: Double?
    public var verdict: Verdict = .passed
    /// What there is to say, one line; empty for most.
    public var note: String = ""
    /// How both runs ended of a cell that was not measured by both; nil for a figure.
    public var statuses: Statuses?

    /// Whether its figures are shares, told in points.
    public var isOfShare: Bool { Figure.compared(named: metric)?.isShare == true }

    /// The metric of a check of a cell that was not measured by both runs.
    static let measured = "measured"
    /// The status of a cell that a run's plan does not have.
    static let notAskedFor = "not asked for"
    /// The status of a cell that a run may have planned, and ended before.
    static let notReached = "not reached"
  }

  /// A `CellStatus` of each run, `not asked for`, or `not reached` by a run that did not come to its end.
  public struct Statuses: Sendable, Hashable, Codable {
    public var base: String
    public var head: String
    /// The earlier run that measured the cell in place of the base; nil for the base itself.
    public var baseRun: Int?
  }

  /// Something about a whole run that decides too.
  public struct Problem: Sendable, Codable {
    public var text: String
    public var verdict: Verdict
  }

  public let version: Int
  public let base: Comparison.Run
  public let head: Comparison.Run
  public let isInterleaved: Bool
  public let alpha: Double
  public let checks: [Check]
  /// Runs that did not come to their end.
  public let problems: [Problem]
  /// Rules of the configuration, from 1, that are about no dataset and index of these runs.
  public let unusedRules: [Int]
  /// The earlier runs whose figures stand for cells that the base did not measure.
  public let baseRuns: [Int]
  /// Why raw results were not used, one line each.
  public let rawProblems: [String]
  /// Of all checks together: a regression weighs most, then what could not be judged.
  public let verdict: Verdict

  init(_ comparison: Comparison, alpha: Double, checks: [Check], unusedRules: [Int]) {
    version = Self.formatVersion
    base = comparison.base
    head = comparison.head
    isInterleaved = comparison.isInterleaved
    self.alpha = alpha
    self.checks = checks
    self.unusedRules = unusedRules
    baseRuns = Set(comparison.cells.compactMap(\.baseRun) + comparison.unmatched.compactMap(\.baseRun)).sorted()
    rawProblems = comparison.rawProblems
    problems = Self.problems(comparison)
    let verdicts = Set(checks.map(\.verdict) + problems.map(\.verdict))
    // Cells that neither run can measure are no proof of anything.
    let isEmpty = checks.allSatisfy { $0.statuses != nil && $0.verdict == .passed }
    verdict =
      [.regression, .incomparable, .insufficient, .improvement].first(where: verdicts.contains)
      ?? (isEmpty ? .incomparable : .passed)
  }

  private static func problems(_ comparison: Comparison) -> [Problem] {
    var problems: [Problem] = []
    if !comparison.head.isFinished {
      problems.append(
        Problem(text: "the head, \(comparison.head.unfinished); --resume continues it", verdict: .regression))
    }
    if comparison.unknownOfBase > 0 {
      let count = comparison.unknownOfBase
      problems.append(
        Problem(
          text: "the base, \(comparison.base.unfinished); the head may lack \(count) of them", verdict: .insufficient))
    }
    return problems
  }

  /// How many checks ended so.
  public func count(_ verdict: Verdict) -> Int { checks.count { $0.verdict == verdict } }
}
