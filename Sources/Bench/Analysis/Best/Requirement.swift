/// What a setting of an index must reach, and the limits that it must keep.
public struct Requirement: Sendable, Equatable, Codable {
  /// The recall that the lower end of the 95 % confidence interval must reach, a fraction.
  public var recall: Double
  /// The greatest 99th percentile of the time of a query; `nil` for no limit.
  public var p99Milliseconds: Double?
  /// The greatest size of the index in bytes, see `CellMeasurement.BuildCost.deployedBytes`; `nil` for no limit.
  public var memoryBytes: Int?
  /// The greatest time of building; `nil` for no limit.
  public var buildSeconds: Double?

  public init(
    recall: Double, p99Milliseconds: Double? = nil, memoryBytes: Int? = nil, buildSeconds: Double? = nil
  ) {
    self.recall = recall
    self.p99Milliseconds = p99Milliseconds
    self.memoryBytes = memoryBytes
    self.buildSeconds = buildSeconds
  }

  /// One of the figures that a requirement concerns.
  public enum Part: String, Sendable, CaseIterable, Codable {
    case recall, p99, memory, build
  }

  /// The parts that a measurement does not meet.
  func unmet(by measurement: CellMeasurement) -> [Part] {
    Part.allCases.filter { excess(of: measurement, in: $0) > 1 }
  }

  /// The factor by which a measurement misses the part that it misses most; at most 1 when it meets all parts.
  ///
  /// The factor of recall is that of the share of neighbours that are not found.
  func excess(of measurement: CellMeasurement) -> Double {
    Part.allCases.map { excess(of: measurement, in: $0) }.max() ?? 0
  }

  private func excess(of measurement: CellMeasurement, in part: Part) -> Double {
    switch part {
    case .recall:
      let low = measurement.uncertainty.recall.low
      if low >= recall { return 1 }
      return recall < 1 && low.isFinite ? max((1 - low) / (1 - recall), 1.nextUp) : .infinity
    case .p99: return p99Milliseconds.map { (Figure.p99.number(of: measurement) ?? .infinity) / $0 } ?? 0
    case .memory: return memoryBytes.map { Double(measurement.build.deployedBytes) / Double($0) } ?? 0
    case .build: return buildSeconds.map { measurement.build.seconds / $0 } ?? 0
    }
  }
}

extension CellMeasurement.BuildCost {
  /// The size of the index as it counts it itself, or else the growth of the process's resident memory, in bytes.
  ///
  /// Libraries that cannot count the size of their index report zero.
  public var deployedBytes: Int { indexBytes > 0 ? indexBytes : max(residentBytes ?? 0, 0) }
}
