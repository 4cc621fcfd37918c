import Foundation

/// What a gate holds the head to.
public enum GateMetric: String, Sendable, Codable, CaseIterable {
  /// In points: hundredths.
  case recall
  case qps, p50, p95, p99
  /// Seconds of training and inserting.
  case build
  case indexBytes = "index_bytes"
  case diskBytes = "disk_bytes"
  /// Growth of the process's memory over the build.
  case residentBytes = "rss"
  /// Vectors that an `ingest` wrote a second.
  case insertRate = "insert_rate"
  /// Percentiles of the time of a batch of an `ingest`.
  case insertP50 = "insert_p50"
  case insertP99 = "insert_p99"

  /// Whether the machine's state is in it.
  var isTime: Bool {
    [.qps, .p50, .p95, .p99, .build, .insertRate, .insertP50, .insertP99].contains(self)
  }

  /// Whether more is better.
  var isBetterHigher: Bool { [.recall, .qps, .insertRate].contains(self) }

  /// The logarithm of a quotient, so that more is worse.
  func loss(_ logRatio: Double) -> Double { isBetterHigher ? -logRatio : logRatio }

  /// The tolerated loss as such a logarithm. - Parameter tolerance: a share.
  func limit(_ tolerance: Double) -> Double { isBetterHigher ? -log(1 - tolerance) : log(1 + tolerance) }

  /// The figure of one measurement; nil where it has none.
  func value(of measurement: CellMeasurement) -> Double? {
    let speed = measurement.isSearched ? measurement.speed : nil
    return switch self {
    case .recall: measurement.isSearched ? measurement.quality.recall : nil
    case .qps: speed?.queriesPerSecond
    case .p50: speed?.p50Milliseconds
    case .p95: speed?.p95Milliseconds
    case .p99: speed?.p99Milliseconds
    case .build: measurement.build.seconds
    case .indexBytes: Double(measurement.build.indexBytes)
    case .diskBytes: (measurement.build.file?.bytes).map(Double.init)
    case .residentBytes: measurement.build.residentBytes.map(Double.init)
    case .insertRate: measurement.workload?.writes?.vectorsPerSecond
    case .insertP50: measurement.workload?.writes?.p50Milliseconds
    case .insertP99: measurement.workload?.writes?.p99Milliseconds
    }
  }
}
