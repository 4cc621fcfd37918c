import VectorIndexes

/// The fastest measured setting of each index that meets a requirement.
public struct BestSettings: Sendable, Encodable {
  /// The version of the JSON form.
  public static let formatVersion = 1

  /// The indexes that were measured in the same way on one dataset.
  public struct Group: Sendable, Encodable {
    public let dataset: String
    public let queries: Int
    public let k: Int
    public let mode: SearchMode
    public let threads: Int
    /// The indexes with a setting that meets the requirement, the fastest first.
    public let reached: [Choice]
    /// The indexes without such a setting, each with the one that comes nearest; the nearest first.
    public let missed: [Choice]
  }

  /// The setting that was chosen for one index.
  public struct Choice: Sendable {
    /// The name of the index in the sweep.
    public let variant: String
    /// The name among the cells of its group.
    public let name: String
    public let record: CellRecord
    public let measurement: CellMeasurement
    /// The queries per second at the required recall, interpolated on the front of the settings that keep the limits;
    /// `nil` when that front does not reach the recall.
    public let interpolated: Double?
    /// The fastest other setting that meets the requirement, of another build if there is one; `nil` when there is
    /// none.
    public let runnerUp: RunnerUp?
    /// The parts of the requirement that are not met; empty when all are met.
    public let unmet: [Requirement.Part]
    /// The speed of the group's fastest choice ÷ the speed of this one; `nil` for the fastest itself, and for an index
    /// that does not meet the requirement.
    public internal(set) var slowdown: Quotient?
    /// Whether the rounds of this choice and of the fastest one were interleaved.
    public internal(set) var isPaired = false
  }

  /// A setting that meets the requirement, too.
  public struct RunnerUp: Sendable, Encodable {
    public let name: String
    public let recall: Double
    public let queriesPerSecond: Double
    /// Whether the rounds of both settings were interleaved.
    public let isPaired: Bool
  }

  public let version: Int
  public let requirement: Requirement
  public let groups: [Group]
  /// The reasons why measurements were left out, each once.
  public let refusals: [Incomparability]
  /// The numbers of the runs that were left out, because faults were injected into them.
  public let disturbedRuns: [Int]

  /// The cells among which settings are chosen.
  public struct Filter: Sendable {
    /// Only these datasets, by their names in the results; empty for all.
    public var datasets: [String] = []
    /// Only these indexes, by their names in the sweep; empty for all.
    public var variants: [String] = []
    /// Only these numbers of neighbours; empty for all.
    public var ks: [Int] = []
    /// Whether cells are called by their kind and all parameters, and not as `CellNames` has it.
    public var namesInFull = false
    /// The cells that are chosen before all others of their index, when they meet the requirement.
    var preferred: Set<CellKey> = []

    public init() {}
  }

  /// Chooses the settings, and reads the raw results of the chosen ones.
  ///
  /// - Complexity: O(cells · log cells).
  public init(_ requirement: Requirement, of latest: LatestCells, filter: Filter = Filter()) {
    version = Self.formatVersion
    self.requirement = requirement
    refusals = latest.refusals
    disturbedRuns = latest.disturbedRuns
    // A cell whose recall is unknown, or that is a stage of a workload, has no place in a choice by recall.
    let searches = latest.cells.filter {
      $0.record.planned.options.stage == nil && $0.measurement.quality.recall.isFinite
    }
    let cells = searches.filter { cell in
      (filter.datasets.isEmpty || filter.datasets.contains(cell.measurement.dataset.name))
        && (filter.variants.isEmpty || filter.variants.contains(cell.measurement.variant))
        && (filter.ks.isEmpty || filter.ks.contains(cell.measurement.options.k))
    }
    groups = cells.grouped { GroupKey($0.measurement) }.map { key, cells in
      let names = CellNames(cells.map(\.record))
      var choices = cells.grouped(by: \.measurement.variant).compactMap { variant, own in
        Self.choice(requirement, variant, own, preferred: filter.preferred) { record in
          filter.namesInFull ? record.planned.label : names.setting(record)
        }
      }
      choices.sort { first, second in
        let (one, other) = (first.choice, second.choice)
        guard one.unmet.isEmpty, other.unmet.isEmpty else {
          return requirement.isNearer(one.measurement, than: other.measurement)
        }
        return one.measurement.speed.queriesPerSecond > other.measurement.speed.queriesPerSecond
      }
      let reached = choices.filter { $0.choice.unmet.isEmpty }
      return Group(
        dataset: key.dataset, queries: key.queries, k: key.k, mode: key.mode, threads: key.threads,
        reached: Self.compared(reached, folder: latest.folder),
        missed: choices.map(\.choice).filter { !$0.unmet.isEmpty })
    }
  }

