import Bench
import Foundation

extension SweepDataset {
  /// What it is, and where its true neighbours come from, in a line.
  public var summary: String {
    let truth = computed.map { "\($0.depth) true neighbours of each by exact search" }
    return "\(name): \(shape.trainSize) × \(shape.dimension), \(shape.metric.rawValue), \(shape.queries) queries, "
      + (truth ?? "true neighbours as its files state them")
  }
}

/// Where a report's figures come from.
extension SweepReport {
  /// The properties that are needed to repeat the sweep, one in a line.
  var facts: [(name: String, value: String)] {
    let datasets = records.map { "\($0.dataset.summary), SHA-256 \($0.dataset.sha256.prefix(12))…" }.distinct
    let ended = run.ended.map { ", \(NumberText.fixed($0.timeIntervalSince(run.started), 0)) s" } ?? ", not finished"
    let calls = ForeignCalls.remarks(cells.map(\.measurement))
    let workloads = records.map { $0.planned.options.stage?.workload ?? Workload.search.name }.distinct
    var facts = [
      ("command", run.command), ("started", run.started.ISO8601Format() + ended),
      ("folder", heading?.folders ?? folder),
      ("datasets", datasets.joined(separator: "; ")),
    ]
    facts += runFacts
    facts.append(("workload", workloads.isEmpty ? Workload.search.name : workloads.joined(separator: ", ")))
    if !calls.isEmpty { facts.append(("interfaces", calls.joined(separator: "; "))) }
    return facts + MachineExporter.properties(run.machineAtStart)
  }
}
