import Foundation

/// Decides whether a head is worse than its base by more than the tolerances.
///
/// For interleaved runs, each speed is tested by the signed ranks of its rounds' log ratios against the tolerance, and
/// all tests together are adjusted by Benjamini and Hochberg; the probability of any alarm is at most `alpha` when
/// nothing has changed. For other runs, a time counts as worse when it is worse than the tolerance in all of its
/// rounds, and worse than the tolerance and the noise of the base's earlier runs together. Recall is tested over paired
/// queries in either case. A cell that the head did not measure is always reported, see `absence`.
public struct Gate: Sendable {
  private let configuration: GateConfiguration
  private let comparison: Comparison
  private let noise: NoiseFloor
  /// The accepted changes of this base by the check that they concern, with their positions in the configuration.
  private let accepted: [AcceptedChange.Place: (amount: AcceptedChange.Amount, entry: Int)]

  /// - Parameters:
  ///   - comparison: the comparison of the two runs, with the fronts at the configuration's recalls.
  ///   - noise: the noise floor of the base.
  public init(_ configuration: GateConfiguration, _ comparison: Comparison, noise: NoiseFloor) {
    self.configuration = configuration
    self.comparison = comparison
    self.noise = noise
    var accepted: [AcceptedChange.Place: (AcceptedChange.Amount, Int)] = [:]
    for (number, entry) in configuration.accepted.enumerated() where entry.base == comparison.base.identity {
      for part in entry.parts { accepted[entry.place(of: part.subject)] = (part.amount, number) }
    }
    self.accepted = accepted
  }

  /// Runs all checks.
  ///
  /// - Complexity: O(cells · (rounds² + earlier runs)).
  public func judge() -> GateReport {
    var drafts = comparison.cells.flatMap(drafts) + comparison.fronts.flatMap(drafts)
    // All tests belong to one family, whatever they test.
    let tested = drafts.indices.filter { drafts[$0].tests != nil }
    let worse = FalseDiscovery.adjusted(tested.compactMap { drafts[$0].tests?.worse })
    let better = FalseDiscovery.adjusted(tested.compactMap { drafts[$0].tests?.better })
    for (place, index) in tested.enumerated() {
      drafts[index].decide(
        worse: worse[place], better: better[place], alpha: configuration.alpha, tests: tested.count)
    }
    let checks = drafts.map(\.check) + comparison.unmatched.map(absence)
    let applied = Set(checks.compactMap(\.accepted)).sorted().map { configuration.accepted[$0 - 1] }
    return GateReport(
      comparison, alpha: configuration.alpha, checks: checks, accepted: applied,
      acceptedOfOtherBases: configuration.accepted.count { $0.base != comparison.base.identity },
      unusedRules: unusedRules)
  }

  /// The accepted change of a check; the check then refers to it.
  ///
  /// - Parameter isMeant: whether the check can have an amount of this kind.
  private func accept(
    _ check: inout GateReport.Check, where isMeant: (AcceptedChange.Amount) -> Bool
  ) -> AcceptedChange.Amount? {
    guard let (amount, entry) = accepted[check.place], isMeant(amount) else { return nil }
    check.accepted = entry + 1
    return amount
  }

  /// The accepted change of a figure that both sides have, for a fraction its difference, for any other the logarithm of
  /// its ratio; 0 when none was accepted.
  private func floorShift(_ check: inout GateReport.Check) -> Double {
    let amount = accept(&check) { if case .ending = $0 { false } else { true } }
    return switch amount {
    case .ratio(let ratio): log(ratio)
    case .difference(let difference): difference
    case .ending, nil: 0
    }
  }

  /// Whether it was accepted that the head does not have the figure, or that it did not measure the cell.
  private func isAccepted(_ check: inout GateReport.Check, ending: String) -> Bool {
    accept(&check) { $0 == .ending(ending) } != nil
  }

  /// The numbers, from 1, of the configuration's rules that name a dataset or an index which neither run has.
  private var unusedRules: [Int] {
    let names =
      comparison.cells.map { ($0.subject.dataset, $0.variant) }
      + comparison.unmatched.map { ($0.subject.dataset, $0.variant) }
    return configuration.rules.indices.filter { place in
      let rule = configuration.rules[place]
      return !names.contains { rule.dataset ?? $0.0 == $0.0 && rule.index ?? $0.1 == $0.1 }
    }.map { $0 + 1 }
  }

  /// A check before the adjustment for all tests.
  private struct Draft {
    var check: GateReport.Check
    /// The p-values of a loss and of a gain; `nil` when the verdict is already known.
    var tests: (worse: Double, better: Double)?
    /// The number of rounds that were tested; `nil` for a test over queries.
    var rounds: Int?

