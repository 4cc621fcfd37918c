import Foundation
import VectorCore

/// Another definition of a distance that a file's stated distances may follow than the harness's own.
public enum DistanceConvention: String, CaseIterable, Sendable {
  case squared = "they seem to be squares"
  case rooted = "they seem to be roots"
  case negated = "they seem to have the other sign"
  case similarity = "they seem to be similarities, greater for nearer"
  case chord = "they seem to be Euclidean distances of unit vectors"
  case squaredChord = "they seem to be squared Euclidean distances of unit vectors"
  case angle = "they seem to be angles"
  case shareOfHalfTurn = "they seem to be angles divided by π"
  case oneMinusProduct = "they seem to be 1 − the inner product"
  case count = "they seem to count components instead of being a share"
  case euclidean = "they seem to be Euclidean distances"
  case squaredEuclidean = "they seem to be squared Euclidean distances"
  case angular = "they seem to be angular distances, 1 − cosine"
  case manhattan = "they seem to be Manhattan distances"

  /// The distance of two vectors by this convention; nil where it makes no sense for the metric.
  func distance(_ metric: Metric, _ a: Span<Float>, _ b: Span<Float>) -> Double? {
    let own = metric.referenceDistance(a, b)
    switch (self, metric) {
    case (.squared, .euclidean), (.squared, .manhattan), (.squared, .angular): return own * own
    case (.rooted, .euclidean), (.rooted, .manhattan), (.rooted, .hamming): return own.squareRoot()
    case (.negated, .dot): return -own
    case (.similarity, .angular), (.similarity, .hamming): return 1 - own
    case (.chord, .angular): return (2 * own).squareRoot()
    case (.squaredChord, .angular): return 2 * own
    case (.angle, .angular): return acos(min(max(1 - own, -1), 1))
    case (.shareOfHalfTurn, .angular): return acos(min(max(1 - own, -1), 1)) / .pi
    case (.oneMinusProduct, .dot): return 1 + own
    case (.oneMinusProduct, .angular): return 1 + Metric.dot.referenceDistance(a, b)
    case (.count, .hamming): return own * Double(a.count)
    case (.euclidean, _) where metric != .euclidean: return Metric.euclidean.referenceDistance(a, b)
    case (.squaredEuclidean, _) where metric != .euclidean:
      let distance = Metric.euclidean.referenceDistance(a, b)
      return distance * distance
    case (.angular, _) where metric != .angular: return Metric.angular.referenceDistance(a, b)
    case (.manhattan, _) where metric != .manhattan: return Metric.manhattan.referenceDistance(a, b)
    default: return nil
    }
  }
}

extension DistanceConvention {
  /// The convention that explains all distances stated for some queries; nil when none does.
  ///
  /// - Complexity: O(queries·depth·d) for each convention.
  static func explaining(_ dataset: Dataset, queries: [Int]) -> DistanceConvention? {
    let truth = dataset.groundTruth
    return allCases.first { convention in
      queries.allSatisfy { query in
        truth.places(of: query).allSatisfy { place in
          guard truth.neighbors[place] >= 0 else { return true }
          let row = Int(truth.neighbors[place])
          guard let meant = convention.distance(dataset.metric, dataset.test[row: query], dataset.train[row: row])
          else { return false }
          return abs(Double(truth.distances[place]) - meant) <= NeighborCheck.forgiven(meant)
        }
      }
    }
  }
}

extension DistanceConvention: CustomStringConvertible {
  public var description: String { rawValue }
}
