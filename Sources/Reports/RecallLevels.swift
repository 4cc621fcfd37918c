import Bench
import Foundation

/// The best that each index of a report does at fixed recalls, interpolated on its front and never extrapolated.
struct RecallLevels {
  static let recalls = [0.8, 0.9, 0.95, 0.99, 0.999]

  /// One index in one setting at one recall.
  struct Level {
    let setting: ReportCell.Setting
    let variant: String
    let recall: Double
    /// nil where no cell reaches the recall; the same for the time.
    let queriesPerSecond: Double?
    let p99Milliseconds: Double?
  }

  let levels: [Level]

  /// - Complexity: O(cells · log cells).
  init(_ report: SweepReport) {
    levels = report.settings.flatMap { setting in
      report.variants.flatMap { variant -> [Level] in
        let cells = report.cells.filter { $0.setting == setting && $0.variant == variant }.map(
          \.measurement)
        // A phase in which nobody searched has no place on a front.
        guard cells.contains(where: { $0.quality.recall.isFinite }) else { return [] }
        func front(_ speed: (CellMeasurement) -> Double) -> Front {
          Front(
            cells.filter { $0.quality.recall.isFinite }.map {
              Front.Point(recall: $0.quality.recall, queriesPerSecond: speed($0))
            })
        }
        let speeds = front(\.speed.queriesPerSecond)
        // A front is of speeds: a time counts as its inverse.
        let tails = front { 1 / max($0.speed.p99Milliseconds, 1e-9) }
        return Self.recalls.map { recall in
          Level(
            setting: setting, variant: variant, recall: recall,
            queriesPerSecond: speeds.queriesPerSecond(atRecall: recall),
            p99Milliseconds: tails.queriesPerSecond(atRecall: recall).map { 1 / $0 })
        }
      }
    }
  }

  private var hasStages: Bool { levels.contains { $0.setting.stage != nil } }

  /// For people: a line an index, a column a recall.
  var table: TextTable {
    var table = TextTable(
      columns: [.text("dataset"), .number("k"), .text("mode"), .text("index")]
        + (hasStages ? [.text("stage")] : []) + [.text("figure")]
        + Self.recalls.map { .number("at \($0)") })
    var rest = levels[...]
    while let first = rest.first {
      let line = rest.prefix(Self.recalls.count)
      rest = rest.dropFirst(line.count)
      let threads = first.setting.threads == 1 ? "" : " ×\(first.setting.threads)"
      let head =
        [first.setting.dataset, "\(first.setting.k)", first.setting.mode.rawValue + threads, first.variant]
        + (hasStages ? [first.setting.stage?.description ?? ""] : [])
      func texts(_ figure: (Level) -> Double?) -> [String] {
        line.map { figure($0).map(Figure.significant) ?? "not reached" }
      }
      table.rows.append(head + ["queries/s"] + texts(\.queriesPerSecond))
      table.rows.append(head + ["p99 ms"] + texts(\.p99Milliseconds))
    }
    return table
  }

  /// For programs: one line a level (RFC 4180); empty where a recall is not reached.
  var csv: String {
    let header = ["dataset", "k", "mode", "threads", "index", "recall", "qps", "p99", "stage"]
    return CSVExporter.line(header)
      + levels.map { level in
        CSVExporter.line(
          [level.setting.dataset, "\(level.setting.k)", level.setting.mode.rawValue, "\(level.setting.threads)"]
            + [level.variant, "\(level.recall)", level.queriesPerSecond.map { "\($0)" } ?? ""]
            + [level.p99Milliseconds.map { "\($0)" } ?? "", level.setting.stage?.name ?? ""])
      }.joined()
  }
}