    mutating func decide(worse: Double, better: Double, alpha: Double, tests: Int) {
      check.pValue = worse
      if worse <= alpha {
        check.verdict = .regression
      } else if better <= alpha {
        check.verdict = .improvement
      } else if let rounds, SignedRank.leastPValue(pairs: rounds) * Double(tests) > alpha {
        let needed = Int(log2(Double(tests) / alpha).rounded(.up))
        check.verdict = .insufficient
        check.note = "\(rounds) rounds cannot tell one of \(tests) checks; measure with --runs \(needed)"
      }
    }
  }

  // MARK: - Cells

  private func drafts(_ cell: CellComparison) -> [Draft] {
    let recall = cell.recall?.base ?? 0
    return configuration.metrics.compactMap { metric in
      guard
        let tolerance = configuration.tolerance(
          metric, dataset: cell.subject.dataset, index: cell.variant, recall: recall)
      else { return nil }
      let draft = Draft(
        check: GateReport.Check(
          dataset: cell.subject.dataset, index: cell.variant, subject: cell.label, name: cell.name, k: cell.subject.k,
          mode: cell.subject.mode, threads: cell.subject.threads, metric: metric.name, tolerance: tolerance))
      let reasons = cell.refusals.filter { $0.concerns(metric) }
      guard reasons.isEmpty else { return refused(draft, reasons) }
      if metric.isShare { return cell.recall.map { recallDraft(draft, $0, cell, tolerance) } }
      guard let quotient = cell.quotients[metric] else { return withoutRatio(draft, metric, cell) }
      return judged(
        draft, quotient, loss: metric.loss, limit: metric.limit(tolerance),
        floor: noise.floor(metric, of: cell.subject), isTime: metric.isTime)
    }
  }

  /// The check of a figure that cannot be compared for these reasons.
  private func refused(_ draft: Draft, _ reasons: [Incomparability]) -> Draft {
    var draft = draft
    draft.check.verdict = .incomparable
    draft.check.note = reasons.map(\.description).joined(separator: "; ")
    return draft
  }

  /// The check of a figure without a ratio, because a run does not have it or its value cannot be divided; `nil` when
  /// neither run has it.
  private func withoutRatio(_ draft: Draft, _ metric: Figure, _ cell: CellComparison) -> Draft? {
    let figures = cell.figures[metric.name] ?? FigurePair()
    var draft = draft
    (draft.check.base, draft.check.head) = (figures.base, figures.head)
    func decided(_ verdict: GateReport.Verdict, _ note: String = "") -> Draft {
      draft.check.verdict = verdict
      draft.check.note = note
      return draft
    }
    let name = metric.name
    guard let base = figures.base else {
      return figures.head == nil ? nil : decided(.insufficient, "the base has no \(name)")
    }
    guard let head = figures.head else {
      if isAccepted(&draft.check, ending: AcceptedChange.none) { return draft }
      return decided(.regression, "the head has no \(name) any more")
    }
    guard base.isFinite, head.isFinite else { return decided(.incomparable, "\(name) is no number") }
    if base == head { return decided(.passed) }
    // One of the values is 0 or less.
    if head > 0 {
      return metric.better == .more ? decided(.improvement) : decided(.insufficient, "the base's \(name) is 0 or less")
    }
    return decided(
      base <= 0 ? .insufficient : metric.better == .more ? .regression : .improvement, "\(name) is 0 or less")
  }

  private func recallDraft(
    _ draft: Draft, _ recall: RecallDifference, _ cell: CellComparison, _ tolerance: Double
  ) -> Draft {
    var draft = draft
    if recall.deviation == nil {
      draft.check.note = "recall is held to its tolerance alone, without the noise over queries: no raw results"
    }
    let widening = comparison.isInterleaved ? 0 : noise.floor(.recall, of: cell.subject) ?? 0
    draft.check.base = recall.base
    draft.check.head = recall.head
    draft.check.change = recall.difference
    draft.check.interval = recall.interval
    draft.check.widening = widening
    // Rounding errors in sums of fractions are no loss.
    let limit = tolerance + widening + 1e-9
    let error = (recall.deviation ?? 0) / Double(max(recall.queries, 1)).squareRoot()
    func probability(_ loss: Double) -> Double {
      error > 0 ? 0.5 * erfc((loss - limit) / error / 2.0.squareRoot()) : loss > limit ? 0 : 1
    }
    let difference = recall.difference - floorShift(&draft.check)
    draft.tests = (probability(-difference), probability(difference))
    return draft
  }

