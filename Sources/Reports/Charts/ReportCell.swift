import Bench

// Foundation has a type of this name too.
import struct Bench.Measurement

/// A measured cell as the charts and the page show it.
struct ReportCell: Sendable {
  /// What must be equal for two cells to be compared in one chart.
  struct Setting: Hashable, Sendable {
    let dataset: String
    let k: Int
    let mode: SearchMode
    let threads: Int
    /// `nil` for searches of a finished index.
    let stage: WorkloadStage?

    init(_ measurement: Measurement) {
      dataset = measurement.dataset.name
      k = measurement.options.k
      mode = measurement.options.mode
      threads = measurement.options.threads
      stage = measurement.options.stage
    }

    init(_ front: FrontComparison) {
      dataset = front.dataset
      k = front.k
      mode = front.mode
      threads = front.threads
      stage = front.stage
    }

    init(_ series: History.Series) {
      dataset = series.dataset
      k = series.k
      mode = series.mode
      threads = series.threads
      stage = series.stage
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
  let measurement: Measurement
  let setting: Setting
  /// The command line that measures it again.
  let command: String
  /// Milliseconds at `LatencyChart.percents`; nil in batch mode, where all queries share one time, and where the raw
  /// result is not there.
  let latencies: [Double]?
  /// Whether it stands for its index among those of its setting: the fastest with a recall of 0.9 or more, or else that
  /// of the best recall.
  let isTypical: Bool

  /// The cell as the charts read it: every member that a specification names.
  ///
  /// - Parameter setting: the number of its setting.
  func row(setting: Int) -> JSON {
    let (measurement, speed, quality) = (measurement, measurement.speed, measurement.quality)
    let uncertainty = measurement.uncertainty
    var row: JSON = [
      "cell": .integer(number), "setting": .integer(setting), "variant": .text(measurement.variant),
      "label": .text(measurement.planned.shortLabel), "build": .text(measurement.cell.build.text),
      "search": .text(measurement.cell.search.text),
      // As text: JavaScript has no integers of 64 bits.
      "seed": .text(String(measurement.options.seed)),
      "recall": JSON(quality.recall), "recall_low": JSON(uncertainty.recall.low),
      "recall_high": JSON(uncertainty.recall.high), "qps": JSON(speed.queriesPerSecond),
      "qps_low": JSON(uncertainty.queriesPerSecond.low), "qps_high": JSON(uncertainty.queriesPerSecond.high),
      "p50": JSON(speed.p50Milliseconds), "p95": JSON(speed.p95Milliseconds), "p99": JSON(speed.p99Milliseconds),
      "p99_low": JSON(uncertainty.p99Milliseconds.low), "p99_high": JSON(uncertainty.p99Milliseconds.high),
      "build_seconds": JSON(measurement.build.seconds), "megabytes": JSON(Double(measurement.build.indexBytes) / 1e6),
      "noise": .text(measurement.noise.map(\.description).joined(separator: "; ")), "command": .text(command),
    ]
    if isTypical { row["typical"] = true }
    if let stage = measurement.options.stage {
      row["stage"] = .text(stage.description)
      row["rows"] = .integer(measurement.dataset.trainSize)
      // What is joined by a line: all stages of one way to build, to train and to search.
      row["line"] = .text("\(measurement.cell.label), seed \(measurement.options.seed), \(stage.series)")
      row["training"] = .text(stage.series)
      row["insert_rate"] = JSON(measurement.workload?.writes?.vectorsPerSecond ?? .nan)
      row["insert_p99"] = JSON(measurement.workload?.writes?.p99Milliseconds ?? .nan)
    }
    if let latencies { row["latencies"] = .list(latencies.map { JSON($0) }) }
    return row
  }
}

extension WorkloadStage {
  /// What tells the lines of one index apart: how it was trained; empty for an `ingest`.
  fileprivate var series: String { if case .drift(_, let training) = self { training.rawValue } else { "" } }
}
