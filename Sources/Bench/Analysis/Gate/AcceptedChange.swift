import Foundation

/// A change that people have accepted: the gate then compares with the accepted figures in place of the base's.
///
/// It is an entry of `accepted` in `gate.yml`. A loss lowers the floor and a gain raises it. The changes are relative to
/// one base, so an entry does not apply once the gate compares with another base.
public struct AcceptedChange: Sendable, Equatable, Codable {
  /// What became of one figure.
  public enum Amount: Sendable, Equatable, Codable {
    /// Head ÷ base.
    case ratio(Double)
    /// Head − base of a fraction.
    case difference(Double)
    /// The head does not have the figure; for a cell that was not measured, its status in the head.
    case ending(String)
  }

  /// The amount for one check: the cell's parameters, or `front at recall 0.95`.
  public struct Part: Sendable, Equatable, Codable {
    public var subject: String
    public var amount: Amount
  }

  public var dataset: String
  /// The name of the index in the sweep.
  public var index: String
  /// The figure as in `gate.yml`; `measured` for cells that were not measured.
  public var figure: String
  public var k: Int
  public var mode: SearchMode
  public var threads: Int
  /// The identity of the base's program, see `Comparison.Run`: its commit when that is known.
  public var base: String
  /// The day on which it was accepted: `2026-11-29`.
  public var date: String
  public var reason: String
  public var parts: [Part]

  /// The text of an ending for a figure that the head does not have.
  static let none = "none"
}

extension AcceptedChange {
  /// The identity of a check, in which a check and its accepted change agree.
  struct Place: Hashable {
    let dataset: String
    let index: String
    let figure: String
    let k: Int
    let mode: SearchMode
    let threads: Int
    let subject: String
  }

  /// The places of all parts.
  var places: [Place] { parts.map { place(of: $0.subject) } }

  func place(of subject: String) -> Place {
    Place(dataset: dataset, index: index, figure: figure, k: k, mode: mode, threads: threads, subject: subject)
  }

  /// The acceptance of a report's regressions and improvements, an entry for each finding, and of cells that the head
  /// has not measured.
  ///
  /// A cell that an unfinished run has not reached cannot be accepted, nor can a figure without a verdict. A figure that
  /// only the head has sets no floor, because the base gives none to compare with.
  ///
  /// - Parameters:
  ///   - day: the day of the acceptance, such as `2026-11-29`.
  ///   - reason: one line.
  static func all(of report: GateReport, day: String, reason: String) -> [AcceptedChange] {
    let absent = report.checks.filter { check in
      check.verdict == .regression && check.statuses.map { $0.head != GateReport.Check.notReached } == true
    }
    let groups =
      report.findings.filter { !$0.worst.isUndecided }
      .map { $0.checks.filter { $0.verdict == .regression || $0.change != nil } }.filter { !$0.isEmpty }
      + absent.grouped(by: \.topic).map(\.elements)
    return groups.map { checks in
      let first = checks[0]
      return AcceptedChange(
        dataset: first.dataset, index: first.index, figure: first.metric, k: first.k, mode: first.mode,
        threads: first.threads, base: report.base.identity, date: day, reason: reason,
        parts: checks.map { Part(subject: $0.subject, amount: $0.amount) })
    }
  }
}

extension GateReport.Check {
  /// The identity of the check among accepted changes.
  var place: AcceptedChange.Place {
    AcceptedChange.Place(
      dataset: dataset, index: index, figure: metric, k: k, mode: mode, threads: threads, subject: subject)
  }

  /// The change of the check in the form in which it is accepted.
  fileprivate var amount: AcceptedChange.Amount {
    if let statuses { return .ending(statuses.head) }
    guard let change else { return .ending(AcceptedChange.none) }
    return isOfShare ? .difference(change) : .ratio(change)
  }
}
