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

  /// What a finding is about: its worst change may be at another cell when it is measured again.
  private struct Subject: Hashable {
    let dataset: String
    let index: String
    let k: Int
    let mode: SearchMode
    let threads: Int
    let metric: String

    init(_ check: Check) {
      (dataset, index, k) = (check.dataset, check.index, check.k)
      (mode, threads, metric) = (check.mode, check.threads, check.metric)
    }
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
  /// A finding that the second measurement could not judge stays a regression.
  ///
  /// - Parameters:
  ///   - second: the report of the cells that were measured again.
  public func confirmed(by second: GateReport) -> GateReport {
    let judged = second.checks.filter { $0.statuses == nil && !$0.isUndecided }
    let groups = Dictionary(grouping: judged, by: Subject.init)
    var report = self
    var (suspected, confirmed): (Set<Subject>, Set<Subject>) = ([], [])
    for place in checks.indices where checks[place].verdict == .regression && checks[place].statuses == nil {
      let subject = Subject(checks[place])
      guard let group = groups[subject] else { continue }
      suspected.insert(subject)
      let again = GateFinding.sorted(group.filter { $0.verdict == .regression })
      if let worst = again.first {
        confirmed.insert(subject)
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
