import Bench
import Foundation

/// The best figures of each index of a report at fixed recalls, interpolated on its front and never extrapolated.
struct RecallLevels {
  static let recalls = [0.8, 0.9, 0.95, 0.99, 0.999]

  /// The figures of one index in one setting at one recall.
  struct Level {
    let setting: ReportCell.Setting
    let variant: String
    let recall: Double
    /// The values of those figures of `Figure.ofFronts` whose front reaches the recall.
    let values: [Figure: Double]
  }

  let levels: [Level]

  /// - Complexity: O(cells · log cells).
  init(_ report: SweepReport) {
    levels = report.settings.flatMap { setting in
      report.variants.flatMap { variant -> [Level] in
        let cells = report.cells.filter { $0.setting == setting && $0.variant == variant }.map(
          \.measurement)
        // A phase without searches has no place on a front.
        guard cells.contains(where: { $0.quality.recall.isFinite }) else { return [] }
        let fronts = Figure.ofFronts.map { ($0, $0.reportedFront(cells)) }
        return Self.recalls.map { recall in
          Level(
            setting: setting, variant: variant, recall: recall,
            values: fronts.reduce(into: [:]) { $0[$1.0] = $1.0.value(of: $1.1, atRecall: recall) })
        }
      }
    }
  }

  private var hasStages: Bool { levels.contains { $0.setting.stage != nil } }

  /// A table for people: a line for each index, a column for each recall.
  var table: TextTable {
    var table = TextTable(
      columns: [.text("dataset"), .number("k"), .text("mode"), .text("index")]
        + (hasStages ? [.text("stage")] : []) + [.text("figure")]
        + Self.recalls.map { .number("at \($0)") })
    var rest = levels[...]
    while let first = rest.first {
      let line = rest.prefix(Self.recalls.count)
      rest = rest.dropFirst(line.count)
      let head =
        [
          first.setting.dataset, "\(first.setting.k)", first.setting.mode.text(threads: first.setting.threads),
          first.variant,
        ]
        + (hasStages ? [first.setting.stage?.description ?? ""] : [])
      for figure in Figure.ofFronts {
        table.rows.append(
          head + [figure.title] + line.map { $0.values[figure].map(NumberText.significant) ?? "not reached" })
      }
    }
    return table
  }

  /// A CSV for programs (RFC 4180): one line for each level; a field is empty when the recall is not reached.
  var csv: String {
    let header = ["dataset", "k", "mode", "threads", "index", "recall"] + Figure.ofFronts.map(\.name) + ["stage"]
    return CSVExporter.line(header)
      + levels.map { level in
        CSVExporter.line(
          [level.setting.dataset, "\(level.setting.k)", level.setting.mode.rawValue, "\(level.setting.threads)"]
            + [level.variant, "\(level.recall)"]
            + Figure.ofFronts.map { level.values[$0].map { "\($0)" } ?? "" } + [level.setting.stage?.name ?? ""])
      }.joined()
  }
}
