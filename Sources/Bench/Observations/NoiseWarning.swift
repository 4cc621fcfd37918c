import Foundation

/// A sign that the figures of a cell may not be steady: other activity, threads of its own, or too few or unlike rounds.
public enum NoiseWarning: Sendable, Equatable, Codable {
  /// The fraction of the processors' time that a hypervisor gave to other machines.
  case steal(share: Double)
  /// The number of processors that other programs kept busy.
  case otherPrograms(processors: Double)
  /// The processor's clock frequency in MHz varied between rounds.
  case frequency(low: Double, high: Double)
  /// Rounds, counted from 1, whose speed is far from that of the others.
  case outliers(rounds: [Int])
  /// Few rounds whose speeds are between these, too far apart, in queries per second; which is right cannot be told.
  case differing(low: Double, high: Double)
  /// The first round was much slower than all later ones, so the warm-up was too short.
  case slowFirstRound
  /// More processors than searching threads were busy, so the index uses threads of its own.
  case ownThreads(processors: Double, threads: Int)
  /// The reference search took longer by this share after the cells than before the build; negative for less long.
  case referenceChanged(share: Double)
  /// The reference search took longer by this share on this node than on the others of its class; negative for less
  /// long.
  case unusualNode(name: String, share: Double)

  /// The warnings that follow from the rounds of one cell.
  ///
  /// - Parameters:
  ///   - together: the activity during the rounds of all cells that were interleaved with it; it is used when the
  ///     cell's own rounds were too short.
  ///   - threads: the number of searching threads.
  static func warnings(
    for rounds: [RoundFigures], together: MachineActivity, threads: Int
  ) -> [NoiseWarning] {
    var warnings: [NoiseWarning] = []
    let own = rounds.reduce(into: MachineActivity()) { $0.add($1.activity) }
    let activity = own.isTelling ? own : together
    if activity.isTelling {
      if activity.stealShare > 0.01 { warnings.append(.steal(share: activity.stealShare)) }
      if activity.otherProcessors > 0.1 { warnings.append(.otherPrograms(processors: activity.otherProcessors)) }
    }
    if own.isTelling, own.ownSeconds > 1.2 * Double(threads) * own.seconds {
      warnings.append(.ownThreads(processors: own.ownSeconds / own.seconds, threads: threads))
    }
    let clocks = rounds.compactMap(\.activity.megahertz)
    if let low = clocks.min(), let high = clocks.max(), low < 0.9 * high {
      warnings.append(.frequency(low: low, high: high))
    }
    let speeds = rounds.map(\.queriesPerSecond)
    let outliers = Self.outliers(speeds)
    if outliers == [0], speeds[0] < Dispersion.median(speeds) {
      warnings.append(.slowFirstRound)
    } else if !outliers.isEmpty {
      warnings.append(.outliers(rounds: outliers.map { $0 + 1 }))
    } else if speeds.count < leastValues, let low = speeds.min(), let high = speeds.max(), high > farApart * low {
      warnings.append(.differing(low: low, high: high))
    }
    return warnings
  }

  /// The number of values among which outliers can be told.
  private static let leastValues = 5
  /// The ratio of two speeds from which on they are far apart.
  private static let farApart = 1.25

  /// The positions of values whose modified z-score is above 3.5 and that differ from the median by 5 %; needs five
  /// values.
  ///
  /// Source: Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993.
  static func outliers(_ values: [Double]) -> [Int] {
    guard values.count >= leastValues else { return [] }
    let median = Dispersion.median(values)
    let deviation = Dispersion.medianAbsoluteDeviation(values)
    return values.indices.filter { index in
      let distance = abs(values[index] - median)
      return distance > 0.05 * median && 0.6745 * distance > 3.5 * deviation
    }
  }
}

extension NoiseWarning: CustomStringConvertible {
  public var description: String {
    switch self {
    case .steal(let share): String(format: "%.1f %% of the processor time went to other machines", 100 * share)
    case .otherPrograms(let processors): String(format: "other programs kept %.1f processors busy", processors)
    case .frequency(let low, let high): String(format: "the clock moved between %.0f and %.0f MHz", low, high)
    case .outliers(let rounds):
      "round\(rounds.count == 1 ? "" : "s") \(rounds.map(String.init).joined(separator: ", ")) far from the others"
    case .ownThreads(let processors, let threads):
      String(format: "the index kept %.1f processors busy instead of \(threads)", processors)
    case .referenceChanged(let share):
      String(format: "the reference search took %+.0f %% after the cells, compared with before", 100 * share)
    case .unusualNode(let name, let share):
      "node \(name) is unlike the others: the reference search takes "
        + String(format: "%+.0f %%", 100 * share)
    case .differing(let low, let high):
      String(format: "rounds from %.0f to %.0f queries/s; ", low, high)
        + "longer rounds, or more, would tell which is right"
    case .slowFirstRound: "the first round was unlike all later ones"
    }
  }
}
