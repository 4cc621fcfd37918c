import Foundation

/// Tells whether a head is worse than its base by more than is tolerated.
///
/// Runs that were measured interleaved: each speed is tested by the signed ranks of its rounds' log ratios against the
/// tolerance, all checks together by Benjamini and Hochberg; the chance of any alarm is at most `alpha` where nothing has
/// changed. Runs apart: a time must be worse than the tolerance by all of its rounds, and than the tolerance and the
/// noise of the base's earlier runs together. Recall is tested over the queries, paired, in either case.
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
    let lost = comparison.unmatched.filter(isLost).map(lostCheck)
    return GateReport(comparison, alpha: configuration.alpha, checks: drafts.map(\.check) + lost)
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
          dataset: cell.subject.dataset, index: cell.variant, subject: cell.label, k: cell.subject.k,
          mode: cell.subject.mode, threads: cell.subject.threads, metric: metric.rawValue, tolerance: tolerance))
      if metric == .recall { return recallDraft(draft, cell, tolerance) }
      guard let quotient = metric.quotient(of: cell) else {
        return refused(draft, cell.refusals.filter { metric.isTime || $0.isOfDataset })
      }
      return judged(
        draft, quotient, loss: metric.loss, limit: metric.limit(tolerance),
        floor: noise.floor(metric, of: cell.subject), isTime: metric.isTime)
    }
  }

  /// What cannot be compared for these reasons; without any, the figure is none that this cell has.
  private func refused(_ draft: Draft, _ reasons: [Incomparability]) -> Draft? {
    guard !reasons.isEmpty else { return nil }
    var draft = draft
    draft.check.verdict = .incomparable
    draft.check.note = reasons.map(\.description).joined(separator: "; ")
    return draft
  }

  private func recallDraft(_ draft: Draft, _ cell: CellComparison, _ tolerance: Double) -> Draft? {
    guard let recall = cell.recall else { return refused(draft, cell.refusals) }
    var draft = draft
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
    let metric: GateMetric = front.figure == .queriesPerSecond ? .qps : .p99
    return configuration.recalls.compactMap { recall in
      guard
        let tolerance = configuration.tolerance(
          metric, dataset: front.dataset, index: front.headVariant, recall: recall)
      else { return nil }
      let draft = Draft(
        check: GateReport.Check(
          dataset: front.dataset, index: front.headVariant, subject: "front at recall \(recall)", k: front.k,
          mode: front.mode, threads: front.threads, metric: metric.rawValue, tolerance: tolerance))
      guard let level = front.levels.first(where: { $0.recall == recall }) else {
        return refused(draft, front.refusals)
      }
      guard let quotient = level.quotient else {
        // What neither reaches is nothing to judge.
        guard let base = level.base else { return nil }
        var draft = draft
        draft.check.base = base
        draft.check.verdict = .regression
        draft.check.note = "the head does not reach this recall any more"
        return draft
      }
      return judged(
        draft, quotient, loss: metric.loss, limit: metric.limit(tolerance),
        floor: noise.floor(front.figure, of: front, at: recall), isTime: true)
    }
  }

  /// Whether the head fails at what the base does, or was not asked to do beside a head that failed.
  private func isLost(_ cell: Comparison.Unmatched) -> Bool {
    guard let base = cell.base, let head = cell.head else { return false }
    return [.ok, .skipped].contains(base) && [.failed, .timeout, .outOfMemory].contains(head)
  }

  private func lostCheck(_ cell: Comparison.Unmatched) -> GateReport.Check {
    GateReport.Check(
      dataset: cell.subject.dataset, index: cell.variant, subject: cell.subject.index, k: cell.subject.k,
      mode: cell.subject.mode, threads: cell.subject.threads, metric: "measured", tolerance: 0, verdict: .regression,
      note: "the head could not measure it: \(cell.error)")
  }
}
