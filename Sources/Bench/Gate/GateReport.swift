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
    public var k: Int
    public var mode: SearchMode
    public var threads: Int
    /// As in `gate.yml`; `measured` for a cell that the head could not measure.
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
  }

  public let version: Int
  public let base: Comparison.Run
  public let head: Comparison.Run
  public let isInterleaved: Bool
  public let alpha: Double
  public let checks: [Check]
  /// Of all checks together: a regression weighs most, then what could not be judged.
  public let verdict: Verdict

  init(_ comparison: Comparison, alpha: Double, checks: [Check]) {
    version = Self.formatVersion
    base = comparison.base
    head = comparison.head
    isInterleaved = comparison.isInterleaved
    self.alpha = alpha
    self.checks = checks
    let verdicts = Set(checks.map(\.verdict))
    verdict =
      checks.isEmpty
      ? .incomparable
      : [.regression, .incomparable, .insufficient, .improvement].first(where: verdicts.contains) ?? .passed
  }

  /// How many checks ended so.
  public func count(_ verdict: Verdict) -> Int { checks.count { $0.verdict == verdict } }
}
