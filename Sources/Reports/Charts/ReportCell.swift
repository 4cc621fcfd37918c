import Bench
import Foundation

/// A measured cell in the form that the charts and the page show.
struct ReportCell: Sendable {
  /// The properties that must be equal for two cells to be compared in one chart.
  struct Setting: Hashable, Sendable {
    let dataset: String
    let k: Int
    let mode: SearchMode
    let threads: Int
    /// The stage without the training, which is part of an index's name. `nil` for searches of a finished index.
    let stage: WorkloadStage?

    init(_ measurement: CellMeasurement) {
      dataset = measurement.dataset.name
      k = measurement.options.k
      mode = measurement.options.mode
      threads = measurement.options.threads
      stage = measurement.options.stage?.untrained
    }

    init(_ front: FrontComparison) {
      dataset = front.dataset
      k = front.k
      mode = front.mode
      threads = front.threads
      stage = front.stage?.untrained
    }

    init(_ series: History.Series) {
      dataset = series.dataset
      k = series.k
      mode = series.mode
      threads = series.threads
      stage = series.stage?.untrained
    }

    /// The setting as text: `photos, k = 10, single ×2, step 3`; a single thread is not mentioned.
    var text: String { textOfAllStages + (stage.map { ", \($0)" } ?? "") }

    /// The setting as text without the stage.
    var textOfAllStages: String { "\(dataset), k = \(k), \(mode.text(threads: threads))" }

    /// Whether the other setting differs only by its stage.
    func isAnotherStage(of other: Setting) -> Bool {
      dataset == other.dataset && k == other.k && mode == other.mode && threads == other.threads
    }
  }

  /// The position of the cell in the report.
  let number: Int
  let record: CellRecord
  let measurement: CellMeasurement
  /// The name of the cell among those of the report.
  let name: String
  let setting: Setting
  /// The name of the index in the sweep, followed by its training when there are several kinds of training.
  var variant: String { WorkloadStage.name(measurement.variant, at: measurement.options.stage) }
  /// The command line that repeats the measurement.
  let command: String
  /// Milliseconds at `LatencyChart.percents`; `nil` in batch mode, where all queries share one time, and when the raw
  /// result file is missing.
  let latencies: [Double]?
  /// Whether the cell represents its index in its setting: the fastest cell with a recall of at least 0.9, or otherwise
  /// the one with the highest recall.
  let isTypical: Bool

  /// The figures that charts show for all cells, and in addition for the stages of a workload.
  private static let figures: [Figure] = [.recall, .qps, .p50, .p95, .p99, .build, .indexBytes]
  private static let stageFigures: [Figure] = [.selectivity, .matches, .insertRate, .insertP99]

  /// A time with four significant digits, more than a chart can show; there are many of them in a page.
  private static func short(_ milliseconds: Double) -> JSON {
    guard milliseconds.isFinite, milliseconds > 0 else { return JSON(milliseconds) }
    let unit = pow(10, 3 - log10(milliseconds).rounded(.down))
    return JSON((milliseconds * unit).rounded() / unit)
  }

  /// The cell in the form that the charts read, with every member that a specification names.
  ///
  /// - Parameter setting: the number of its setting.
  func row(setting: Int) -> JSON {
    let uncertainty = measurement.uncertainty
    var row: JSON = [
      "cell": .integer(number), "setting": .integer(setting), "variant": .text(variant),
      "label": .text(name),
      "build": .text(Figure.buildParameters.value(of: measurement).description),
      "search": .text(Figure.searchParameters.value(of: measurement).description),
      // As text, since JavaScript has no integers of 64 bits.
      "seed": .text(String(measurement.options.seed)),
      "recall_low": JSON(uncertainty.recall.low), "recall_high": JSON(uncertainty.recall.high),
      "qps_low": JSON(uncertainty.queriesPerSecond.low), "qps_high": JSON(uncertainty.queriesPerSecond.high),
      "p99_low": JSON(uncertainty.p99Milliseconds.low), "p99_high": JSON(uncertainty.p99Milliseconds.high),
      "noise": .text(Figure.noise.value(of: measurement).description), "command": .text(command),
    ]
    for figure in Self.figures { row[figure.member] = figure.charted(measurement) }
    // A library that does not tell its size has no place on an axis of sizes.
    if measurement.build.indexBytes == 0 { row[Figure.indexBytes.member] = .null }
    if isTypical { row["typical"] = true }
    if let stage = measurement.options.stage {
      row["stage"] = .text(stage.description)
      row["rows"] = .integer(measurement.dataset.trainSize)
      row["order"] = .integer(Int(stage.name) ?? number)
      // The identity of a line in a chart, which joins all stages of one build and one search setting.
      row["line"] = .text("\(measurement.cell.label), seed \(measurement.options.seed)\(stage.lineSuffix)")
      for figure in Self.stageFigures { row[figure.member] = figure.charted(measurement) }
    }
    if let latencies { row["latencies"] = .list(latencies.map(Self.short)) }
    return row
  }
}

extension Figure {
  /// The member of the rows with this figure; its name and unit avoid a clash with a build's parameters.
  var member: String { self == .build ? "build_seconds" : self == .indexBytes ? "megabytes" : name }

  /// The figure's value in the rows; null when the cell does not have it.
  fileprivate func charted(_ measurement: CellMeasurement) -> JSON {
    JSON(number(of: measurement).map { $0 / (display?.divisor ?? 1) } ?? .nan)
  }
}

extension WorkloadStage {
  /// What distinguishes the lines of one setting in a chart: how the rows that match a filter lie.
  fileprivate var lineSuffix: String {
    switch self {
    case .filtered(.made(_, let correlation)): ", \(correlation.rawValue)"
    case .filtered(let filter): ", \(filter)"
    case .drift, .ingest, .load, .runbook: ""
    }
  }

  /// The name of an index in a report: `ivf-flat`, or in a `drift` or a runbook `ivf-flat, trained at each step`.
  static func name(_ variant: String, at stage: WorkloadStage?) -> String {
    switch stage {
    case .drift(_, .first): "\(variant), trained on the first tenth"
    case .drift(_, .each), .runbook(_, .each, _): "\(variant), trained at each step"
    case .runbook(_, .first, _): "\(variant), trained once"
    default: variant
    }
  }
}
