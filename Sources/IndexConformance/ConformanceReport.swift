import VectorSearch

/// One error that a check has found in an index.
public struct ConformanceFinding: Sendable, Equatable, CustomStringConvertible {
  /// The check that found it.
  public let check: ConformanceCheck
  /// The seed of the check; the same seed gives the same finding.
  public let seed: UInt64
  /// One line: the operation, the expected result and the actual result.
  public let message: String

  /// The check's name, the seed and the message, in one line.
  public var description: String { "\(check.rawValue) (seed \(seed)): \(message)" }
}

/// The result of `IndexSetup.checkConformance`: the checks that were run or skipped, and their findings.
public struct ConformanceReport: Sendable {
  /// The result of one check.
  public struct Result: Sendable {
    /// The check.
    public let check: ConformanceCheck
    /// Why the check was skipped; `nil` if it was run.
    public let skipped: String?
    /// The first findings of the check, at most `mostFindings`.
    public let findings: [ConformanceFinding]
    /// The total number of findings.
    public let findingCount: Int
  }

  /// The number of findings that are kept for each check; further ones are only counted.
  public static let mostFindings = 5

  /// The kind of the index, from its declaration.
  public let kind: String
  /// The metric of the setup.
  public let metric: Metric
  /// The number of components of the stored vectors.
  public let dimension: Int
  /// The seed of all checks.
  public let seed: UInt64
  /// The length of the random history.
  public let operations: Int
  /// One result for each requested check, in that order.
  public let results: [Result]

  /// The kept findings of all checks.
  public var findings: [ConformanceFinding] { results.flatMap(\.findings) }

  /// Whether at least one check was run, and no check found an error.
  public var passed: Bool {
    results.contains { $0.skipped == nil } && results.allSatisfy { $0.findingCount == 0 }
  }
}

extension ConformanceReport: CustomStringConvertible {
  /// Plain text: a table of the checks, all kept findings, and for each failed check the call that repeats it.
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
  /// The text of the check's result in the table.
  fileprivate var outcome: String {
    if let skipped { return "skipped: \(skipped)" }
    switch findingCount {
    case 0: return "passed"
    case 1: return "failed, 1 finding"
    default: return "failed, \(findingCount) findings"
    }
  }
}
