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
  case inverse = "they seem to be similarities, 1 ÷ (1 + distance)"
  case wholeNumbers = "they seem to be rounded to whole numbers"
  case oneDecimal = "they seem to be rounded to one decimal"
  case twoDecimals = "they seem to be rounded to two decimals"
  case halfPrecision = "they seem to be rounded to 16-bit floats"
  case bfloat16 = "they seem to be rounded to bfloat16"

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
    case (.inverse, .euclidean), (.inverse, .manhattan): return 1 / (1 + own)
    case (.wholeNumbers, _), (.oneDecimal, _), (.twoDecimals, _), (.halfPrecision, _), (.bfloat16, _): return own
    default: return nil
    }
  }

  /// Whether a stated distance is that of two vectors by this convention, rounded as it says.
  private func explains(_ stated: Float, _ metric: Metric, _ a: Span<Float>, _ b: Span<Float>) -> Bool {
    guard let meant = distance(metric, a, b) else { return false }
    let rounding: Double
    switch self {
    case .wholeNumbers: rounding = 0.5
    case .oneDecimal: rounding = 0.05
    case .twoDecimals: rounding = 0.005
    // Half a unit in the last place, of 11 and of 8 bits.
    case .halfPrecision: rounding = abs(meant) * 0x1p-11
    case .bfloat16: rounding = abs(meant) * 0x1p-8
    default: rounding = 0
    }
    return abs(Double(stated) - meant) <= rounding + NeighborCheck.forgiven(meant) && isRounded(stated)
  }

  /// Whether a number is one that is left by this convention's rounding.
  private func isRounded(_ stated: Float) -> Bool {
    func isMultiple(of unit: Double) -> Bool {
      let multiple = Double(stated) / unit
      return abs(multiple - multiple.rounded()) <= 1e-3 + abs(multiple) * 0x1p-23
    }
    switch self {
    case .wholeNumbers: return isMultiple(of: 1)
    case .oneDecimal: return isMultiple(of: 0.1)
    case .twoDecimals: return isMultiple(of: 0.01)
    // The last bits of the 23 are zero.
    case .halfPrecision: return stated.bitPattern & 0x1FFF == 0
    case .bfloat16: return stated.bitPattern & 0xFFFF == 0
    default: return true
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
          return convention.explains(
            truth.distances[place], dataset.metric, dataset.test[row: query], dataset.train[row: row])
        }
      }
    }
  }
}

extension DistanceConvention: CustomStringConvertible {
  public var description: String { rawValue }
}
