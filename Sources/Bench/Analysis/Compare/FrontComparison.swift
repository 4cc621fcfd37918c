import Foundation

/// The comparison of an index's fronts, its best speed at each recall, in two runs.
public struct FrontComparison: Sendable, Codable {
  public let dataset: String
  public let baseVariant: String
  public let headVariant: String
  public let k: Int
  public let mode: SearchMode
  public let threads: Int
  /// The stage; `nil` for searches of finished indexes.
  public let stage: WorkloadStage?
  public let figure: Figure
  /// The levels, in ascending order of recall.
  public let levels: [Level]
  public let dominance: Dominance
  /// The reasons why there are no levels; empty when there are.
  public let refusals: [Incomparability]

  /// Both fronts at one recall.
  public struct Level: Sendable, Codable {
    public var recall: Double
    /// The figure of the base; `nil` when the front does not reach the recall, since nothing is extrapolated.
    public var base: Double?
    public var head: Double?
    /// Head ÷ base; `nil` unless both fronts reach the recall.
    public var quotient: Quotient?
  }

  /// Which front is above the other one, over the recalls that both reach.
  public struct Dominance: Sendable, Equatable, Codable {
    public enum Winner: String, Sendable, Codable {
      /// This side is faster at some recalls and slower at none, according to the confidence intervals.
      case base, head
      /// The fronts differ at no recall: 1 is in all confidence intervals.
      case equal
      /// Each side is faster at some recalls.
      case none
      /// Times are not compared, or the fronts have no recall in common.
      case unknown
    }

    public var winner: Winner
    /// The range of recalls that both fronts reach; `nil` when there is none.
    public var range: Interval?
    /// The geometric mean of head ÷ base in speed over that range, above 1 when the head is faster; `nil` without a
    /// range.
    public var meanSpeedup: Double?
    /// The highest measured recalls.
    public var baseReaches: Double
    public var headReaches: Double
  }
}

extension FrontComparison {
  /// The cells of one side's front.
  struct Points {
    let variant: String
    let cells: [(measurement: CellMeasurement, speeds: RoundSpeeds)]

    /// The number of rounds that all of the cells have.
    func rounds(_ figure: Figure) -> Int { cells.map { figure.rounds(of: $0.speeds).count }.min() ?? 0 }

    /// The front of one round, or of the medians of all rounds, since a single reported round may be an outlier.
    func front(_ figure: Figure, round: Int? = nil) -> Front {
      Front(
        cells.map { cell in
          let rounds = figure.rounds(of: cell.speeds)
          let value = round.map { rounds[$0] } ?? Dispersion.median(rounds)
          return Front.Point(recall: cell.measurement.quality.recall, queriesPerSecond: figure.speed(value))
        })
    }
  }

  /// - Parameters:
  ///   - base, head: the cells of one dataset, k, mode and number of threads, at least one on each side.
  ///   - recalls: the recalls at which the fronts are compared, ascending.
  ///   - isPaired: whether the rounds of both sides alternated.
  init(_ figure: Figure, base: Points, head: Points, at recalls: [Double], isPaired: Bool) {
    let now = head.cells[0].measurement
    dataset = now.dataset.name
    baseVariant = base.variant
    headVariant = head.variant
    k = now.options.k
    mode = now.options.mode
    threads = now.options.threads
    stage = now.options.stage
    self.figure = figure
    refusals = Incomparability.between(base.cells.map(\.measurement), head.cells.map(\.measurement))
    let (baseFront, headFront) = (base.front(figure), head.front(figure))
    guard refusals.isEmpty else {
      levels = []
      dominance = Dominance(baseFront, headFront) { _ in nil }
      return
    }
    let baseRounds = (0..<base.rounds(figure)).map { base.front(figure, round: $0) }
    let headRounds = (0..<head.rounds(figure)).map { head.front(figure, round: $0) }
    func level(at recall: Double) -> Level {
      func value(_ front: Front) -> Double? { figure.value(of: front, atRecall: recall) }
      let (before, after) = (value(baseFront), value(headFront))
      var level = Level(recall: recall, base: before, head: after)
      if let before, let after {
        level.quotient = Quotient(
          base: before, head: after, baseRounds: baseRounds.compactMap(value), headRounds: headRounds.compactMap(value),
          isPaired: isPaired)
      }
      return level
    }
    levels = recalls.map(level)
    // Between the recalls of their points both fronts are straight lines in log speed, so that they differ most at
    // these points.
    dominance = Dominance(baseFront, headFront) { recall in
      level(at: recall).quotient.map { figure.better == .more ? $0 : $0.inverse }
    }
  }
}

extension FrontComparison.Dominance {
  /// - Parameter speedup: returns the head's speed ÷ the base's at a recall; `nil` when times are not compared.
  fileprivate init(_ base: Front, _ head: Front, speedup: (_ recall: Double) -> Quotient?) {
    baseReaches = base.points.last?.recall ?? 0
    headReaches = head.points.last?.recall ?? 0
    winner = .unknown
    let low = max(base.points.first?.recall ?? 1, head.points.first?.recall ?? 1)
    let high = min(baseReaches, headReaches)
    let recalls = Set((base.points + head.points).map(\.recall)).filter { $0 >= low && $0 <= high }.sorted()
    let speedups = recalls.compactMap(speedup)
    guard !recalls.isEmpty, speedups.count == recalls.count else { return }
    range = Interval(low: low, high: high)
    let logs = speedups.map { log($0.ratio) }
    // The trapezoid rule is exact for piecewise linear functions.
    let area = zip(recalls.indices, recalls.indices.dropFirst()).reduce(0.0) { sum, places in
      sum + (logs[places.0] + logs[places.1]) / 2 * (recalls[places.1] - recalls[places.0])
    }
    meanSpeedup = exp(high > low ? area / (high - low) : logs[0])
    let isFaster = speedups.contains { ($0.interval?.low ?? $0.ratio) > 1 }
    let isSlower = speedups.contains { ($0.interval?.high ?? $0.ratio) < 1 }
    winner = isFaster ? (isSlower ? .none : .head) : (isSlower ? .base : .equal)
  }
}
