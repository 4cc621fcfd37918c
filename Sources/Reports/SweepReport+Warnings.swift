import Bench

/// The warnings of a report, which a reader should know before trusting its figures.
extension SweepReport {
  /// One warning: a sentence, and the cells that it concerns.
  struct Warning: Equatable {
    let text: String
    var details: [String] = []
    /// Whether figures are missing or mean nothing, which a reader must know first.
    var isSerious = false
  }

  /// The warnings, the most serious first; empty when there are none.
  var warnings: [Warning] {
    var warnings: [Warning] = []
    let orders = run.machineAtStart.provenance.disturbances + cells.flatMap(\.measurement.provenance.disturbances)
    if !orders.isEmpty {
      warnings.append(
        Warning(
          text: "Faults were injected to test recallbench itself: the figures mean nothing.", details: orders.distinct,
          isSerious: true))
    }
    if cells.contains(where: { $0.measurement.provenance.configuration != "release" }) {
      warnings.append(Warning(text: "Measured by a debug build: the speeds mean nothing.", isSerious: true))
    }
    if run.ended == nil {
      let count = "\(sources.ended) of \(run.keys.count) cells have ended"
      warnings.append(
        Warning(text: "The sweep did not come to its end: \(count); --resume continues it.", isSerious: true))
    }
    warnings += sourceWarnings
    for status in CellStatus.allCases where status != .ok {
      let ended = records.filter { $0.status == status }
      guard !ended.isEmpty else { continue }
      warnings.append(
        Warning(
          text: "\(NumberText.count(ended.count, "cell")) not measured (\(status.rawValue)).",
          details: ended.map { "\(names.whole($0)): \($0.error)" }, isSerious: true))
    }
    warnings += measuredWarnings
    if !run.machineAtStart.disturbances.isEmpty {
      warnings.append(
        Warning(text: "What could disturb a measurement on this machine:", details: run.machineAtStart.disturbances))
    }
    return warnings
  }

  private var measuredWarnings: [Warning] {
    var warnings: [Warning] = []
    let ofRunbooks = RunbookSummaries.remarks(cells.map(\.measurement))
    if !ofRunbooks.isEmpty { warnings.append(Warning(text: "Over a whole runbook:", details: ofRunbooks)) }
    let ofLoads = LoadKnees.remarks(cells.map(\.measurement))
    if !ofLoads.isEmpty { warnings.append(Warning(text: "The greatest rates that indexes keep:", details: ofLoads)) }
    let ofDatasets = SweepExporter.warnings(records.map(\.dataset))
    if !ofDatasets.isEmpty {
      warnings.append(Warning(text: "Recall and speed may not be those of other data:", details: ofDatasets))
    }
    let unjudged = UnjudgedQueries.remarks(cells.map(\.measurement))
    if !unjudged.isEmpty {
      warnings.append(Warning(text: "Not all queries could be judged:", details: unjudged))
    }
    let clamped = TrainedLists.remarks(cells.map(\.measurement))
    if !clamped.isEmpty {
      warnings.append(Warning(text: "Some indexes have fewer clusters than were asked for:", details: clamped))
    }
    let noisy = records.filter { $0.measurement?.noise.isEmpty == false }
    if !noisy.isEmpty {
      warnings.append(
        Warning(
          text: "The figures of \(noisy.count) of \(NumberText.count(cells.count, "cell")) are noisy.",
          details: noisy.map { record in
            let noise = (record.measurement?.noise ?? []).map(\.description).joined(separator: "; ")
            return "\(names.whole(record)): \(noise)"
          }))
    }
    let unstable = records.filter { ($0.measurement?.uncertainty.unstableQueries ?? 0) > 0 }
    if !unstable.isEmpty {
      warnings.append(
        Warning(
          text: "\(NumberText.count(unstable.count, "cell")) answered the same query differently in different rounds.",
          details: unstable.map { names.whole($0) }))
    }
    let origins = cells.map { origin($0.measurement.provenance) }.distinct
    if origins.count > 1 {
      warnings.append(
        Warning(text: "The cells were not all measured by the same program and machine:", details: origins))
    }
    if missingRawResults > 0 {
      warnings.append(
        Warning(
          text:
            "The raw results of \(NumberText.count(missingRawResults, "cell")) are not there, or damaged: their times of "
            + "queries are not shown."))
    }
    return warnings
  }

  private func origin(_ provenance: Provenance) -> String {
    let commit = provenance.commit.isEmpty ? "unknown commit" : "commit \(provenance.commit)"
    return "recallbench \(provenance.version), \(commit), \(provenance.configuration), Swift \(provenance.swift), "
      + "\(provenance.simd), \(provenance.cpu), \(provenance.system)"
  }
}
