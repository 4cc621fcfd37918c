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

    init(_ measurement: Measurement) {
      dataset = measurement.dataset.name
      k = measurement.options.k
      mode = measurement.options.mode
      threads = measurement.options.threads
    }

    init(_ front: FrontComparison) {
      dataset = front.dataset
      k = front.k
      mode = front.mode
      threads = front.threads
    }

    init(_ series: History.Series) {
      dataset = series.dataset
      k = series.k
      mode = series.mode
      threads = series.threads
    }

    /// `photos, k = 10, single, 2 threads`; one thread is not worth a word.
    var text: String {
      "\(dataset), k = \(k), \(mode.rawValue)\(threads == 1 ? "" : ", \(threads) threads")"
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
      "label": .text(measurement.cell.shortLabel), "build": .text(measurement.cell.build.text),
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
    if let latencies { row["latencies"] = .list(latencies.map { JSON($0) }) }
    return row
  }
}
