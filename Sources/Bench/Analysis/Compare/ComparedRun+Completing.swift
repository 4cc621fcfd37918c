extension ComparedRun {
  /// The run as the base of `head`, in which each cell without a measurement gets its most recent earlier one.
  ///
  /// When a cell crashed in one night, or the night was killed, the figures of earlier nights are still useful.
  ///
  /// - Parameter length: the number of earlier runs that are searched.
  /// - Throws: `LedgerError`.
  /// - Complexity: O(length · cells).
  public func completed(for head: ComparedRun, length: Int) throws(LedgerError) -> ComparedRun {
    let ledger = try Ledger(reading: folder)
    var earlier: [(number: Int, records: [CellRecord])] = []
    let runs = try ledger.runs().filter { $0.number < run.number && $0.disturbances.isEmpty }
    for run in runs.suffix(max(length, 0)) {
      earlier.append((run.number, try ledger.records(of: run)))
    }
    return completed(for: head, from: earlier)
  }

  /// - Parameter earlier: the runs before this one, in order.
  func completed(for head: ComparedRun, from earlier: [(number: Int, records: [CellRecord])]) -> ComparedRun {
    let names = head.records.map(NamedCell.init)
    var wanted = Set(names).subtracting(records.lazy.filter { $0.status == .ok }.map(NamedCell.init))
    var found: [NamedCell: CellRecord] = [:]
    var completed = self
    for (number, records) in earlier.reversed() {
      for record in records where record.status == .ok && wanted.remove(NamedCell(record)) != nil {
        found[NamedCell(record)] = record
        completed.earlierRuns[record.key] = number
      }
    }
    completed.records = records.map { found.removeValue(forKey: NamedCell($0)) ?? $0 }
    completed.records += names.compactMap { found.removeValue(forKey: $0) }
    return completed
  }
}

/// The subject of a cell, with the name of its index in the sweep.
struct NamedCell: Hashable {
  let subject: CellSubject
  let variant: String

  init(_ record: CellRecord) {
    subject = CellSubject(record.planned, dataset: record.dataset)
    variant = record.variant
  }
}
