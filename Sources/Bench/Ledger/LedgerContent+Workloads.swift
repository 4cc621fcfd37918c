extension WorkloadStage {
  /// - Throws: `LedgerFault` for a stage that does not exist in any workload.
  func check(_ field: String) throws(LedgerFault) {
    switch self {
    case .filtered: break
    case .drift(let step, _): try LedgerLimits.check("\(field).step", step, 1...Workload.driftSteps)
    case .runbook(let step, _, _): try LedgerLimits.check("\(field).step", step, 1...LedgerLimits.count.upperBound)
    case .ingest(_, let options):
      try LedgerLimits.check("\(field).readers", options.readers, LedgerLimits.count)
      try LedgerLimits.check("\(field).rate", options.rate, LedgerLimits.count)
      try LedgerLimits.check("\(field).batchRows", options.batchRows, 1...LedgerLimits.count.upperBound)
      try LedgerLimits.check("\(field).baseRows", options.baseRows ?? 0, LedgerLimits.count)
      try LedgerLimits.check("\(field).idleSeconds", options.idleSeconds)
    case .load(let point):
      try LedgerLimits.check("\(field).rate", point.rate, LoadOptions.rateRange)
      try LedgerLimits.check("\(field).seconds", point.seconds)
    }
  }
}

extension WorkloadFigures {
  /// - Throws: `LedgerFault` for a figure that cannot have been measured.
  func check(_ field: String) throws(LedgerFault) {
    if let searches {
      try LedgerLimits.check("\(field).searches.count", searches.count, 0...Int.max)
      try LedgerLimits.check("\(field).searches.judged", searches.judged, 0...searches.count)
    }
    if let writes {
      try LedgerLimits.check("\(field).writes.vectors", writes.vectors, LedgerLimits.count)
      try LedgerLimits.check("\(field).writes.freezes", writes.freezes, LedgerLimits.count)
      try LedgerLimits.check("\(field).writes.flushes", writes.flushes, LedgerLimits.count)
      for (name, value) in [
        ("seconds", writes.seconds), ("p50Milliseconds", writes.p50Milliseconds),
        ("p99Milliseconds", writes.p99Milliseconds),
      ] { try LedgerLimits.check("\(field).writes.\(name)", value) }
    }
    if let load {
      try LedgerLimits.check("\(field).load.requests", load.requests, LedgerLimits.count)
      try LedgerLimits.check("\(field).load.unanswered", load.unanswered, 0...load.requests)
      try LedgerLimits.check("\(field).load.p9999Milliseconds", load.p9999Milliseconds)
      try LedgerLimits.check("\(field).load.maximumMilliseconds", load.maximumMilliseconds)
    }
    if let removals {
      try LedgerLimits.check("\(field).removals.vectors", removals.vectors, LedgerLimits.count)
      try LedgerLimits.check("\(field).removals.seconds", removals.seconds)
    }
    if let memtableRows { try LedgerLimits.check("\(field).memtableRows", memtableRows, LedgerLimits.count) }
    if let overflowRows { try LedgerLimits.check("\(field).overflowRows", overflowRows, 0...(memtableRows ?? 0)) }
    if let filter {
      try LedgerLimits.check("\(field).filter.matches", filter.matches)
      try LedgerLimits.check("\(field).filter.unmatched", filter.unmatched, LedgerLimits.count)
      try LedgerLimits.check("\(field).filter.underfilled", filter.underfilled, LedgerLimits.count)
    }
    for (name, value) in index { try LedgerLimits.check("\(field).index.\(name)", value, LedgerLimits.anyFigure) }
  }
}
