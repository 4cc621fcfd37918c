extension SweepRunner {
  /// The state of the run that can be resumed in a folder.
  public enum Resumption: Sendable {
    /// The run is continued, with the cells that it has measured.
    case continued(run: Int, kept: [CellRecord])
    /// The run is finished, and measuring its cells again would change nothing.
    case finished(run: Int, [CellRecord])
    /// There is no earlier run, or the last one is finished and differs from this one, so that a new run begins.
    case nothing
  }

  /// Looks for the run to resume: the folder's last run, with only the cells that it measured itself.
  ///
  /// Two runs are the same when they have the same cells, and thus the same plan, datasets, program and processor, and
  /// the same tag. A finished run may still have cells that are measured again, see `CellRecord.isSettled`.
  ///
  /// - Parameter tag: the requested tag; empty for none, which matches any tag.
  /// - Throws: `LedgerError.otherRun` when the last run was interrupted and differs from this one, `.unfinishedPair`.
  func resumption(tag: String) throws(LedgerError) -> Resumption {
    guard let last = try ledger.lastRun() else { return .nothing }
    if last.ended == nil, last.pairedWith != nil { throw .unfinishedPair(folder: ledger.folder) }
    if let difference = difference(from: last, tag: tag) {
      guard last.ended == nil else { return .nothing }
      throw .otherRun(folder: ledger.folder, number: last.number, difference: difference)
    }
    let limits = Dictionary(
      zip(keys, plan.builds).flatMap { keys, build in keys.map { ($0, build.limits) } }
    ) { first, _ in first }
    let records = try ledger.records(of: last)
    let kept = records.filter { $0.isSettled(under: limits[$0.key] ?? Limits()) }
    if last.ended != nil, kept.count == last.keys.count { return .finished(run: last.number, records) }
    return .continued(run: last.number, kept: kept)
  }

  /// The difference between a run and this one, in words that follow the run's number; `nil` when they are the same.
  private func difference(from run: Ledger.Run, tag: String) -> String? {
    if run.pairedWith != nil { return "was measured interleaved with another" }
    if !tag.isEmpty, tag != run.tag {
      return run.tag.isEmpty ? "has no tag" : "is called \(run.tag), not \(tag)"
    }
    if let difference = provenance.difference(from: run.machineAtStart.provenance) {
      return "was measured by \(difference)"
    }
    guard run.keys != keys.flatMap({ $0 }) else { return nil }
    return "has other cells: its plan, its datasets or its libraries were others"
  }
}
