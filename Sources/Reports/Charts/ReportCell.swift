import Bench

/// A measured cell as the charts and the page show it.
struct ReportCell: Sendable {
  /// What must be equal for two cells to be compared in one chart.
  struct Setting: Hashable, Sendable {
    let dataset: String
    let k: Int
    let mode: SearchMode
    let threads: Int
    /// Whatever the training: that is part of an index's name. `nil` for searches of a finished index.
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

    /// `photos, k = 10, single, 2 threads, step 3`; one thread is not worth a word.
    var text: String { textOfAllStages + (stage.map { ", \($0)" } ?? "") }

    /// The same whatever the stage.
    var textOfAllStages: String {
      "\(dataset), k = \(k), \(mode.rawValue)\(threads == 1 ? "" : ", \(threads) threads")"
    }

    /// Whether the other has the same of all but the stage.
    func isAnotherStage(of other: Setting) -> Bool {
      dataset == other.dataset && k == other.k && mode == other.mode && threads == other.threads
    }
  }

  /// Its place in the report.
  let number: Int
  let measurement: CellMeasurement
  /// What it is called among the cells of the report.
  let name: String
  let setting: Setting
  /// What the sweep calls the index, and how it was trained where there are several ways.
  var variant: String { WorkloadStage.name(measurement.variant, at: measurement.options.stage) }
  /// The command line that measures it again.
  let command: String
  /// Milliseconds at `LatencyChart.percents`; nil in batch mode, where all queries share one time, and where the raw
  /// result is not there.
  let latencies: [Double]?
  /// Whether it stands for its index among those of its setting: the fastest with a recall of 0.9 or more, or else that
  /// of the best recall.
  let isTypical: Bool

  /// What charts show of all cells, and of the stages of a workload beside that.
  private static let figures: [Figure] = [.recall, .qps, .p50, .p95, .p99, .build, .indexBytes]
  private static let stageFigures: [Figure] = [.insertRate, .insertP99]

  /// The cell as the charts read it: every member that a specification names.
  ///
  /// - Parameter setting: the number of its setting.
  func row(setting: Int) -> JSON {
    let uncertainty = measurement.uncertainty
    var row: JSON = [
      "cell": .integer(number), "setting": .integer(setting), "variant": .text(variant),
      "label": .text(name),
      "build": .text(Figure.buildParameters.value(of: measurement).description),
      "search": .text(Figure.searchParameters.value(of: measurement).description),
      // As text: JavaScript has no integers of 64 bits.
      "seed": .text(String(measurement.options.seed)),
      "recall_low": JSON(uncertainty.recall.low), "recall_high": JSON(uncertainty.recall.high),
      "qps_low": JSON(uncertainty.queriesPerSecond.low), "qps_high": JSON(uncertainty.queriesPerSecond.high),
      "p99_low": JSON(uncertainty.p99Milliseconds.low), "p99_high": JSON(uncertainty.p99Milliseconds.high),
      "noise": .text(Figure.noise.value(of: measurement).description), "command": .text(command),
    ]
    for figure in Self.figures { row[figure.member] = figure.charted(measurement) }
    if isTypical { row["typical"] = true }
    if let stage = measurement.options.stage {
      row["stage"] = .text(stage.description)
      row["rows"] = .integer(measurement.dataset.trainSize)
      // What is joined by a line: all stages of one way to build and to search.
      row["line"] = .text("\(measurement.cell.label), seed \(measurement.options.seed)")
      for figure in Self.stageFigures { row[figure.member] = figure.charted(measurement) }
    }
    if let latencies { row["latencies"] = .list(latencies.map { JSON($0) }) }
    return row
  }
}

extension Figure {
  /// The member of the rows that has it: beside the parameters of a build, and in the unit of tables.
  var member: String { self == .build ? "build_seconds" : self == .indexBytes ? "megabytes" : name }

  /// As the rows have it; null where there is none.
  fileprivate func charted(_ measurement: CellMeasurement) -> JSON {
    JSON(number(of: measurement).map { $0 / (display?.divisor ?? 1) } ?? .nan)
  }
}

extension WorkloadStage {
  /// The same whatever the training.
  fileprivate var untrained: WorkloadStage {
    if case .drift(let step, _) = self { .drift(step: step, training: .none) } else { self }
  }

  /// What an index is called in a report: `ivf-flat`, or in a `drift` `ivf-flat, trained at each step`.
  static func name(_ variant: String, at stage: WorkloadStage?) -> String {
    switch stage {
    case .drift(_, .first): "\(variant), trained on the first tenth"
    case .drift(_, .each): "\(variant), trained at each step"
    default: variant
    }
  }
}
