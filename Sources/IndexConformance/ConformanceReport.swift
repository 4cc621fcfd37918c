import VectorSearch

/// What one check has found wrong with an index.
public struct ConformanceFinding: Sendable, Equatable, CustomStringConvertible {
  /// The check that found it.
  public let check: ConformanceCheck
  /// The seed that the check was run with; the same seed finds the same again.
  public let seed: UInt64
  /// One line: what was done, what was expected and what was found.
  public let message: String

  /// The check's name, the seed and the message, in one line.
  public var description: String { "\(check.rawValue) (seed \(seed)): \(message)" }
}

/// What `IndexSetup.checkConformance` has checked, left out and found.
public struct ConformanceReport: Sendable {
  /// What became of one check.
  public struct Result: Sendable {
    /// The check.
    public let check: ConformanceCheck
    /// Why the check was not run; nil for one that was.
    public let skipped: String?
    /// The first findings of the check, at most `mostFindings`.
    public let findings: [ConformanceFinding]
    /// How many findings there were in all.
    public let findingCount: Int
  }

  /// How many findings of one check are kept; further ones are counted.
  public static let mostFindings = 5

  /// The kind of index, as its declaration names it.
  public let kind: String
  /// The metric of the setup.
  public let metric: Metric
  /// Components of the vectors that were stored.
  public let dimension: Int
  /// The seed that every check was run with.
  public let seed: UInt64
  /// The length of the random history.
  public let operations: Int
  /// One result for each check that was asked for, in that order.
  public let results: [Result]

  /// The kept findings of all checks.
  public var findings: [ConformanceFinding] { results.flatMap(\.findings) }

  /// Whether at least one check was run and none found anything.
  public var passed: Bool {
    results.contains { $0.skipped == nil } && results.allSatisfy { $0.findingCount == 0 }
  }
}

extension ConformanceReport: CustomStringConvertible {
  /// Plain text: a table of the checks, all kept findings, and the calls that repeat the checks that found something.
  public var description: String {
    let failed = results.filter { $0.findingCount > 0 }
    let skipped = results.count { $0.skipped != nil }
    let counts = "\(results.count - skipped) checks run, \(failed.count) failed, \(skipped) skipped"
    var lines = ["\(kind), \(metric.rawValue), dimension \(dimension), seed \(seed): \(counts)", ""]
    let width = results.map(\.check.rawValue.count).max() ?? 0
    for result in results {
      let name = result.check.rawValue
      lines.append("\(name)\(String(repeating: " ", count: width - name.count))  \(result.outcome)")
    }
    guard !failed.isEmpty else { return lines.joined(separator: "\n") }
    lines.append("")
    for result in failed {
      lines += result.findings.map(\.description)
      let further = result.findingCount - result.findings.count
      if further > 0 { lines.append("\(result.check.rawValue): \(further) more") }
    }
    lines += ["", "Run one check again:"]
    for result in failed { lines.append("  " + call(repeating: result.check)) }
    return lines.joined(separator: "\n")
  }

  private func call(repeating check: ConformanceCheck) -> String {
    let length = check == .randomOperations ? ", operations: \(operations)" : ""
    return "checkConformance(only: [.\(check)], seed: \(seed)\(length))"
  }
}

extension ConformanceReport.Result {
  /// What the table says of the check.
  fileprivate var outcome: String {
    if let skipped { return "skipped: \(skipped)" }
    switch findingCount {
    case 0: return "passed"
    case 1: return "failed, 1 finding"
    default: return "failed, \(findingCount) findings"
    }
  }
}
