/// The values of a parameter among which the least one that reaches a recall is looked for, ascending.
///
/// A position stands for a value: in a range it is the value itself, and in a list the place of the value.
enum Ladder: Sendable, Equatable {
  case range(ClosedRange<Int>)
  /// At least one value.
  case list([Int])

  /// Two positions that differ by less than this fraction are not distinguished, because speed and recall hardly
  /// change between them.
  private static let resolution = 20
  /// Recall that rises by less than this fraction when the value doubles does not rise.
  private static let leastGain = 0.0005
  /// The number of doublings without a gain after which a recall counts as out of reach.
  private static let mostStalls = 3

  private var positions: ClosedRange<Int> {
    switch self {
    case .range(let range): range
    case .list(let values): 0...values.count - 1
    }
  }

  func value(at position: Int) -> Int {
    switch self {
    case .range: position
    case .list(let values): values[position]
    }
  }

  /// The position of the last value that is not above a value; the first one when all are.
  func position(of value: Int) -> Int {
    switch self {
    case .range(let range): min(max(value, range.lowerBound), range.upperBound)
    case .list(let values): values.lastIndex { $0 <= value } ?? 0
    }
  }

  /// A position well above another one; `nil` above the last one.
  private func above(_ position: Int) -> Int? {
    let last = positions.upperBound
    guard position < last else { return nil }
    switch self {
    case .range: return position > last / 2 ? last : max(2 * position, position + 1)
    case .list: return min(position + max((last - position + 1) / 2, 1), last)
    }
  }

  /// A position well below another one; `nil` below the first one.
  private func below(_ position: Int) -> Int? {
    let first = positions.lowerBound
    guard position > first else { return nil }
    switch self {
    case .range: return max(position / 2, first)
    case .list: return max(position - max((position - first + 1) / 2, 1), first)
    }
  }

  /// A position between two others; `nil` when they are not distinguished.
  func between(_ low: Int, _ high: Int) -> Int? {
    switch self {
    case .range:
      guard high - low > max(1, low / Self.resolution) else { return nil }
      let middle = (Double(low) * Double(high)).squareRoot()
      return min(max(Int(middle.rounded()), low + 1), high - 1)
    case .list: return high - low > 1 ? (low + high) / 2 : nil
    }
  }

  /// The position that is `count` of the smallest distinguished steps away; `nil` beyond the ends.
  func moved(_ position: Int, by count: Int) -> Int? {
    let step: Int
    switch self {
    case .range: step = max(1, position / Self.resolution)
    case .list: step = 1
    }
    let target = min(max(position + count * step, positions.lowerBound), positions.upperBound)
    return target == position ? nil : target
  }

  /// The outcome of a search on the ladder.
  enum Outcome: Equatable {
    /// The least position that reaches the recall.
    case found(Int)
    /// No position reaches it.
    case outOfReach
    /// The probes came to an end before the search did.
    case stopped
  }

  /// Finds the least position that reaches a recall: by doubling or halving until it is enclosed, then by bisection.
  ///
  /// - Parameters:
  ///   - start: the position at which the search begins.
  ///   - isFloor: whether no position below `start` reaches the recall; then the least one is looked for nearby first.
  ///   - surplus: returns the recall less the required one; `nil` to stop.
  /// - Complexity: O(log positions) probes.
  func least(from start: Int, isFloor: Bool = false, surplus: (Int) -> Double?) -> Outcome {
    guard let first = surplus(start) else { return .stopped }
    guard first >= 0 else { return leastAbove(start, first, isNear: isFloor, surplus) }
    var reached = start
    while !isFloor, let next = below(reached) {
      guard let value = surplus(next) else { return .stopped }
      guard value >= 0 else { return bisect(next, reached, surplus) }
      reached = next
    }
    return .found(reached)
  }

  /// Goes up from a position that does not reach the recall until it is enclosed, then bisects.
  ///
  /// - Parameter isNear: whether the first steps are the smallest ones.
  private func leastAbove(_ start: Int, _ first: Double, isNear: Bool, _ surplus: (Int) -> Double?) -> Outcome {
    var low = start
    var (anchor, stalls, step) = ((position: start, surplus: first), 0, 1)
    while let next = isNear ? moved(low, by: step) : above(low) {
      guard let value = surplus(next) else { return .stopped }
      guard value < 0 else { return bisect(low, next, surplus) }
      low = next
      step *= 2
      // Between near positions recall rises little, even where it is not at its end.
      guard isFar(next, from: anchor.position) else { continue }
      stalls = value - anchor.surplus < Self.leastGain ? stalls + 1 : 0
      if stalls == Self.mostStalls { return .outOfReach }
      anchor = (next, value)
    }
    return .outOfReach
  }

  private func bisect(_ missed: Int, _ reached: Int, _ surplus: (Int) -> Double?) -> Outcome {
    var (low, high) = (missed, reached)
    while let middle = between(low, high) {
      guard let value = surplus(middle) else { return .stopped }
      if value >= 0 { high = middle } else { low = middle }
    }
    return .found(high)
  }

  /// Whether a position is about double another one.
  private func isFar(_ position: Int, from other: Int) -> Bool {
    switch self {
    case .range: position > 2 * other - max(1, other / Self.resolution)
    case .list: true
    }
  }
}
