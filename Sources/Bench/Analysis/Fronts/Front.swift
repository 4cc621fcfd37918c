import Foundation

/// The best speed known at each recall, of one index under one sweep.
public struct Front: Sendable {
  public struct Point: Sendable, Equatable {
    public var recall: Double
    public var queriesPerSecond: Double

    public init(recall: Double, queriesPerSecond: Double) {
      self.recall = recall
      self.queriesPerSecond = queriesPerSecond
    }
  }

  /// Those that no other beats in both, by ascending recall.
  public let points: [Point]

  /// Points whose recall or speed is no number are left out. - Complexity: O(n log n).
  public init(_ points: [Point]) {
    var front: [Point] = []
    let byRecall = points.filter { $0.recall.isFinite && $0.queriesPerSecond.isFinite }.sorted {
      ($0.recall, $0.queriesPerSecond) > ($1.recall, $1.queriesPerSecond)
    }
    for point in byRecall where point.queriesPerSecond > front.last?.queriesPerSecond ?? 0 { front.append(point) }
    self.points = front.reversed()
  }

  /// The speed at that recall: between two points by straight lines in (recall, log speed).
  ///
  /// Nothing is extrapolated: below the first point its own speed holds, above the last there is nil.
  public func queriesPerSecond(atRecall recall: Double) -> Double? {
    guard let next = points.firstIndex(where: { $0.recall >= recall }) else { return nil }
    guard next > 0 else { return points[0].queriesPerSecond }
    let (low, high) = (points[next - 1], points[next])
    let share = (recall - low.recall) / (high.recall - low.recall)
    return low.queriesPerSecond * pow(high.queriesPerSecond / low.queriesPerSecond, share)
  }
}
