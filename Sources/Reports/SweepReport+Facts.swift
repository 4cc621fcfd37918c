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
    return [
      ("command", run.command), ("started", run.started.ISO8601Format() + ended), ("folder", folder),
      ("datasets", datasets.joined(separator: "; ")),
      ("workload", records.first?.planned.options.stage?.workload ?? Workload.search.name),
    ] + (calls.isEmpty ? [] : [("interfaces", calls.joined(separator: "; "))])
      + MachineExporter.properties(run.machineAtStart)
  }
}
