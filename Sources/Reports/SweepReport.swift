import Bench
import Foundation

/// The content of a sweep's report: its measured cells by setting, the warnings, and the origin of the figures.
public struct SweepReport: Sendable {
  let folder: String
  let run: Ledger.Run
  /// The records in the order of the plan.
  let records: [CellRecord]
  /// The names of the cells.
  let names: CellNames
  /// The measured cells, in that order.
  let cells: [ReportCell]
  /// The settings of the cells, in the order of the cells.
  let settings: [ReportCell.Setting]
  /// The names of the indexes, see `ReportCell.variant`, in the order of the cells.
  let variants: [String]
  /// The number of measured cells whose raw result file is missing or belongs to another cell.
  let missingRawResults: Int
  /// The comparison with a base; `nil` for a report on one sweep alone.
  let comparison: Comparison?
  /// The history of the ledger's runs; `nil` when it was not requested.
  let history: History?
  /// The runs from which the records come, and what was left out.
  let sources: FolderResults
  /// The title and the links of a page of a site; `nil` for a page on its own.
  var heading: PageHeading?

  /// Reads the times of the queries in addition to the records.
  ///
  /// - Parameters:
  ///   - records: the records of the run's ended cells, in the order of its plan.
  ///   - folder: the ledger's folder.
  ///   - comparison: the comparison of this run, as the head, with another one.
  ///   - history: the history of the ledger.
  /// - Complexity: O(cells · rounds · q), most of it for reading the raw results.
  public init(
    run: Ledger.Run, records: [CellRecord], folder: String, comparison: Comparison? = nil, history: History? = nil
  ) {
    self.init(FolderResults(of: run, records: records, folder: folder), comparison: comparison, history: history)
  }

  /// The report on the results of a folder; `comparison` and `history` are as above, with the newest run as the head.
  public init(_ sources: FolderResults, comparison: Comparison? = nil, history: History? = nil) {
    self.sources = sources
    folder = sources.folder
    run = sources.run
    records = sources.records
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
          number: cells.count, record: record, measurement: measurement, name: names.cell(record),
          setting: ReportCell.Setting(measurement),
          command: RepeatCommand.text(record, run: sources.run(of: record).command),
          latencies: isSingle
            ? raw?.reportedMilliseconds(atPercents: LatencyChart.percents, options: measurement.options) : nil,
          isTypical: typical.contains(record.key)))
    }
    self.cells = cells
    missingRawResults = missing
    settings = cells.map(\.setting).distinct
    variants = cells.map(\.variant).distinct
  }

  /// The keys of the cells that represent their index, see `ReportCell.isTypical`.
  private static func typical(_ records: [CellRecord]) -> Set<CellKey> {
    struct Place: Hashable {
      let setting: ReportCell.Setting
      let variant: String
    }
    var best: [Place: CellRecord] = [:]
    func rank(_ measurement: CellMeasurement?) -> (Double, Double) {
      guard let measurement else { return (0, 0) }
      // At a recall of 0.9 or more the faster cell is preferred, below it the cell with the higher recall.
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

  /// The charts, in the order of the page.
  var charts: [any Chart] {
    cells.compactMap(\.setting.stage?.workload).distinct.flatMap(Charts.stages(of:)) + Charts.all
      + (comparison == nil ? [] : [EqualRecallChart()] as [any Chart])
      + (history.map { [HistoryChart(metric: $0.metric.description)] as [any Chart] } ?? [])
  }

  /// The levels that both fronts of the comparison reach, see `EqualRecallChart`; empty without a comparison.
  var levels: [JSON] {
    comparison.map { comparison in
      EqualRecallChart.rows(comparison) { settings.firstIndex(of: $0) }
    } ?? []
  }

  /// The runs of the history, see `HistoryChart`; empty without a history.
  var nights: [JSON] { history.map { HistoryChart.rows($0) { settings.firstIndex(of: $0) } } ?? [] }

  /// The data of a chart for a setting, in the form that the chart reads.
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
