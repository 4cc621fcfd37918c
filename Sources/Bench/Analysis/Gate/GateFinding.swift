import Foundation

/// What a gate found out about one figure of one index: all of its checks with the same verdict.
///
/// One slowdown shows in many cells, and again at each recall of the front, but it is one finding.
public struct GateFinding: Sendable {
  /// The checks, the worst first.
  public let checks: [GateReport.Check]

  /// The check with the greatest change.
  public var worst: GateReport.Check { checks[0] }
  public var verdict: GateReport.Verdict { worst.verdict }
  public var metric: String { worst.metric }

  /// The number of checks that concern a cell, and that concern a front.
  public var counts: (cells: Int, fronts: Int) {
    let fronts = checks.count(where: \.isOfFront)
    return (checks.count - fronts, fronts)
  }

  /// The checks by the size of their change, the greatest first.
  static func sorted(_ checks: [GateReport.Check]) -> [GateReport.Check] { checks.sorted { $0.severity > $1.severity } }
}

extension GateReport {
  /// The findings, without checks that passed and cells that were not measured: by verdict, then by size.
  public var findings: [GateFinding] {
    struct Place: Hashable {
      let verdict: Verdict
      let topic: Check.Topic
      /// Checks without a verdict are told apart by the reason.
      let note: String
    }
    let groups = checks.filter { $0.statuses == nil && $0.verdict != .passed }.grouped { check in
      Place(verdict: check.verdict, topic: check.topic, note: check.isUndecided ? check.note : "")
    }
    let findings = groups.map { GateFinding(checks: GateFinding.sorted($0.elements)) }
    return [Verdict.regression, .incomparable, .insufficient, .improvement].flatMap { verdict in
      findings.filter { $0.verdict == verdict }.sorted { $0.worst.severity > $1.worst.severity }
    }
  }
}

extension GateReport.Check {
  /// What a check has in common with those of other cells of the index: a finding is about one topic.
  struct Topic: Hashable {
    let dataset: String
    let index: String
    let k: Int
    let mode: SearchMode
    let threads: Int
    let metric: String
  }

  var topic: Topic { Topic(dataset: dataset, index: index, k: k, mode: mode, threads: threads, metric: metric) }

  /// Whether it concerns a front at a recall, and not a cell.
  var isOfFront: Bool { subject.hasPrefix(Self.frontPrefix) }

  static let frontPrefix = "front at recall "

  /// Whether nothing could be judged; the note has the reason.
  public var isUndecided: Bool { [.incomparable, .insufficient].contains(verdict) }

  /// The size of the change, comparable between figures: a tenth of a point of recall counts like a percent of others.
  /// It is infinite for a figure that one side does not have.
  fileprivate var severity: Double {
    guard let change else { return .infinity }
    return isOfShare ? abs(change) * 1000 : abs(log(change)) * 100
  }
}
