extension PairRunner {
  /// A pair of runs that is in progress; nobody else runs a sweep into the folder as long as it exists.
  struct OpenPair {
    let recordings: Sides<Recording>
    fileprivate let lock: FolderLock
  }

  /// The beginning of a pair of runs.
  enum Opening {
    case open(OpenPair)
    /// The pair to resume is finished.
    case finished((base: ComparedRun, head: ComparedRun))
  }

  /// Begins a pair of runs, or continues the one that is resumed.
  ///
  /// - Parameters:
  ///   - machines: the machine that measures, with the provenance of each side.
  ///   - walltimeSeconds: the walltime of a job; `nil` for runs that are not measured by jobs.
  func open(
    _ start: SweepRunner.Start, command: String, tag: String, machines: Sides<Machine>, walltimeSeconds: Double? = nil,
    report: (SweepRunner.Event) -> Void
  ) throws(LedgerError) -> Opening {
    let lock = try FolderLock(ledger.folder)
    try start.check(ledger)
    let earlier = start == .resume ? try resumption(tag: tag, walltimeSeconds: walltimeSeconds) : nil
    if start == .resume {
      let resumption = earlier.map { pair in
        pair.isFinished
          ? SweepRunner.Resumption.finished(run: pair.runs.head.number, pair.kept.head)
          : .continued(run: pair.runs.head.number, kept: pair.kept.head)
      }
      report(.resuming(resumption ?? .nothing))
    }
    if let earlier, earlier.isFinished, let pair = try finished().last { return .finished(pair) }
    Leftovers.remove(from: ledger.folder)
    let runs: Sides<Int>
    if let earlier {
      runs = Sides(base: earlier.runs.base.number, head: earlier.runs.head.number)
      for side in WorkSide.allCases { try ledger.reopenRun(runs[side]) }
    } else {
      runs = try ledger.beginPair(
        command: command, keys: Sides(base: keys.base.flatMap { $0 }, head: keys.head.flatMap { $0 }),
        machines: machines, tag: tag)
    }
    func recording(_ side: WorkSide) -> Recording {
      Recording(
        ledger: ledger, run: runs[side], kept: earlier?.kept[side] ?? [], disturbances: disturbances[side])
    }
    return .open(OpenPair(recordings: Sides(base: recording(.base), head: recording(.head)), lock: lock))
  }

  /// Records that both runs have come to their end.
  func close(_ open: OpenPair, machines: Sides<Machine>) throws(LedgerError) -> (base: ComparedRun, head: ComparedRun) {
    defer { withExtendedLifetime(open) {} }
    for side in WorkSide.allCases { try ledger.endRun(open.recordings[side].run, machine: machines[side]) }
    guard let pair = try finished().last(where: { $0.head.run.number == open.recordings.head.run }) else {
      throw .nothing(folder: ledger.folder)
    }
    return pair
  }

  /// The pair of runs that is resumed, with the records of cells that are settled on both sides: the rounds of a cell
  /// are interleaved, so that both sides are measured again together.
  private struct Earlier {
    let runs: Sides<Ledger.Run>
    let kept: Sides<[CellRecord]>
    /// Whether the pair has ended and no cell of it is measured again.
    let isFinished: Bool
  }

  /// Looks for the pair to resume, by the rules of `SweepRunner.resumption`; `nil` when a new one begins.
  private func resumption(tag: String, walltimeSeconds: Double?) throws(LedgerError) -> Earlier? {
    guard let head = try ledger.lastRun() else { return nil }
    var difference: String? = "was measured without --against"
    if let number = head.pairedWith, let base = try ledger.run(number) {
      let runs = Sides(base: base, head: head)
      difference = self.difference(from: runs, tag: tag)
      if difference == nil { return try continuing(runs, walltimeSeconds: walltimeSeconds) }
    }
    if head.ended == nil, let difference {
      throw .otherRun(folder: ledger.folder, number: head.number, difference: difference)
    }
    return nil
  }

  private func difference(from runs: Sides<Ledger.Run>, tag: String) -> String? {
    let base = runs.base.difference(tag: "", provenance: provenance.base, keys: keys.base.flatMap { $0 })
    return runs.head.difference(tag: tag, provenance: provenance.head, keys: keys.head.flatMap { $0 })
      ?? base.map { "is interleaved with run \(runs.base.number), which \($0)" }
  }

  private func continuing(_ runs: Sides<Ledger.Run>, walltimeSeconds: Double?) throws(LedgerError) -> Earlier {
    func settled(_ side: WorkSide) throws(LedgerError) -> [CellKey: CellRecord] {
      let records = plan.settled(
        try ledger.records(of: runs[side]), keys: keys[side], walltimeSeconds: walltimeSeconds)
      return Dictionary(records.map { ($0.key, $0) }) { first, _ in first }
    }
    let found = Sides(base: try settled(.base), head: try settled(.head))
    var kept = Sides<[CellRecord]>(base: [], head: [])
    for (one, other) in zip(keys.base.joined(), keys.head.joined()) {
      guard let base = found.base[one], let head = found.head[other] else { continue }
      kept.base.append(base)
      kept.head.append(head)
    }
    return Earlier(
      runs: runs, kept: kept, isFinished: runs.head.ended != nil && kept.head.count == runs.head.keys.count)
  }
}