  /// - Parameters:
  ///   - loss: converts a log ratio into a loss, of which a greater value is worse.
  ///   - limit: the tolerated loss.
  ///   - floor: the noise of earlier runs, as such a logarithm; `nil` when it is unknown.
  private func judged(
    _ draft: Draft, _ quotient: Quotient, loss: (Double) -> Double, limit: Double, floor: Double?, isTime: Bool
  ) -> Draft {
    var draft = draft
    draft.check.base = quotient.base
    draft.check.head = quotient.head
    draft.check.change = quotient.ratio
    draft.check.interval = quotient.interval
    let shift = floorShift(&draft.check)
    if comparison.isInterleaved, !quotient.pairedLogRatios.isEmpty {
      let losses = quotient.pairedLogRatios.map { loss($0 - shift) }
      draft.tests = (
        SignedRank(losses).pValue(above: limit), SignedRank(losses.map { -$0 }).pValue(above: limit)
      )
      draft.rounds = losses.count
      return draft
    }
    if isTime, floor == nil {
      draft.check.verdict = .insufficient
      draft.check.note =
        "the noise is not known: it takes \(NoiseFloor.leastDifferences + 1) runs of the base's kind, or run --against"
      return draft
    }
    draft.check.widening = exp(floor ?? 0) - 1
    let ends = [quotient.interval?.low, quotient.interval?.high].map { loss(log($0 ?? quotient.ratio) - shift) }
    let estimate = loss(log(quotient.ratio) - shift)
    // Byte counts may differ by an allocator's rounding.
    let wide = limit + (floor ?? 0) + 1e-9
    if estimate > wide, ends.allSatisfy({ $0 > limit }) { draft.check.verdict = .regression }
    if -estimate > wide, ends.allSatisfy({ -$0 > limit }) { draft.check.verdict = .improvement }
    return draft
  }

  // MARK: - Fronts

  private func drafts(_ front: FrontComparison) -> [Draft] {
    let metric = front.figure
    return configuration.recalls.compactMap { recall in
      guard
        let tolerance = configuration.tolerance(
          metric, dataset: front.dataset, index: front.headVariant, recall: recall)
      else { return nil }
      let subject = "\(GateReport.Check.frontPrefix)\(recall)\(front.stage.map { ", \($0)" } ?? "")"
      let draft = Draft(
        check: GateReport.Check(
          dataset: front.dataset, index: front.headVariant, subject: subject, name: subject, k: front.k,
          mode: front.mode, threads: front.threads, metric: metric.name, tolerance: tolerance))
      guard let level = front.levels.first(where: { $0.recall == recall }) else {
        return refused(draft, front.refusals)
      }
      guard let quotient = level.quotient else {
        var draft = draft
        (draft.check.base, draft.check.head) = (level.base, level.head)
        switch (level.base, level.head) {
        case (_?, nil):
          if isAccepted(&draft.check, ending: AcceptedChange.none) { return draft }
          (draft.check.verdict, draft.check.note) = (.regression, "the head does not reach it any more")
        case (nil, _?): (draft.check.verdict, draft.check.note) = (.improvement, "the base does not reach it")
        case (nil, nil): draft.check.note = "neither run reaches it: nothing to judge"
        // The ratio of these speeds is undefined.
        case (_?, _?): (draft.check.verdict, draft.check.note) = (.incomparable, "the speeds have no ratio")
        }
        return draft
      }
      return judged(
        draft, quotient, loss: metric.loss, limit: metric.limit(tolerance),
        floor: noise.floor(front.figure, of: front, at: recall), isTime: true)
    }
  }

  // MARK: - Cells that were not measured

  /// The check of a cell that was not measured by both runs.
  ///
  /// The head must measure all of its planned cells and all those of the base. Neither run has to measure an index on a
  /// dataset whose metric the index does not support (`skipped`), unless an earlier run did.
  private func absence(_ cell: Comparison.Unmatched) -> GateReport.Check {
    let (verdict, note): (GateReport.Verdict, String) =
      switch (cell.base, cell.head) {
      case _ where cell.refusal != nil && (cell.base == nil || cell.head == nil):
        (.incomparable, cell.refusal.map { "\($0)" } ?? "")
      // It is a matter of chance whether a search begins while a memtable is flushed.
      case _ where cell.subject.stage?.isOccasional == true && [cell.base, cell.head].contains(.skipped):
        (.passed, cell.error)
      case (nil, .ok): (.insufficient, "the base has no figures of it")
      case (_, .ok): (.improvement, "the base could not measure it")
      case (.skipped, .skipped), (.skipped, nil), (nil, .skipped): (.passed, cell.error)
      case (.failed, .skipped), (.timeout, .skipped), (.outOfMemory, .skipped): (.passed, cell.error)
      default: (.regression, cell.error)
      }
    func status(_ status: CellStatus?, _ run: Comparison.Run) -> String {
      status?.rawValue ?? (run.isFinished ? GateReport.Check.notAskedFor : GateReport.Check.notReached)
    }
    let statuses = GateReport.Statuses(
      base: status(cell.base, comparison.base), head: status(cell.head, comparison.head), baseRun: cell.baseRun)
    var check = GateReport.Check(
      dataset: cell.subject.dataset, index: cell.variant, subject: cell.subject.name, name: cell.name,
      k: cell.subject.k, mode: cell.subject.mode, threads: cell.subject.threads, metric: GateReport.Check.measured,
      tolerance: 0, verdict: verdict, note: note, statuses: statuses)
    if verdict == .regression, isAccepted(&check, ending: statuses.head) { check.verdict = .passed }
    return check
  }
}