  /// The properties that measurements must share to be ranked together.
  private struct GroupKey: Hashable {
    let dataset: String
    let queries: Int
    let k: Int
    let mode: SearchMode
    let threads: Int

    init(_ measurement: CellMeasurement) {
      dataset = measurement.dataset.name
      queries = measurement.dataset.queries
      k = measurement.options.k
      mode = measurement.options.mode
      threads = measurement.options.threads
    }
  }

  /// The choice among the cells of one index, see `IndexSettings`.
  private static func choice(
    _ requirement: Requirement, _ variant: String, _ cells: [LatestCells.Cell], preferred: Set<CellKey>,
    name: (CellRecord) -> String
  ) -> (choice: Choice, run: Int)? {
    let settings = IndexSettings(cells, for: requirement)
    let meeting = settings.meeting(requirement)
    let best =
      meeting.first { preferred.contains($0.typical.record.key) } ?? meeting.first
      ?? settings.settings.min { requirement.isNearer($0.worst, than: $1.worst) }
    guard let best else { return nil }
    var limits = requirement
    limits.recall = 0
    let within = settings.meeting(limits).map(\.typical.measurement)
    let others = meeting.map(\.typical).filter { $0.measurement.cell != best.typical.measurement.cell }
    let runnerUp = others.first { $0.measurement.cell.build != best.typical.measurement.cell.build } ?? others.first
    let choice = Choice(
      variant: variant, name: name(best.typical.record), record: best.typical.record,
      measurement: best.typical.measurement,
      interpolated: Figure.qps.value(of: Figure.qps.reportedFront(within), atRecall: requirement.recall),
      runnerUp: runnerUp.map {
        RunnerUp(
          name: name($0.record), recall: $0.measurement.quality.recall,
          queriesPerSecond: $0.measurement.speed.queriesPerSecond,
          isPaired: $0.run == best.typical.run && $0.measurement.isInterleaved(with: best.typical.measurement))
      }, unmet: requirement.unmet(by: best.worst))
    return (choice, best.typical.run)
  }

  /// The choices, each with the ratio of the first one's speed to its own.
  private static func compared(_ choices: [(choice: Choice, run: Int)], folder: String) -> [Choice] {
    guard let first = choices.first, let winner = CellComparison.Side(first.choice.record, folder: folder) else {
      return []
    }
    return choices.map { choice, run in
      guard choice.record.key != first.choice.record.key || run != first.run,
        let side = CellComparison.Side(choice.record, folder: folder)
      else { return choice }
      var choice = choice
      choice.isPaired = run == first.run && choice.measurement.isInterleaved(with: first.choice.measurement)
      choice.slowdown = Quotient(
        base: choice.measurement.speed.queriesPerSecond, head: first.choice.measurement.speed.queriesPerSecond,
        baseRounds: side.speeds.queriesPerSecond, headRounds: winner.speeds.queriesPerSecond, isPaired: choice.isPaired)
      return choice
    }
  }
}

extension CellMeasurement {
  /// Whether the rounds of two measurements of one run were interleaved.
  fileprivate func isInterleaved(with other: CellMeasurement) -> Bool { session != nil && session == other.session }
}

extension BestSettings.Choice: Encodable {
  private enum CodingKeys: CodingKey {
    case variant, name, label, key, recall, recallInterval, queriesPerSecond, queriesPerSecondInterval
    case queriesPerSecondAtRecall, p99Milliseconds, bytes, buildSeconds, runnerUp, unmet, slowdown, isPaired
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(variant, forKey: .variant)
    try container.encode(name, forKey: .name)
    try container.encode(record.planned.label, forKey: .label)
    try container.encode(record.key.text, forKey: .key)
    try container.encode(measurement.quality.recall, forKey: .recall)
    try container.encode(measurement.uncertainty.recall, forKey: .recallInterval)
    try container.encode(measurement.speed.queriesPerSecond, forKey: .queriesPerSecond)
    try container.encode(measurement.uncertainty.queriesPerSecond, forKey: .queriesPerSecondInterval)
    try container.encodeIfPresent(interpolated, forKey: .queriesPerSecondAtRecall)
    try container.encodeIfPresent(Figure.p99.number(of: measurement), forKey: .p99Milliseconds)
    try container.encode(measurement.build.deployedBytes, forKey: .bytes)
    try container.encode(measurement.build.seconds, forKey: .buildSeconds)
    try container.encodeIfPresent(runnerUp, forKey: .runnerUp)
    try container.encode(unmet, forKey: .unmet)
    try container.encodeIfPresent(slowdown, forKey: .slowdown)
    try container.encode(isPaired, forKey: .isPaired)
  }
}
