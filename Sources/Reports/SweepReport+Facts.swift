import Bench
import Foundation

/// The origin of a report's figures.
extension SweepReport {
  /// The properties that are needed to repeat the sweep, one in a line.
  var facts: [(name: String, value: String)] {
    let datasets = records.map(\.dataset).map { dataset in
      let shape = dataset.shape
      return
        "\(shape.name): \(shape.trainSize) × \(shape.dimension), \(shape.metric.rawValue), \(shape.queries) queries, "
        + "SHA-256 \(dataset.sha256.prefix(12))…"
    }.distinct
    let ended = run.ended.map { ", \(NumberText.fixed($0.timeIntervalSince(run.started), 0)) s" } ?? ", not finished"
    return [
      ("command", run.command), ("started", run.started.ISO8601Format() + ended), ("folder", folder),
      ("datasets", datasets.joined(separator: "; ")),
      ("workload", records.first?.planned.options.stage?.workload ?? Workload.search.name),
    ] + MachineExporter.properties(run.machineAtStart)
  }
}
