import Bench

/// A report without charts: the figures of each index at fixed recalls, the warnings, and where the figures come from.
extension SweepReport: Documented {
  var document: TextDocument {
    var document = TextDocument()
    document.heading("RecallBench: \(records.map(\.dataset.name).distinct.joined(separator: ", "))")
    document.line("at equal recall, interpolated on the front of each index")
    document.table(RecallLevels(self).table)
    if !warnings.isEmpty {
      document.heading("Warnings")
      for warning in warnings {
        let rest = warning.details.count - 3
        let details = warning.details.prefix(3).joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
        document.line("\(warning.text) \(details)")
      }
    }
    document.heading("Where these figures come from")
    for fact in facts { document.line("\(fact.name): \(fact.value)") }
    return document
  }
}
