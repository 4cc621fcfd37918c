import Bench
import Foundation

/// A sweep as a report tells of it: its measured cells by setting, what to know before believing them, and where they
/// come from.
public struct SweepReport: Sendable {
  let folder: String
  let run: Ledger.Run
  /// In the order of the plan.
  let records: [CellRecord]
  /// What the cells are called.
  let names: CellNames
  /// The measured ones, in that order.
  let cells: [ReportCell]
  /// What the cells' settings are, in the order of the cells.
  let settings: [ReportCell.Setting]
  /// What its indexes are called, see `ReportCell.variant`, in the order of the cells.
  let variants: [String]
  /// Measured cells whose raw result is not there any more, or is none of theirs.
  let missingRawResults: Int
  /// With its base; nil for a report of one sweep alone.
  let comparison: Comparison?
  /// Of the ledger's runs; nil where it was not asked for.
  let history: History?

  /// Reads the times of the queries beside what the records say.
  ///
  /// - Parameters:
  ///   - records: those of the run that have ended, in the order of its plan.
  ///   - folder: the ledger's.
  ///   - comparison: of this run, as the head, with another.
  ///   - history: of the ledger.
  /// - Complexity: O(cells · rounds · q), most of it reading the raw results.
  public init(
    run: Ledger.Run, records: [CellRecord], folder: String, comparison: Comparison? = nil, history: History? = nil
  ) {
    self.folder = folder
    self.run = run
    self.records = records
    self.comparison = comparison
    self.history = history
    let names = CellNames(records)
    self.names = names
    let typical = Self.typical(records)
    var cells: [ReportCell] = []
    var missing = 0
    for record in records {
      guard let measurement = record.measurement else { continue }
      let raw = try? record.rawRounds(in: folder)
      if raw == nil, measurement.options.keepsRawResults { missing += 1 }
      let isSingle = measurement.options.mode == .single
      cells.append(
        ReportCell(
          number: cells.count, measurement: measurement, name: names.cell(record),
          setting: ReportCell.Setting(measurement),
          command: RepeatCommand.text(record, run: run.command),
          latencies: isSingle
            ? raw?.reportedMilliseconds(atPercents: LatencyChart.percents, options: measurement.options) : nil,
          isTypical: typical.contains(record.key)))
    }
    self.cells = cells
    missingRawResults = missing
    settings = cells.map(\.setting).distinct
    variants = cells.map(\.variant).distinct
  }

  /// The keys of the cells that stand for their index, see `ReportCell.isTypical`.
  private static func typical(_ records: [CellRecord]) -> Set<CellKey> {
    struct Place: Hashable {
      let setting: ReportCell.Setting
      let variant: String
    }
    var best: [Place: CellRecord] = [:]
    func rank(_ measurement: CellMeasurement?) -> (Double, Double) {
      guard let measurement else { return (0, 0) }
      // Above the bar the faster one counts, below it the better one.
      return (min(measurement.quality.recall, 0.9), measurement.speed.queriesPerSecond)
    }
    for record in records {
      guard let measurement = record.measurement else { continue }
      let place = Place(
        setting: ReportCell.Setting(measurement),
        variant: WorkloadStage.name(measurement.variant, at: measurement.options.stage))
      if best[place] == nil || rank(measurement) > rank(best[place]?.measurement) { best[place] = record }
    }
    return Set(best.values.map(\.key))
  }

  /// What is drawn, in the order of the page.
  var charts: [any Chart] {
    Charts.stages(of: cells.first?.setting.stage?.workload ?? "") + Charts.all
      + (comparison == nil ? [] : [EqualRecallChart()] as [any Chart])
      + (history.map { [HistoryChart(metric: $0.metric.description)] as [any Chart] } ?? [])
  }

  /// The levels that both fronts of the comparison reach, see `EqualRecallChart`; empty without one.
  var levels: [JSON] {
    comparison.map { comparison in
      EqualRecallChart.rows(comparison) { settings.firstIndex(of: $0) }
    } ?? []
  }

  /// The runs of the history, see `HistoryChart`; empty without one.
  var nights: [JSON] { history.map { HistoryChart.rows($0) { settings.firstIndex(of: $0) } } ?? [] }

  /// What a chart shows of a setting, as it reads it.
  func rows(of chart: any Chart, in setting: ReportCell.Setting) -> [JSON] {
    let number = settings.firstIndex(of: setting).map { JSON.integer($0) }
    switch chart.cells {
    case .all: return cells.filter { $0.setting == setting }.map { $0.row(setting: 0) }
    case .typical:
      return cells.filter { $0.setting == setting && $0.isTypical && $0.latencies != nil }.map { $0.row(setting: 0) }
    case .stages: return cells.filter { $0.setting.isAnotherStage(of: setting) }.map { $0.row(setting: 0) }
    case .levels: return levels.filter { $0["setting"] == number }
    case .history: return nights.filter { $0["setting"] == number }
    }
  }
}
