/// The measured settings of one index, each with its builds from one or several seeds.
///
/// A setting that was built from several seeds meets a requirement when each build does; its figures are those of the
/// build with the median speed.
public struct IndexSettings: Sendable {
  struct Setting {
    /// The build with the median speed.
    let typical: LatestCells.Cell
    /// The build that is furthest from the requirement.
    let worst: CellMeasurement
  }

  let settings: [Setting]

  /// - Parameter cells: the cells of one index in one group of `BestSettings`.
  /// - Complexity: O(cells · log cells).
  init(_ cells: [LatestCells.Cell], for requirement: Requirement) {
    settings = cells.grouped(by: \.measurement.cell).map { group in
      let builds = group.elements.sorted {
        $0.measurement.speed.queriesPerSecond < $1.measurement.speed.queriesPerSecond
      }
      let worst = builds.map(\.measurement).max { requirement.isNearer($0, than: $1) }
      return Setting(typical: builds[(builds.count - 1) / 2], worst: worst ?? builds[0].measurement)
    }
  }

  /// The settings of a report that require nothing but a recall.
  ///
  /// - Parameter records: the records of one index in one setting of a report; cells without a recall do not count.
  public init(_ records: [CellRecord]) {
    self.init(
      records.compactMap { record in
        guard let measurement = record.measurement, measurement.quality.recall.isFinite else { return nil }
        return LatestCells.Cell(run: measurement.run ?? 0, record: record, measurement: measurement, place: 0)
      }, for: Requirement(recall: 1))
  }

  /// One record for each setting, that of the build with the median speed.
  public var typical: [CellRecord] { settings.map(\.typical.record) }

  /// The settings, the fastest first.
  private var fastestFirst: [Setting] {
    settings.sorted { one, other in
      let (one, other) = (one.typical.measurement, other.typical.measurement)
      return (one.speed.queriesPerSecond, one.quality.recall) > (other.speed.queriesPerSecond, other.quality.recall)
    }
  }

  /// The settings that meet a requirement, the fastest first.
  func meeting(_ requirement: Requirement) -> [Setting] {
    fastestFirst.filter { requirement.unmet(by: $0.worst).isEmpty }
  }

  /// A setting that is the fastest one of its index at some required recall.
  public struct Step: Sendable {
    public let record: CellRecord
    /// The highest recall that the setting reaches: the lower end of the interval of its worst build.
    public let recall: Double
  }

  /// The settings that are the fastest ones at some required recall, the fastest first.
  ///
  /// The first one whose recall is at least the required one is what `BestSettings` chooses without other limits; when
  /// there is none, the last one comes nearest.
  public var steps: [Step] {
    var steps: [Step] = []
    for setting in fastestFirst {
      let recall = setting.worst.uncertainty.recall.low
      guard recall.isFinite, recall > steps.last?.recall ?? -.infinity else { continue }
      steps.append(Step(record: setting.typical.record, recall: recall))
    }
    return steps
  }
}

extension Requirement {
  /// Whether the first measurement comes nearer to the requirement than the second one.
  func isNearer(_ one: CellMeasurement, than other: CellMeasurement) -> Bool {
    (excess(of: one), -one.uncertainty.recall.low) < (excess(of: other), -other.uncertainty.recall.low)
  }
}
