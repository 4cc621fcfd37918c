import CKernels

/// Finds the nearest of k centroids for many vectors, by squared L2; ties go to the centroid with the lower number.
///
/// ‖x − c‖² = ‖x‖² + 2(½‖c‖² − x·c). So the inner products of a block of vectors with all centroids are one matrix
/// product, and the norm of x does not change the order. A distance that overflows to NaN is never the nearest. If the
/// centroids are close together and far from zero, everything is computed relative to a point among them.
public struct NearestCentroid: Sendable {
  /// The centroids, k × d.
  public let matrix: Matrix
  /// The point that is subtracted from vectors and centroids; `nil` for zero.
  let origin: [Float]?
  /// The centroids minus the origin.
  let relative: Matrix
  /// ½‖c‖² of each of these, k floats.
  let halfSquaredNorms: [Float]

  /// The numbers of vectors and centroids in a tile whose inner products stay in the L2 cache.
  static let blockRows = 96
  static let tileCentroids = 1024

  public init(_ centroids: Matrix) { self.init(centroids, origin: centroids.remoteOrigin) }

  init(_ centroids: Matrix, origin: [Float]?) {
    matrix = centroids
    self.origin = origin
    let relative = origin.map(centroids.relative) ?? centroids
    self.relative = relative
    halfSquaredNorms = (0..<relative.rows).map { row in
      let centroid = relative[row: row]
      var sum = 0.0
      for column in centroid.indices { sum += Double(centroid[column]) * Double(centroid[column]) }
      return Float(sum / 2)
    }
  }

  /// The number of centroids, k.
  public var count: Int { matrix.rows }

  /// The nearest centroid of each row of `vectors`, n × d. - Complexity: O(n·k·d).
  public func assign(_ vectors: Matrix, threads: Int) -> [Int32] {
    assign(vectors.baseAddress, count: vectors.rows, threads: threads)
  }

  /// The nearest centroid of each of `count` vectors, count × d. - Complexity: O(count·k·d).
  public func assign(_ vectors: UnsafePointer<Float>, count: Int, threads: Int) -> [Int32] {
    var labels = [Int32](repeating: 0, count: count)
    let vectors = Shared(vectors)
    labels.withUnsafeMutableBufferPointer { labels in
      let labels = Disjoint(labels)
      parallelChunks(of: count, chunk: 1024, threads: threads, scratch: BlockSearch(self)) { search, _, rows in
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.blockRows) {
          let end = min(start + Self.blockRows, rows.upperBound)
          search.run(vectors.pointer + start * matrix.columns, count: end - start)
          for row in start..<end { labels[row] = Int32(search.best[row - start]) }
        }
      }
    }
    return labels
  }

  /// The sum of the squared distances of all rows to their nearest centroids, in Float64.
  public func inertia(of vectors: Matrix, threads: Int) -> Double {
    inertia(of: vectors, labels: assign(vectors, threads: threads), threads: threads)
  }

  /// The sum of the squared distances of all rows to the centroids of their labels, in Float64.
  func inertia(of vectors: Matrix, labels: [Int32], threads: Int) -> Double {
    squaredDistances(of: vectors, labels: labels, threads: threads).reduce(0) { $0 + Double($1) }
  }

  /// The squared distance of each row to the centroid of its label.
  func squaredDistances(of vectors: Matrix, labels: [Int32], threads: Int) -> [Float] {
    var distances = [Float](repeating: 0, count: vectors.rows)
    distances.withUnsafeMutableBufferPointer { distances in
      let distances = Disjoint(distances)
      parallelChunks(of: vectors.rows, chunk: 1024, threads: threads) { _, rows in
        for row in rows {
          distances[row] = squaredDistance(vectors.baseAddress + row * matrix.columns, to: Int(labels[row]))
        }
      }
    }
    return distances
  }

  /// The squared distance of one vector, d floats, to one centroid. - Complexity: O(d).
  public func squaredDistance(_ vector: UnsafePointer<Float>, to centroid: Int) -> Float {
    var distance: Float = 0
    Kernels.active.l2_f32(vector, matrix.baseAddress + centroid * matrix.columns, 1, matrix.columns, &distance)
    return distance
  }
}

/// The working memory of one thread that finds nearest centroids, block by block.
final class BlockSearch {
  /// For each row of the last block: its nearest centroid, and ½‖x − c‖² − ½‖x‖² for the nearest two.
  let best: UnsafeMutablePointer<UInt32>
  let values: UnsafeMutablePointer<Float>
  let seconds: UnsafeMutablePointer<Float>
  private let products: UnsafeMutablePointer<Float>
  /// Room for the rows of a block minus the origin, if there is an origin.
  private let shifted: UnsafeMutablePointer<Float>
  private let centroids: NearestCentroid

  init(_ centroids: NearestCentroid) {
    self.centroids = centroids
    best = .allocate(capacity: NearestCentroid.blockRows)
    values = .allocate(capacity: NearestCentroid.blockRows)
    seconds = .allocate(capacity: NearestCentroid.blockRows)
    products = .allocate(capacity: NearestCentroid.blockRows * min(NearestCentroid.tileCentroids, centroids.count))
    shifted = .allocate(capacity: centroids.origin.map { NearestCentroid.blockRows * $0.count } ?? 0)
  }

  deinit {
    best.deallocate()
    values.deallocate()
    seconds.deallocate()
    products.deallocate()
    shifted.deallocate()
  }

  /// Finds the nearest two centroids of `count` ≤ `blockRows` rows, count × d.
  ///
  /// Each row is packed once for all centroids, and the centroids are read in order. The products of a row form a
  /// column, which is the layout that the comparison needs.
  func run(_ rows: UnsafePointer<Float>, count: Int) {
    let stride = NearestCentroid.blockRows
    let (matrix, halves) = (centroids.relative, centroids.halfSquaredNorms)
    let rows = relative(rows, count: count)
    halves.withUnsafeBufferPointer { halves in
      for from in Swift.stride(from: 0, to: matrix.rows, by: NearestCentroid.tileCentroids) {
        let some = min(NearestCentroid.tileCentroids, matrix.rows - from)
        Kernels.active.dot_block_f32(
          matrix.baseAddress + from * matrix.columns, some, rows, count, matrix.columns, products, stride)
        Kernels.active.nearest_two_f32(
          products, stride, halves.baseAddress! + from, from, some, count, best, values, seconds)
      }
    }
  }

  /// The rows of a block minus the origin.
  private func relative(_ rows: UnsafePointer<Float>, count: Int) -> UnsafePointer<Float> {
    guard let origin = centroids.origin else { return rows }
    for row in 0..<count {
      let start = row * origin.count
      for component in origin.indices { shifted[start + component] = rows[start + component] - origin[component] }
    }
    return UnsafePointer(shifted)
  }
}
