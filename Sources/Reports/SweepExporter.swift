import Bench
import Foundation

/// Texts for the terminal about a sweep, before and after it is run.
public enum SweepExporter {
  private static let planColumns: [TextTable.Column] = [
    .text("dataset"), .text("index"), .text("build"), .number("cells"), .text("k"), .text("mode"), .text("threads"),
    .text("seed"),
  ]

  /// One line for each build, then the totals.
  public static func text(_ plan: SweepPlan) -> String {
    let names = CellNames(plan)
    let rows = plan.builds.map { build in
      func all(_ property: (RunOptions) -> String) -> String {
        var seen: Set<String> = []
        return build.cells.map { property($0.options) }.filter { seen.insert($0).inserted }.joined(separator: " ")
      }
      return [
        build.dataset.name, build.variant, names.build(build),
        build.dataset.fault != nil ? "unreadable" : build.obstacle == nil ? String(build.cells.count) : "skipped",
        all { String($0.k) }, all { $0.mode.rawValue }, all { String($0.threads) }, String(build.seed),
      ]
    }
    let estimate = plan.estimate
    return TextTable(columns: planColumns, rows: rows).fitted + """
      \(NumberText.count(plan.cellCount, "cell")) of \(NumberText.count(plan.builds.count, "build")), \
      \(rounds(plan)); about \
      \(duration(estimate.buildSeconds)) of building and \(duration(estimate.searchSeconds)) of searching, \
      \(memory(estimate.memoryBytes)) of memory

      """
  }

  private static func memory(_ bytes: Int) -> String {
    let isSmall = bytes < 1 << 30
    return "\(NumberText.significant(Double(bytes) / (isSmall ? 0x1p20 : 0x1p30))) \(isSmall ? "MiB" : "GiB")"
  }

  private static func rounds(_ plan: SweepPlan) -> String {
    let rounds = "\(NumberText.count(plan.builds[0].cells[0].options.rounds, "round")) each"
    return switch plan.workload {
    case .search: rounds
    case .filtered: "\(rounds), with each filter"
    case .drift: "\(rounds), at each step of a drift"
    case .ingest: "the phases of an ingest"
    case .load: "\(rounds), at each rate"
    case .runbook: "\(rounds), at each searching step of a runbook"
    }
  }

  /// One line for each dataset that cannot be measured; empty when there is none.
  public static func faults(of plan: SweepPlan) -> String {
    plan.datasets.compactMap(\.fault).map { "unreadable: \($0); its cells fail, the others are measured\n" }.joined()
  }

  /// One line for each thing about a dataset that a reader of the results should know; empty mostly.
  public static func warnings(of plan: SweepPlan) -> String {
    warnings(plan.datasets).map { "warning: \($0)\n" }.joined()
  }

  /// The warnings of some datasets, each once.
  static func warnings(_ datasets: [SweepDataset]) -> [String] {
    datasets.flatMap(\.warnings).map(\.printable).distinct
  }

  /// Every cell, one line each.
  public static func cells(_ plan: SweepPlan) -> String {
    plan.builds.flatMap { build in
      build.cells.map { cell in
        let options = cell.options
        return "\(build.dataset.name): \(cell.label), k = \(options.k), \(options.mode.rawValue), "
          + "\(NumberText.count(options.threads, "thread")), seed \(options.seed)\n"
      }
    }.joined()
  }

  /// Remarks on records that were not measured, not judged on all queries, or whose figures are noisy; empty when there
  /// are none.
  public static func remarks(_ records: [CellRecord]) -> String {
    let names = CellNames(records)
    var lines: [String] = []
    for record in records where record.status != .ok {
      lines.append("\(record.status.rawValue): \(names.whole(record)): \(record.error)")
    }
    lines += UnjudgedQueries.remarks(records.compactMap(\.measurement)).map { "not judged: \($0)" }
    lines += TrainedLists.remarks(records.compactMap(\.measurement)).map { "clusters: \($0)" }
    lines += ForeignCalls.remarks(records.compactMap(\.measurement)).map { "interface: \($0)" }
    lines += RunbookSummaries.remarks(records.compactMap(\.measurement)).map { "runbook: \($0)" }
    lines += LoadKnees.remarks(records.compactMap(\.measurement)).map { "rate: \($0)" }
    for record in records {
      guard let noise = record.measurement?.noise, !noise.isEmpty else { continue }
      lines.append("noisy: \(names.whole(record)): \(noise.map(\.description).joined(separator: "; "))")
    }
    return lines.map { $0.printable + "\n" }.joined()
  }

  private static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<1: "1 s"
    case ..<120: "\(NumberText.fixed(seconds, 0)) s"
    case ..<7200: "\(NumberText.fixed(seconds / 60, 0)) min"
    default: "\(NumberText.fixed(seconds / 3600, 1)) h"
    }
  }
}
