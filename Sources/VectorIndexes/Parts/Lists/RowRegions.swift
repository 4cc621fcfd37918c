import CKernels
import VectorCore

/// A division of the rows of one list into contiguous regions, of vectors that are near each other.
///
/// A search for exact neighbours reads all rows, but those of the nearest region first: then it has nearly its last
/// threshold at once, and its codes exclude most of the other rows. What is in which region affects no answer.
struct RowRegions {
  /// The centroids of the regions, as vectors are projected.
  private let centroids: Matrix
  /// The first row of each region, and the end of the last.
  private let starts: [Int]

  /// The number of rows of a region, as long as there are no more than `mostRegions`.
  private static let rowsOfRegion = 512
  private static let mostRegions = 256
  /// The least number of sampled vectors per region.
  private static let sampleRows = 8
  private static let iterations = 10

  private init(centroids: Matrix, starts: [Int]) {
    self.centroids = centroids
    self.starts = starts
  }

  /// Divides rows; `nil` if they are few.
  ///
  /// - Parameters:
  ///   - rows: `count` contiguous vectors of d floats.
  ///   - sample: some of them, projected, in random order.
  /// - Returns: the regions, and the order into which the rows must be put.
  /// - Complexity: O(n·p·(d + regions)).
  static func dividing(
    _ rows: UnsafePointer<Float>, count: Int, sample: Matrix, projection: Projection, threads: Int
  ) -> (regions: RowRegions, order: [UInt32])? {
    let regions = min(count / rowsOfRegion, mostRegions, sample.rows / sampleRows)
    guard regions > 1 else { return nil }
    let centroids = KMeans.train(
      sample, k: regions, maxIterations: iterations, seed: UInt64(count), threads: threads
    ).centroids
    let nearest = NearestCentroid(centroids)
    var labels = [Int32](repeating: 0, count: count)
    labels.withUnsafeMutableBufferPointer { labels in
      let (labels, rows) = (Disjoint(labels), Shared(rows))
      parallelChunks(of: count, chunk: 1024, threads: threads) { _, range in
        let width = projection.projectedDimension
        withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count * (width + 1)) { memory in
          let projected = memory.baseAddress!
          projection.apply(
            rows.pointer + range.lowerBound * projection.dimension, count: range.count, into: projected,
            squares: projected + range.count * width)
          let found = nearest.assign(projected, count: range.count, threads: 1)
          labels.address(range.lowerBound).update(from: found, count: range.count)
        }
      }
    }
    let members = ClusterMembers(labels: labels, clusters: regions)
    var order: [UInt32] = []
    order.reserveCapacity(count)
    var starts = [0]
    for region in 0..<regions {
      order += members.rows(of: region)
      starts.append(order.count)
    }
    return (RowRegions(centroids: centroids, starts: starts), order)
  }

  var count: Int { centroids.rows }
  var memoryBytes: Int { centroids.rows * centroids.columns * MemoryLayout<Float>.stride }

  /// The region whose centroid is nearest to a projected query.
  ///
  /// - Parameter distances: room for `count` floats.
  /// - Complexity: O(regions·p).
  func nearest(to query: UnsafePointer<Float>, distances: UnsafeMutablePointer<Float>) -> Int {
    Kernels.active.l2_f32(query, centroids.baseAddress, count, centroids.columns, distances)
    return (0..<count).min { distances[$0] < distances[$1] } ?? 0
  }

  /// The rows of a region in a list that now has `count` rows, from the begin of one block of codes to that of another.
  func rows(of region: Int, count: Int) -> Range<Int> {
    let lanes = CodeBlocks.lanes
    let (start, end) = (starts[region] / lanes * lanes, starts[region + 1] / lanes * lanes)
    return min(start, count)..<min(end, count)
  }
}
