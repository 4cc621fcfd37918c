/// The findings of a gate.
public struct GateReport: Sendable, Codable {
  /// The version of the JSON form.
  public static let formatVersion = 1

  /// The verdict of one check, or of all checks.
  public enum Verdict: String, Sendable, Codable, CaseIterable {
    case passed
    /// Worse by more than the tolerance.
    case regression
    /// Better by more than the tolerance.
    case improvement
    /// The figures must not be compared.
    case incomparable
    /// There are too few rounds, or too few earlier runs.
    case insufficient
  }

  /// The check of one figure of one cell, or of one front at one recall.
  public struct Check: Sendable, Codable {
    public var dataset: String
    /// The name of the index in the sweep.
    public var index: String
    /// The cell's parameters, or `front at recall 0.95`.
    public var subject: String
    /// The short name that tables show, see `Comparison.Options.namesInFull`.
    public var name: String
    public var k: Int
    public var mode: SearchMode
    public var threads: Int
    /// The metric as in `gate.yml`; `measured` for a cell that was not measured by both runs.
    public var metric: String
    public var base: Double?
    public var head: Double?
    /// Head − base for a recall, as a fraction; head ÷ base for any other figure.
    public var change: Double?
    /// The 95 % confidence interval of the change.
    public var interval: Interval?
    /// The tolerance, as a fraction.
    public var tolerance: Double
    /// The fraction by which the noise of the base's earlier runs widens the tolerance.
    public var widening: Double = 0
    /// The p-value of a loss beyond the tolerance, adjusted for all checks; `nil` when the noise of earlier runs
    /// decides.
    public var pValue: Double?
    public var verdict: Verdict = .passed
    /// A remark in one line; empty for most checks.
    public var note: String = ""
    /// The statuses in both runs of a cell that was not measured by both; `nil` for a figure.
    public var statuses: Statuses?
    /// The change in a second measurement of what looked worse; `nil` when there was none.
    public var changeAgain: Double?
    /// The number, from 1, of the accepted change in `gate.yml` with which the head was compared in place of the base;
    /// `nil` when there is none.
    public var accepted: Int?

    /// Whether its figures are fractions, shown in points.
    public var isOfShare: Bool { Figure.compared(named: metric)?.isShare == true }

    /// The metric of a check that concerns a cell which was not measured by both runs.
    static let measured = "measured"
    /// The status of a cell that is not in a run's plan.
    static let notAskedFor = "not asked for"
    /// The status of a cell that an unfinished run may have planned.
    static let notReached = "not reached"
  }

  /// A `CellStatus` of each run; `not asked for`, or `not reached` for a run that is unfinished.
  public struct Statuses: Sendable, Hashable, Codable {
    public var base: String
    public var head: String
    /// The earlier run that measured the cell in place of the base; `nil` for the base itself.
    public var baseRun: Int?
  }

  /// A property of a whole run that also decides the verdict.
  public struct Problem: Sendable, Codable {
    public var text: String
    public var verdict: Verdict
  }

  public let version: Int
  public let base: Comparison.Run
  public let head: Comparison.Run
  public let isInterleaved: Bool
  public let alpha: Double
  public internal(set) var checks: [Check]
  /// The runs that are unfinished.
  public let problems: [Problem]
  /// The accepted changes that apply to this base and these runs.
  public let accepted: [AcceptedChange]
  /// The number of accepted changes that were accepted for another base, and do not apply.
  public let acceptedOfOtherBases: Int
  /// The numbers, from 1, of the configuration's rules that match no dataset and index of these runs.
  public let unusedRules: [Int]
  /// The earlier runs whose figures stand for cells that the base did not measure.
  public let baseRuns: [Int]
  /// The reasons why raw results were not used, one line each.
  public let rawProblems: [String]
  /// The verdict of all checks together: a regression takes precedence, then a figure that could not be judged.
  public private(set) var verdict: Verdict
  /// The second measurement of what looked worse; `nil` when there was none.
  public internal(set) var confirmation: Confirmation?

  init(
    _ comparison: Comparison, alpha: Double, checks: [Check], accepted: [AcceptedChange], acceptedOfOtherBases: Int,
    unusedRules: [Int]
  ) {
    version = Self.formatVersion
    base = comparison.base
    head = comparison.head
    isInterleaved = comparison.isInterleaved
    self.alpha = alpha
    self.checks = checks
    self.accepted = accepted
    self.acceptedOfOtherBases = acceptedOfOtherBases
    self.unusedRules = unusedRules
    baseRuns = Set(comparison.cells.compactMap(\.baseRun) + comparison.unmatched.compactMap(\.baseRun)).sorted()
    rawProblems = comparison.rawProblems
    problems = Self.problems(comparison)
    verdict = .passed
    decide()
  }

  /// Derives the verdict of all checks together.
  mutating func decide() {
    let verdicts = Set(checks.map(\.verdict) + problems.map(\.verdict))
    // Cells that neither run can measure prove nothing.
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

  /// The number of checks with this verdict.
  public func count(_ verdict: Verdict) -> Int { checks.count { $0.verdict == verdict } }
}
