import Foundation

/// The Pareto front of recall and speed of one index in one sweep: the best speed at each recall.
public struct Front: Sendable {
  public struct Point: Sendable, Equatable {
    public var recall: Double
    public var queriesPerSecond: Double

    public init(recall: Double, queriesPerSecond: Double) {
      self.recall = recall
      self.queriesPerSecond = queriesPerSecond
    }
  }

  /// The points that no other point exceeds in both recall and speed, by ascending recall.
  public let points: [Point]

  /// Points whose recall or speed is not a number are left out.
  ///
  /// - Complexity: O(n log n).
  public init(_ points: [Point]) { self.points = Self.places(points).map { points[$0] } }

  /// The places of the points that no other point exceeds in both recall and speed, by ascending recall.
  ///
  /// - Complexity: O(n log n).
  static func places(_ points: [Point]) -> [Int] {
    var front: [Int] = []
    let byRecall = points.indices.filter { points[$0].recall.isFinite && points[$0].queriesPerSecond.isFinite }.sorted {
      let (one, other) = (points[$0], points[$1])
      return (one.recall, one.queriesPerSecond) > (other.recall, other.queriesPerSecond)
    }
    for place in byRecall where points[place].queriesPerSecond > front.last.map({ points[$0].queriesPerSecond }) ?? 0 {
      front.append(place)
    }
    return front.reversed()
  }

  /// The speed at a recall, interpolated linearly between two points in (recall, log speed).
  ///
  /// Nothing is extrapolated: below the first point the function returns that point's speed, above the last one `nil`.
  public func queriesPerSecond(atRecall recall: Double) -> Double? {
    guard let next = points.firstIndex(where: { $0.recall >= recall }) else { return nil }
    guard next > 0 else { return points[0].queriesPerSecond }
    let (low, high) = (points[next - 1], points[next])
    let share = (recall - low.recall) / (high.recall - low.recall)
    return low.queriesPerSecond * pow(high.queriesPerSecond / low.queriesPerSecond, share)
  }
}
