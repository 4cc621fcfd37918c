import Foundation

/// Tells whether a head is worse than its base by more than is tolerated.
///
/// Runs that were measured interleaved: each speed is tested by the signed ranks of its rounds' log ratios against the
/// tolerance, all checks together by Benjamini and Hochberg; the chance of any alarm is at most `alpha` where nothing has
/// changed. Runs apart: a time must be worse than the tolerance by all of its rounds, and than the tolerance and the
/// noise of the base's earlier runs together. Recall is tested over the queries, paired, in either case. A cell that the
/// head did not measure is never passed over, see `absence`.
public struct Gate: Sendable {
  private let configuration: GateConfiguration
  private let comparison: Comparison
  private let noise: NoiseFloor

  /// - Parameters:
  ///   - comparison: of the two runs, with the fronts at the configuration's recalls.
  ///   - noise: of the base.
  public init(_ configuration: GateConfiguration, _ comparison: Comparison, noise: NoiseFloor) {
    self.configuration = configuration
    self.comparison = comparison
    self.noise = noise
  }

  /// Makes all checks. - Complexity: O(cells · (rounds² + earlier runs)).
  public func judge() -> GateReport {
    var drafts = comparison.cells.flatMap(drafts) + comparison.fronts.flatMap(drafts)
    // All tests are of one family, whatever they are about.
    let tested = drafts.indices.filter { drafts[$0].tests != nil }
    let worse = FalseDiscovery.adjusted(tested.compactMap { drafts[$0].tests?.worse })
    let better = FalseDiscovery.adjusted(tested.compactMap { drafts[$0].tests?.better })
    for (place, index) in tested.enumerated() {
      drafts[index].decide(
        worse: worse[place], better: better[place], alpha: configuration.alpha, tests: tested.count)
    }
    return GateReport(
      comparison, alpha: configuration.alpha, checks: drafts.map(\.check) + comparison.unmatched.map(absence),
      unusedRules: unusedRules)
  }

  /// The configuration's rules, from 1, that name a dataset or an index which neither run has.
  private var unusedRules: [Int] {
    let names =
      comparison.cells.map { ($0.subject.dataset, $0.variant) }
      + comparison.unmatched.map { ($0.subject.dataset, $0.variant) }
    return configuration.rules.indices.filter { place in
      let rule = configuration.rules[place]
      return !names.contains { rule.dataset ?? $0.0 == $0.0 && rule.index ?? $0.1 == $0.1 }
    }.map { $0 + 1 }
  }

  /// A check before it is known what the others found.
  private struct Draft {
    var check: GateReport.Check
    /// The probabilities of so much loss, and of so much gain, by chance; nil where the verdict is there already.
    var tests: (worse: Double, better: Double)?
    /// Rounds that were tested; nil for a test over queries.
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

  /// What cannot be compared for these reasons.
  private func refused(_ draft: Draft, _ reasons: [Incomparability]) -> Draft {
    var draft = draft
    draft.check.verdict = .incomparable
    draft.check.note = reasons.map(\.description).joined(separator: "; ")
    return draft
  }

  /// A figure of which there is no ratio: a run does not have it, or has nothing that can be divided; nil where neither
  /// run has it.
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
    guard let head = figures.head else { return decided(.regression, "the head has no \(name) any more") }
    guard base.isFinite, head.isFinite else { return decided(.incomparable, "\(name) is no number") }
    if base == head { return decided(.passed) }
    // One of them is 0 or less.
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
    // Rounding in sums of shares is no loss.
    let limit = tolerance + widening + 1e-9
    let error = (recall.deviation ?? 0) / Double(max(recall.queries, 1)).squareRoot()
    func probability(_ loss: Double) -> Double {
      error > 0 ? 0.5 * erfc((loss - limit) / error / 2.0.squareRoot()) : loss > limit ? 0 : 1
    }
    draft.tests = (probability(-recall.difference), probability(recall.difference))
    return draft
  }

  /// - Parameters:
  ///   - loss: makes of a log ratio one of which more is worse.
  ///   - limit: the tolerated loss.
  ///   - floor: the noise of earlier runs, as such a logarithm; nil where it is not known.
  private func judged(
    _ draft: Draft, _ quotient: Quotient, loss: (Double) -> Double, limit: Double, floor: Double?, isTime: Bool
  ) -> Draft {
    var draft = draft
    draft.check.base = quotient.base
    draft.check.head = quotient.head
    draft.check.change = quotient.ratio
    draft.check.interval = quotient.interval
    if comparison.isInterleaved, !quotient.pairedLogRatios.isEmpty {
      let losses = quotient.pairedLogRatios.map(loss)
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
    let ends = [quotient.interval?.low, quotient.interval?.high].map { loss(log($0 ?? quotient.ratio)) }
    let estimate = loss(log(quotient.ratio))
    // Byte counts differ by an allocator's rounding.
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
      let subject = "front at recall \(recall)\(front.stage.map { ", \($0)" } ?? "")"
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
        case (_?, nil): (draft.check.verdict, draft.check.note) = (.regression, "the head does not reach it any more")
        case (nil, _?): (draft.check.verdict, draft.check.note) = (.improvement, "the base does not reach it")
        case (nil, nil): draft.check.note = "neither run reaches it: nothing to judge"
        // Speeds that cannot be divided.
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

  /// What it means that a cell was not measured by both runs.
  ///
  /// The head must measure what it is asked for and what the base was asked for. Neither has to measure an index on a
  /// dataset whose metric the index does not have (`skipped`), unless an earlier run did.
  private func absence(_ cell: Comparison.Unmatched) -> GateReport.Check {
    let (verdict, note): (GateReport.Verdict, String) =
      switch (cell.base, cell.head) {
      // Whether a search begins while a memtable is flushed is chance.
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
    return GateReport.Check(
      dataset: cell.subject.dataset, index: cell.variant, subject: cell.subject.name, name: cell.name,
      k: cell.subject.k,
      mode: cell.subject.mode, threads: cell.subject.threads, metric: GateReport.Check.measured, tolerance: 0,
      verdict: verdict, note: note,
      statuses: GateReport.Statuses(
        base: status(cell.base, comparison.base), head: status(cell.head, comparison.head), baseRun: cell.baseRun))
  }
}
