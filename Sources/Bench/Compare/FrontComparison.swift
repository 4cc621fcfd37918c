import Foundation

/// The best that an index does at each recall, in two runs.
public struct FrontComparison: Sendable, Codable {
  /// What a front is made of.
  public enum Figure: String, Sendable, Codable, CaseIterable {
    /// Queries per second; more is better.
    case queriesPerSecond = "qps"
    /// Milliseconds; less is better.
    case p99Milliseconds = "p99"
  }

  public let dataset: String
  public let baseVariant: String
  public let headVariant: String
  public let k: Int
  public let mode: SearchMode
  public let threads: Int
  public let figure: Figure
  /// In ascending order of recall.
  public let levels: [Level]
  public let dominance: Dominance
  /// Why there are no levels; empty where there are.
  public let refusals: [Incomparability]

  /// The fronts at one recall.
  public struct Level: Sendable, Codable {
    public var recall: Double
    /// nil where the front does not reach that recall: nothing is extrapolated.
    public var base: Double?
    public var head: Double?
    /// nil unless both reach it.
    public var quotient: Quotient?
  }

  /// Which front lies above the other, over the recalls that both have.
  public struct Dominance: Sendable, Equatable, Codable {
    public enum Winner: String, Sendable, Codable {
      case base, head
      /// Neither is better by more than a thousandth anywhere.
      case equal
      /// Each is better at some recalls.
      case none
      /// Times are not compared, or there is no recall that both have.
      case unknown
    }

    public var winner: Winner
    /// The recalls that both fronts have; nil without any.
    public var range: Interval?
    /// The geometric mean over that range of head ÷ base in speed, above 1 where the head is faster; nil without a range.
    public var meanSpeedup: Double?
    /// The highest recalls that were measured.
    public var baseReaches: Double
    public var headReaches: Double
  }
}

extension FrontComparison {
  /// The points of one side's front: a cell each.
  struct Points {
    let variant: String
    let cells: [(measurement: Measurement, speeds: RoundSpeeds)]

    /// How many rounds all of the cells have.
    func rounds(_ figure: Figure) -> Int { cells.map { figure.rounds($0.speeds).count }.min() ?? 0 }

    /// The front of one round, or of what is reported.
    func front(_ figure: Figure, round: Int? = nil) -> Front {
      Front(
        cells.map { cell in
          let value = round.map { figure.rounds(cell.speeds)[$0] } ?? figure.reported(cell.measurement)
          return Front.Point(recall: cell.measurement.quality.recall, queriesPerSecond: figure.speed(value))
        })
    }
  }

  /// - Parameters:
  ///   - base, head: of one dataset, k, mode and number of threads, at least one cell each.
  ///   - recalls: where they are compared, ascending.
  ///   - isPaired: whether the rounds of both sides alternated.
  init(_ figure: Figure, base: Points, head: Points, at recalls: [Double], isPaired: Bool) {
    let (was, now) = (base.cells[0].measurement, head.cells[0].measurement)
    dataset = now.dataset.name
    baseVariant = base.variant
    headVariant = head.variant
    k = now.options.k
    mode = now.options.mode
    threads = now.options.threads
    self.figure = figure
    refusals = Incomparability.between(was, now)
    let (baseFront, headFront) = (base.front(figure), head.front(figure))
    guard refusals.isEmpty else {
      levels = []
      dominance = Dominance(baseFront, headFront, areTimesCompared: false)
      return
    }
    let baseRounds = (0..<base.rounds(figure)).map { base.front(figure, round: $0) }
    let headRounds = (0..<head.rounds(figure)).map { head.front(figure, round: $0) }
    levels = recalls.map { recall in
      func value(_ front: Front) -> Double? { front.queriesPerSecond(atRecall: recall).map(figure.value) }
      let (before, after) = (value(baseFront), value(headFront))
      var level = Level(recall: recall, base: before, head: after)
      if let before, let after {
        level.quotient = Quotient(
          base: before, head: after, baseRounds: baseRounds.compactMap(value), headRounds: headRounds.compactMap(value),
          isPaired: isPaired)
      }
      return level
    }
    dominance = Dominance(baseFront, headFront, areTimesCompared: true)
  }
}

extension FrontComparison.Figure {
  fileprivate func rounds(_ speeds: RoundSpeeds) -> [Double] {
    switch self {
    case .queriesPerSecond: speeds.queriesPerSecond
    case .p99Milliseconds: speeds.p99Milliseconds
    }
  }

  fileprivate func reported(_ measurement: Measurement) -> Double {
    switch self {
    case .queriesPerSecond: measurement.speed.queriesPerSecond
    case .p99Milliseconds: measurement.speed.p99Milliseconds
    }
  }

  /// A front is of speeds: a time counts as its inverse, so that lines between times are straight in their logarithms.
  fileprivate func speed(_ value: Double) -> Double { self == .p99Milliseconds && value > 0 ? 1 / value : value }

  fileprivate func value(_ speed: Double) -> Double { self == .p99Milliseconds ? 1 / speed : speed }
}

extension FrontComparison.Dominance {
  fileprivate init(_ base: Front, _ head: Front, areTimesCompared: Bool) {
    baseReaches = base.points.last?.recall ?? 0
    headReaches = head.points.last?.recall ?? 0
    winner = .unknown
    let low = max(base.points.first?.recall ?? 1, head.points.first?.recall ?? 1)
    let high = min(baseReaches, headReaches)
    guard areTimesCompared, low <= high else { return }
    range = Interval(low: low, high: high)
    // Both fronts are straight between these recalls, in log speed: their difference is least and greatest at them.
    let recalls = Set((base.points + head.points).map(\.recall).filter { (low...high).contains($0) }).sorted()
    let logs = recalls.map { recall -> Double in
      guard let before = base.queriesPerSecond(atRecall: recall), let after = head.queriesPerSecond(atRecall: recall)
      else { return 0 }
      return log(after / before)
    }
    // The trapezoid rule is exact on straight pieces.
    let area = zip(recalls.indices, recalls.indices.dropFirst()).reduce(0.0) { sum, places in
      sum + (logs[places.0] + logs[places.1]) / 2 * (recalls[places.1] - recalls[places.0])
    }
    meanSpeedup = exp(high > low ? area / (high - low) : logs[0])
    let (isFaster, isSlower) = (logs.contains { $0 > 0.001 }, logs.contains { $0 < -0.001 })
    winner = isFaster ? (isSlower ? .none : .head) : (isSlower ? .base : .equal)
  }
}
