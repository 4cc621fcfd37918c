extension SweepRunner {
  /// What there is to resume in a folder.
  public enum Resumption: Sendable {
    /// The run goes on, with what it has measured so far.
    case continued(run: Int, kept: [CellRecord])
    /// The run has come to its end, and measuring anything of it again would change nothing.
    case finished(run: Int, [CellRecord])
    /// The last run, if there is any, came to its end and was another one: this is a new run.
    case nothing
  }

  /// Looks for what is to be resumed: the folder's last run, as it was begun, with its own cells and no others.
  ///
  /// A run is the same when it has the same cells, and so the same plan, datasets, program and processor, and the same
  /// tag. Of such a run that came to its end cells may be missing all the same, see `CellRecord.isSettled`.
  ///
  /// - Parameter tag: that was asked for; empty for none, which goes with any.
  /// - Throws: `LedgerError.otherRun` where the last run was interrupted and is another one, `.unfinishedPair`.
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

  /// How a run is another than this one, in words that follow its number; nil for the same.
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
