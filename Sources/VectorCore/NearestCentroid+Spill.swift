import CKernels

extension NearestCentroid {
  /// A second centroid for each row, in whose list a search finds the row when the first centroid is far from the
  /// query.
  ///
  /// It is not the second nearest centroid, but one whose residual is nearly orthogonal to that of the first.
  ///
  /// It minimises ‖x − c‖² + ⟨x − c, r⟩² / ‖r‖², where r is the residual from the first centroid. A query that misses
  /// the first list because it differs from the vector along r does not miss the second list for the same reason.
  ///
  /// - Parameters:
  ///   - vectors: n × d.
  ///   - labels: the first centroid of each vector.
  /// - Precondition: at least two centroids.
  /// - Complexity: O(n·k·d).
  ///
  /// Source: Sun et al., "SOAR: Improved Indexing for Approximate Nearest Neighbor Search", NeurIPS 2023, with λ = 1.
  public func assignSecond(_ vectors: Matrix, labels: [Int32], threads: Int) -> [Int32] {
    precondition(count > 1, "a second centroid of \(count)")
    var seconds = [Int32](repeating: 0, count: vectors.rows)
    seconds.withUnsafeMutableBufferPointer { seconds in
      let seconds = Disjoint(seconds)
      parallelChunks(
        of: vectors.rows, chunk: 1024, threads: threads, scratch: SpillSearch(self)
      ) { search, _, rows in
        for start in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.blockRows) {
          let block = start..<min(start + Self.blockRows, rows.upperBound)
          search.run(vectors[rows: block], labels: labels[block])
          for row in block { seconds[row] = search.best[row - start] }
        }
      }
    }
    return seconds
  }
}

/// The working memory of one thread that finds second centroids, block by block.
private final class SpillSearch {
  private(set) var best = [Int32](repeating: 0, count: NearestCentroid.blockRows)
  private var losses = [Float](repeating: 0, count: NearestCentroid.blockRows)
  private let centroids: NearestCentroid
  /// The inner products of a tile of centroids with the vectors of a block, and with their unit residuals.
  private var products: [Float]
  private var alongs: [Float]

  init(_ centroids: NearestCentroid) {
    self.centroids = centroids
    let size = NearestCentroid.blockRows * min(NearestCentroid.tileCentroids, centroids.count)
    products = Array(repeating: 0, count: size)
    alongs = Array(repeating: 0, count: size)
  }

  func run(_ vectors: Matrix, labels: ArraySlice<Int32>) {
    let rows = centroids.origin.map(vectors.relative) ?? vectors
    let (matrix, stride, count) = (centroids.relative, NearestCentroid.blockRows, rows.rows)
    let labels = Array(labels)
    var ownAlong = [Float](repeating: 0, count: count)
    let directions = Matrix(rows: count, columns: rows.columns) { floats in
      guard let base = floats.baseAddress else { return }
      for row in 0..<count {
        let (direction, vector) = (base + row * rows.columns, rows.baseAddress + row * rows.columns)
        let center = matrix.baseAddress + Int(labels[row]) * rows.columns
        var square: Float = 0
        Kernels.active.l2_f32(vector, center, 1, rows.columns, &square)
        let scale = square > 0 ? 1 / square.squareRoot() : 0
        for component in 0..<rows.columns { direction[component] = (vector[component] - center[component]) * scale }
        Kernels.active.dot_f32(direction, vector, 1, rows.columns, &ownAlong[row])
      }
    }
    for row in 0..<count { losses[row] = .infinity }
    for row in 0..<count { best[row] = labels[row] == 0 ? 1 : 0 }
    for from in Swift.stride(from: 0, to: matrix.rows, by: NearestCentroid.tileCentroids) {
      let some = min(NearestCentroid.tileCentroids, matrix.rows - from)
      let tile = matrix.baseAddress + from * matrix.columns
      Kernels.active.dot_block_f32(tile, some, rows.baseAddress, count, matrix.columns, &products, stride)
      Kernels.active.dot_block_f32(tile, some, directions.baseAddress, count, matrix.columns, &alongs, stride)
      for centroid in 0..<some {
        let half = centroids.halfSquaredNorms[from + centroid]
        for row in 0..<count where labels[row] != Int32(from + centroid) {
          let along = ownAlong[row] - alongs[centroid * stride + row]
          // The term ‖x‖² is left out, because it does not change the order.
          let loss = 2 * (half - products[centroid * stride + row]) + along * along
          if loss < losses[row] {
            losses[row] = loss
            best[row] = Int32(from + centroid)
          }
        }
      }
    }
  }
}
