import Bench
import Foundation
import VectorSearch

extension IndexInspection: Readable {
  private static let barWidth = 40

  /// What there is, one line a property, and how the clusters' sizes are distributed.
  var text: String {
    var rows = properties
    if let clusters { rows += properties(of: clusters) }
    rows += figures.sorted { $0.key < $1.key }.map { ($0.key, Self.number($0.value)) }
    let table = TextTable(columns: [.text("property"), .text("value")], rows: rows.map { [$0.0, $0.1] }).text
    return table + (clusters.map { "\n" + histogram(of: $0) } ?? "")
  }

  private var properties: [(String, String)] {
    var rows = [("kind", kind), ("dimension", String(dimension)), ("vectors", String(count))]
    if let metric { rows.insert(("metric", metric.rawValue), at: 2) }
    if let formatVersion { rows.insert(("format", "version \(formatVersion)"), at: 1) }
    if let removed { rows.append(("removed or replaced", String(removed))) }
    if memoryBytes > 0 { rows.append(("in memory", Self.bytes(memoryBytes))) }
    if diskBytes > 0 { rows.append(("in the file", Self.bytes(diskBytes))) }
    if let freeBytes { rows.append(("of it free", "\(Self.bytes(freeBytes)); --compact gives this back")) }
    if let seed { rows.append(("seed", String(seed))) }
    return rows + parameters.map { ($0.name, $0.value) }
  }

  private func properties(of clusters: ClusterSummary) -> [(String, String)] {
    [
      ("clusters", "\(clusters.count), \(clusters.empty) of them empty"),
      (
        "vectors a cluster",
        "\(clusters.min)…\(clusters.max), mean \(NumberText.significant(clusters.mean)); "
          + "5 % have at most \(clusters.p5), 50 % \(clusters.median), 95 % \(clusters.p95)"
      ),
      ("imbalance factor", NumberText.fixed(clusters.imbalance, 3)),
      (
        "nprobe for a coverage",
        clusters.suggestedNProbe.map { "\($0.nprobe) for \(NumberText.fixed($0.coverage * 100, 0)) %" }
          .joined(separator: ", ")
      ),
    ]
  }

  /// A line for each range of sizes, with a bar.
  private func histogram(of clusters: ClusterSummary) -> String {
    let most = clusters.histogram.map(\.clusters).max() ?? 0
    let rows = clusters.histogram.map { bin in
      let width = (Double(bin.clusters * Self.barWidth) / Double(max(most, 1))).rounded(.up)
      return [
        bin.least == bin.most ? "\(bin.least)" : "\(bin.least)…\(bin.most)", String(bin.clusters),
        String(repeating: "#", count: Int(width)),
      ]
    }
    return TextTable(columns: [.number("vectors"), .number("clusters"), .text("")], rows: rows).text
  }

  /// A whole number as it is, another one with three digits.
  private static func number(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 0x1p53 ? String(Int(value)) : NumberText.significant(value)
  }

  private static func bytes(_ count: Int) -> String {
    count < 1 << 20 ? "\(count) bytes" : "\(NumberText.significant(Double(count) / 0x1p20)) MiB"
  }
}
