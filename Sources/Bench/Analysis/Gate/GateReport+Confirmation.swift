extension GateReport {
  /// The second measurement of what looked worse.
  public struct Confirmation: Sendable, Codable {
    /// The folder with the ledger of the second measurement, and its runs.
    public let folder: String
    public let base: Int
    public let head: Int
    /// The number of findings that looked worse and were measured again, and of those that were worse again.
    public let suspected: Int
    public let confirmed: Int
  }

  /// The head's cells that are measured again to confirm the regressions: all cells of the indexes that look worse, with
  /// the same k, mode and number of threads, since the fronts need all of them.
  ///
  /// - Returns: an empty list when there is no regression of a figure that was measured in searches of finished indexes.
  public func suspects(among records: [CellRecord]) -> [CellRecord] {
    let suspected = checks.filter { $0.verdict == .regression && $0.statuses == nil }
    return records.filter { record in
      let options = record.planned.options
      return record.status == .ok && options.stage == nil
        && suspected.contains {
          $0.dataset == record.dataset.name && $0.index == record.variant && $0.k == options.k
            && $0.mode == options.mode && $0.threads == options.threads
        }
    }
  }

  /// The report in which only what is worse in a second measurement, too, is a regression.
  ///
  /// A finding that the second measurement could not judge stays a regression. Its worst change may be at another cell when
  /// it is measured again.
  ///
  /// - Parameters:
  ///   - second: the report of the cells that were measured again.
  public func confirmed(by second: GateReport) -> GateReport {
    let judged = second.checks.filter { $0.statuses == nil && !$0.isUndecided }
    let groups = Dictionary(grouping: judged, by: \.topic)
    var report = self
    var (suspected, confirmed): (Set<Check.Topic>, Set<Check.Topic>) = ([], [])
    for place in checks.indices where checks[place].verdict == .regression && checks[place].statuses == nil {
      let topic = checks[place].topic
      guard let group = groups[topic] else { continue }
      suspected.insert(topic)
      let again = GateFinding.sorted(group.filter { $0.verdict == .regression })
      if let worst = again.first {
        confirmed.insert(topic)
        report.checks[place].changeAgain = worst.change
      } else {
        report.checks[place].verdict = .passed
        report.checks[place].changeAgain = group.first { $0.subject == checks[place].subject }?.change
      }
    }
    report.confirmation = Confirmation(
      folder: second.head.folder, base: second.base.number, head: second.head.number, suspected: suspected.count,
      confirmed: confirmed.count)
    report.decide()
    return report
  }
}
