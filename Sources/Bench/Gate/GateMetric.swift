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

  /// Whether the machine's state is in it.
  var isTime: Bool { [.qps, .p50, .p95, .p99, .build].contains(self) }

  /// The logarithm of a quotient, so that more is worse.
  func loss(_ logRatio: Double) -> Double { self == .qps ? -logRatio : logRatio }

  /// The tolerated loss as such a logarithm. - Parameter tolerance: a share.
  func limit(_ tolerance: Double) -> Double { self == .qps ? -log(1 - tolerance) : log(1 + tolerance) }

  func quotient(of cell: CellComparison) -> Quotient? {
    switch self {
    case .recall: nil
    case .qps: cell.queriesPerSecond
    case .p50: cell.p50Milliseconds
    case .p95: cell.p95Milliseconds
    case .p99: cell.p99Milliseconds
    case .build: cell.buildSeconds
    case .indexBytes: cell.indexBytes
    case .diskBytes: cell.diskBytes
    case .residentBytes: cell.residentBytes
    }
  }

  /// The figure of one measurement; nil where it has none.
  func value(of measurement: Measurement) -> Double? {
    switch self {
    case .recall: measurement.quality.recall
    case .qps: measurement.speed.queriesPerSecond
    case .p50: measurement.speed.p50Milliseconds
    case .p95: measurement.speed.p95Milliseconds
    case .p99: measurement.speed.p99Milliseconds
    case .build: measurement.build.seconds
    case .indexBytes: Double(measurement.build.indexBytes)
    case .diskBytes: (measurement.build.file?.bytes).map(Double.init)
    case .residentBytes: measurement.build.residentBytes.map(Double.init)
    }
  }
}
