import CKernels
import VectorCore

/// The choice of a quantizer for vectors that are all scanned: of all dimensions, or of a subspace in which they vary
/// most.
///
/// A search reads the codes of all vectors, and the floats of those that their codes do not exclude. More dimensions mean
/// longer codes and fewer vectors left. How many are left is counted on a sample, in a few subspaces.
struct SubspaceChoice {
  let quantizer: ScalarQuantizer
  /// The centre relative to which vectors are encoded, as many floats as are encoded.
  let center: [Float]
  /// The sample, projected; `nil` if the quantizer does not project.
  let projected: Matrix?

  /// The number of vectors from which principal components are estimated well.
  static func sampleSize(_ dimension: Int) -> Int { max(2048, 8 * dimension) }
  /// The number of vectors from which the ranges of components are estimated.
  private static let rangeRows = 512
  /// The number of neighbours of a typical search.
  private static let neighbors = 10

  /// - Parameters:
  ///   - sample: n × d, n ≥ 1, prepared, in random order, without outliers.
  ///   - count: the number of vectors that will be encoded.
  ///   - mayProject: whether a subspace may be chosen.
  init(sample: Matrix, count: Int, metric: Metric, mayProject: Bool, threads: Int) {
    let mean = sample.mean
    let residuals = mean.withUnsafeBufferPointer { mean in sample.residuals { _ in mean.baseAddress! } }
    let few = min(sample.rows, Self.rangeRows)
    if mayProject, metric != .dot, let found = Self.subspace(residuals, count: count, threads: threads) {
      let width = found.basis.rows
      let projection = Projection(origin: mean, basis: found.basis, seed: UInt64(width), threads: threads)
      let projected = projection.apply(sample)
      self.projected = projected
      center = Array(repeating: 0, count: width)
      quantizer = ScalarQuantizer(
        fitting: projected[rows: 0..<few], origin: center, projection: projection, projectedShare: found.share,
        metric: metric, threads: threads)
    } else {
      projected = nil
      center = mean
      quantizer = ScalarQuantizer(
        fitting: residuals[rows: 0..<few], origin: mean, metric: metric, threads: threads)
    }
  }

  /// The fewest dimensions and sampled vectors for which a subspace is looked for, and the most dimensions it may have.
  private static let fewestDimensions = 32
  private static let fewestRows = 1024
  private static let mostDimensions = 256
  /// The cost of an exact distance in units of the time in which a scan reads one dimension of one vector: a constant,
  /// and for each dimension.
  private static let exactCost = (constant: 1000, dimension: 15)
  /// Dimensions are chosen in steps of this many, which one step of the kernels reads.
  private static let step = 8
  /// Of the squared distance of the farthest neighbour: what the rounding of vectors and queries to a few bits loses.
  private static let roundingLoss: Float = 1.1

  /// The basis of the subspace with the least cost of a search, and the share of squared distances between neighbours that
  /// is left in it on average; `nil` if all dimensions cost less, or vectors are few.
  ///
  /// - Parameter sample: vectors less their mean.
  private static func subspace(_ sample: Matrix, count: Int, threads: Int) -> (basis: Matrix, share: Float)? {
    let dimension = sample.columns
    guard dimension >= fewestDimensions, sample.rows >= fewestRows else { return nil }
    let basis = sample.principalRows(
      min(mostDimensions, dimension / 2), seed: UInt64(dimension), threads: threads)
    let choices = choices(sample, basis, count: count, threads: threads)
    let costs = choices.map {
      Float($0.dimension) + $0.left * Float(exactCost.constant + exactCost.dimension * dimension)
    }
    guard let best = costs.indices.min(by: { costs[$0] < costs[$1] }), costs[best] < Float(dimension) else {
      return nil
    }
    return (basis[rows: 0..<choices[best].dimension], choices[best].share)
  }

  /// Subspaces of the first rows of a basis.
  private struct Choice {
    let dimension: Int
    /// The share of vectors that are within the distance of the farthest neighbour of a query in the subspace.
    let left: Float
    /// The share of squared distances between neighbours that is left in the subspace on average.
    let share: Float
  }

  /// The choices of 8, 16, … dimensions, and of all rows of the basis.
  private static func choices(_ sample: Matrix, _ basis: Matrix, count: Int, threads: Int) -> [Choice] {
    let queries = min(32, sample.rows / 2)
    let projected = sample.timesTransposed(basis, threads: threads)
    let others = sample.rows - queries
    // The distance of the tenth nearest of all vectors is about that of this one in the sample.
    let rank = max(1, neighbors * others / count) - 1
    let parts = stride(from: 0, to: basis.rows, by: step).map { $0..<min($0 + step, basis.rows) }
    var left = [Int](repeating: 0, count: parts.count)
    var shares = [Float](repeating: 0, count: parts.count)
    var shareCount: Float = 0
    for query in 0..<queries {
      var distances = [Float](repeating: 0, count: others)
      Kernels.active.l2_f32(
        sample.baseAddress + query * sample.columns, sample.baseAddress + queries * sample.columns, others,
        sample.columns, &distances)
      let farthest = distances.indices.sorted { distances[$0] < distances[$1] }[rank]
      let limit = distances[farthest] * roundingLoss
      // Of duplicates there is no share.
      if limit > 0 { shareCount += 1 }
      let from = projected.baseAddress + query * basis.rows
      for row in distances.indices {
        let to = projected.baseAddress + (queries + row) * basis.rows
        var distance: Float = 0
        for (part, columns) in parts.enumerated() {
          for column in columns {
            let difference = from[column] - to[column]
            distance += difference * difference
          }
          if distance > limit { break }
          left[part] += 1
          if row == farthest, limit > 0 { shares[part] += distance / distances[row] }
        }
      }
    }
    return parts.indices.map { part in
      Choice(
        dimension: parts[part].upperBound, left: Float(left[part]) / Float(queries * others),
        share: shareCount > 0 ? shares[part] / shareCount : 1)
    }
  }
}
