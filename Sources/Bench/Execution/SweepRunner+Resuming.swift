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
  /// - Parameters:
  ///   - tag: the requested tag; empty for none, which matches any tag.
  ///   - walltimeSeconds: the walltime of a job; `nil` for a run that is not measured by jobs.
  /// - Throws: `LedgerError.otherRun` when the last run was interrupted and differs from this one, `.unfinishedPair`.
  func resumption(tag: String, walltimeSeconds: Double? = nil) throws(LedgerError) -> Resumption {
    guard let last = try ledger.lastRun() else { return .nothing }
    if last.ended == nil, last.pairedWith != nil { throw .unfinishedPair(folder: ledger.folder) }
    let other = last.pairedWith == nil ? nil : "was measured interleaved with another"
    if let difference = other ?? last.difference(tag: tag, provenance: provenance, keys: keys.flatMap { $0 }) {
      guard last.ended == nil else { return .nothing }
      throw .otherRun(folder: ledger.folder, number: last.number, difference: difference)
    }
    let records = try ledger.records(of: last)
    let kept = plan.settled(records, keys: keys, walltimeSeconds: walltimeSeconds)
    if last.ended != nil, kept.count == last.keys.count { return .finished(run: last.number, records) }
    return .continued(run: last.number, kept: kept)
  }
}

extension Ledger.Run {
  /// The difference between this run and a plan that is to resume it, in words that follow the run's number; `nil` when
  /// they are the same.
  ///
  /// - Parameters:
  ///   - tag: the requested tag; empty for none, which matches any tag.
  ///   - provenance: the provenance of the plan's measurements.
  ///   - planned: the keys of all cells of the plan.
  func difference(tag: String, provenance: Provenance, keys planned: [CellKey]) -> String? {
    if !tag.isEmpty, tag != self.tag {
      return self.tag.isEmpty ? "has no tag" : "is called \(self.tag), not \(tag)"
    }
    if let difference = provenance.difference(from: machineAtStart.provenance) {
      return "was measured by \(difference)"
    }
    guard keys != planned else { return nil }
    return "has other cells: its plan, its datasets or its libraries were others"
  }
}

extension SweepPlan {
  /// The records of cells that are not measured again under the limits of the plan.
  ///
  /// - Parameters:
  ///   - keys: the keys of each build's cells.
  ///   - walltimeSeconds: the walltime of a job; `nil` for a run that is not measured by jobs.
  func settled(_ records: [CellRecord], keys: [[CellKey]], walltimeSeconds: Double?) -> [CellRecord] {
    let pairs = zip(keys, builds).flatMap { keys, build in
      var limits = build.limits
      limits.walltimeSeconds = walltimeSeconds
      return keys.map { ($0, limits) }
    }
    let limits = Dictionary(pairs) { first, _ in first }
    return records.filter { $0.isSettled(under: limits[$0.key] ?? Limits()) }
  }
}
