import Foundation
import VectorCore

/// How hard queries are for any index: their local intrinsic dimensionality and relative contrast.
///
/// Both come from the true neighbours' distances, so a query that is not judged has none. Neither exists for inner
/// products. Sources: Levina and Bickel, "Maximum Likelihood Estimation of Intrinsic Dimension", NIPS 2004; Amsaleg et
/// al., "Estimating Local Intrinsic Dimensionality", KDD 2015, doi:10.1145/2783258.2783405; He, Kumar and Chang, "On the
/// Difficulty of Nearest Neighbor Search", ICML 2012, arXiv:1206.6411.
public struct QueryDifficulty: Sendable, Equatable {
  /// Neighbours at a distance above 0 from which a dimensionality is estimated at least.
  public static let fewestNeighbors = 10
  /// Rows whose mean distance stands for that of all.
  private static let sampledRows = 64

  /// In how many directions neighbours lie around each query, estimated from all that are stated; NaN where unknown.
  public let dimensionalities: [Float]
  /// The mean distance of rows ÷ that of the nearest neighbour, for each query; 1: no row is nearer than any other.
  public let contrasts: [Float]

  /// - Parameter queries: of which to know it; all by default.
  /// - Complexity: O(queries·(depth + d)).
  public init(_ dataset: Dataset, queries: [Int]? = nil) {
    let queries = queries ?? Array(0..<dataset.test.rows)
    let truth = dataset.groundTruth
    let lengths = queries.map { query in
      guard dataset.isJudged(query) else { return [Double]() }
      return truth.places(of: query).filter { truth.neighbors[$0] >= 0 }.compactMap {
        dataset.metric.length(ofDistance: Double(truth.distances[$0]))
      }
    }
    dimensionalities = lengths.map { Self.dimensionality($0).map { Float($0) } ?? .nan }
    var random = SeededGenerator(seed: 0)
    let rows = dataset.train.gathering(random.spread(Self.sampledRows, below: dataset.train.rows))
    let vectors = dataset.test.gathering(queries)
    let sampled =
      dataset.metric.length(ofDistance: 0) == nil ? [] : dataset.metric.sampledLengths(from: vectors, to: rows)
    contrasts = lengths.enumerated().map { place, lengths in
      guard !sampled.isEmpty, let nearest = lengths.first, nearest > 0 else { return .nan }
      let mean = sampled[place * rows.rows..<(place + 1) * rows.rows].reduce(0) { $0 + Double($1) } / Double(rows.rows)
      return mean.isFinite ? Float(mean / nearest) : .nan
    }
  }

  /// The maximum-likelihood estimate: (k − 1) ÷ Σ ln(r_k ÷ r_i) over the k neighbours at lengths r_i above 0.
  ///
  /// - Parameter lengths: ascending.
  /// - Returns: `nil` for too few neighbours, and for neighbours that are all equally far away.
  static func dimensionality(_ lengths: [Double]) -> Double? {
    let positive = lengths.filter { $0 > 0 }
    guard positive.count >= fewestNeighbors, let farthest = positive.last else { return nil }
    let sum = positive.dropLast().reduce(0) { $0 + log(farthest / $1) }
    return sum > 0 ? Double(positive.count - 1) / sum : nil
  }
}

/// The quarters of some numbers.
public struct Quartiles: Sendable, Equatable, Codable {
  public let lower: Double
  public let median: Double
  public let upper: Double

  /// - Returns: `nil` where none of the values is a number. - Complexity: O(n log n).
  init?(_ values: [Float]) {
    let sorted = values.filter(\.isFinite).sorted()
    guard !sorted.isEmpty else { return nil }
    func quarter(_ number: Int) -> Double { Double(sorted[(sorted.count - 1) * number / 4]) }
    (lower, median, upper) = (quarter(1), quarter(2), quarter(3))
  }
}
