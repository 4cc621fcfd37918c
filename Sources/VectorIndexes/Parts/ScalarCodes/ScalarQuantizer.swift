import CKernels
import VectorCore

/// Encodes residuals in 4 bits per dimension: level z stands for middle + step·(z − 7.5).
///
/// It is fitted to a sample once. Codes of any vector give a valid bound, but the bound is weak far from the sample.
struct ScalarQuantizer: Sendable {
  let metric: Metric
  /// The origin, subtracted from queries and centres so that data far from 0 lose no precision; 0 for `dot`. d floats.
  let origin: [Float]
  /// The middle of the range of each dimension, d floats.
  let middle: [Float]
  /// The step of each dimension, d floats; 0 where all residuals are equal.
  let step: [Float]
  let middleNorm: Float

  var dimension: Int { middle.count }
  var blockBytes: Int { rbk_sq4_block_bytes(dimension) }
  var queryBytes: Int { rbk_sq4_query_bytes(dimension) }

  /// Whether codes give a bound on the distances of this metric.
  static func supports(_ metric: Metric) -> Bool {
    switch metric {
    case .euclidean, .angular, .dot: true
    case .manhattan, .hamming: false
    }
  }

  /// The shares of the residuals that may be outside the range on each side.
  private static let tails = [0, 0.001, 0.003, 0.006, 0.012, 0.025]

  /// Chooses for each dimension the range with which the sample has the least squared coding error.
  ///
  /// - Parameters:
  ///   - residuals: vectors less the centre relative to which they are encoded, n × d, n ≥ 1.
  ///   - origin: the mean of the vectors themselves.
  /// - Complexity: O(d·n log n).
  init(fitting residuals: Matrix, origin: [Float], metric: Metric, threads: Int) {
    self.metric = metric
    let dimension = residuals.columns
    self.origin = metric == .dot ? Array(repeating: 0, count: dimension) : origin
    var middle = [Float](repeating: 0, count: dimension)
    var step = middle
    middle.withUnsafeMutableBufferPointer { middle in
      step.withUnsafeMutableBufferPointer { step in
        let middle = Disjoint(middle)
        let step = Disjoint(step)
        parallelChunks(of: dimension, chunk: 16, threads: threads) { _, columns in
          for column in columns {
            let values = (0..<residuals.rows).map { residuals[row: $0][column] }.sorted()
            (middle[column], step[column]) = Self.bestRange(of: values)
          }
        }
      }
    }
    self.middle = middle
    self.step = step
    middleNorm = middle.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Restores fitted values.
  init(metric: Metric, origin: [Float], middle: [Float], step: [Float]) {
    self.metric = metric
    self.origin = origin
    self.middle = middle
    self.step = step
    middleNorm = middle.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  private static func bestRange(of sorted: [Float]) -> (middle: Float, step: Float) {
    var best: (middle: Float, step: Float) = (0, 0)
    var least = Double.infinity
    for tail in tails {
      let skipped = Int(Double(sorted.count) * tail)
      let low = sorted[skipped]
      let high = sorted[sorted.count - 1 - skipped]
      // The outermost levels are half a step inside the range, in the middle of their cells like all others.
      let step = high / 16 - low / 16
      let middle = low / 2 + high / 2
      guard step > 0, step.isFinite else { continue }
      let error = squaredError(of: sorted, middle: middle, step: step)
      if error < least { (least, best) = (error, (middle, step)) }
    }
    return least.isFinite ? best : (sorted[sorted.count / 2], 0)
  }

  private static func squaredError(of values: [Float], middle: Float, step: Float) -> Double {
    var error = 0.0
    for value in values {
      let level = min(max((value - middle) / step + 8, 0), 15)
      let rest = Double(value - (middle + step * (Float(Int32(level)) - 7.5)))
      error += rest * rest
    }
    return error
  }

  /// Passes the kernels' description of the encoding relative to `center` to `body`.
  func withFrame<Result>(center: UnsafePointer<Float>, _ body: (UnsafePointer<rbk_sq4_frame>) -> Result) -> Result {
    origin.withUnsafeBufferPointer { origin in
      middle.withUnsafeBufferPointer { middle in
        step.withUnsafeBufferPointer { step in
          var frame = rbk_sq4_frame(
            d: dimension, origin: origin.baseAddress!, center: center, middle: middle.baseAddress!,
            step: step.baseAddress!, inner_product: metric == .dot ? 1 : 0)
          return body(&frame)
        }
      }
    }
  }
}
