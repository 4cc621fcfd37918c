import CKernels

/// The state of a run of Lloyd's algorithm: labels, and the bounds that show which labels may have changed.
struct LloydRun {
  let vectors: Matrix
  private(set) var centroids: Matrix
  private var labels: [Int32]
  /// For each vector, an upper bound on the distance to its own centroid.
  private var upper: [Float]
  /// For each vector, a lower bound on the distance to all other centroids.
  private var lower: [Float]
  private let norms: [Float]
  /// The distance of each centroid's last move; infinite before the first assignment.
  private var moves: [Float]

  /// The number of vectors in a chunk, which is one unit of parallel work.
  private static let chunk = 1024
  /// The relative error of inner products in Float32, as a share of the norms, is below this for up to 4096 dimensions.
  private static let slack: Float = 4e-6

  init(vectors: Matrix, centroids: Matrix, threads: Int) {
    self.vectors = vectors
    self.centroids = centroids
    labels = Array(repeating: 0, count: vectors.rows)
    upper = Array(repeating: .infinity, count: vectors.rows)
    lower = Array(repeating: 0, count: vectors.rows)
    moves = Array(repeating: .infinity, count: centroids.rows)
    norms = Self.squaredNorms(of: vectors, threads: threads)
  }

  private static func squaredNorms(of vectors: Matrix, threads: Int) -> [Float] {
    var norms = [Float](repeating: 0, count: vectors.rows)
    norms.withUnsafeMutableBufferPointer { norms in
      let norms = Disjoint(norms)
      parallelChunks(of: vectors.rows, chunk: chunk, threads: threads) { _, rows in
        for row in rows {
          let address = vectors.baseAddress + row * vectors.columns
          Kernels.active.dot_f32(address, address, 1, vectors.columns, norms.address(row))
        }
      }
    }
    return norms
  }

  /// Assigns each vector to its nearest centroid, and computes only the distances that the bounds do not decide.
  mutating func assign(threads: Int) {
    let nearest = NearestCentroid(centroids, origin: nil)
    let drift = LargestTwo(moves)
    let largestNorm = 2 * (nearest.halfSquaredNorms.max() ?? 0)
    labels.withUnsafeMutableBufferPointer { labels in
      upper.withUnsafeMutableBufferPointer { upper in
        lower.withUnsafeMutableBufferPointer { lower in
          let labels = Disjoint(labels)
          let upper = Disjoint(upper)
          let lower = Disjoint(lower)
          let (vectors, moves, norms) = (vectors, moves, norms)
          parallelChunks(
            of: vectors.rows, chunk: Self.chunk, threads: threads, scratch: OpenRows(nearest, chunk: Self.chunk)
          ) { open, _, rows in
            open.removeAll()
            for row in rows {
              let label = Int(labels[row])
              let below = lower[row] - drift.largest(except: label)
              lower[row] = below
              upper[row] += moves[label]
              if upper[row] < below { continue }
              guard upper[row].isFinite else {
                open.append(row)
                continue
              }
              upper[row] = nearest.squaredDistance(vectors.baseAddress + row * vectors.columns, to: label).squareRoot()
              if upper[row] < below { continue }
              open.append(row)
            }
            open.forEachNearestTwo(of: vectors) { row, best, value, second in
              let doubt = Self.slack * (norms[row] + largestNorm)
              labels[row] = best
              upper[row] = max(0, norms[row] + 2 * value + doubt).squareRoot()
              lower[row] = max(0, norms[row] + 2 * second - doubt).squareRoot()
            }
          }
        }
      }
    }
  }

  /// Moves every centroid to the mean of its vectors; an empty cluster takes the vector farthest from its centroid.
  ///
  /// - Returns: the largest distance that a centroid moved, relative to its length.
  mutating func moveCentroids(threads: Int) -> Double {
    fillEmptyClusters(threads: threads)
    let members = ClusterMembers(labels: labels, clusters: centroids.rows)
    var shifts = [Double](repeating: 0, count: centroids.rows)
    let (vectors, old) = (vectors, centroids)
    centroids = Matrix(rows: old.rows, columns: old.columns) { floats in
      moves.withUnsafeMutableBufferPointer { moves in
        shifts.withUnsafeMutableBufferPointer { shifts in
          let floats = Disjoint(floats)
          let moves = Disjoint(moves)
          let shifts = Disjoint(shifts)
          parallelChunks(of: old.rows, chunk: 1, threads: threads) { cluster, _ in
            let before = old.baseAddress + cluster * old.columns
            let after = floats.address(cluster * old.columns)
            let rows = members.rows(of: cluster)
            guard !rows.isEmpty else {
              after.initialize(from: before, count: old.columns)
              moves[cluster] = 0
              return
            }
            withUnsafeTemporaryAllocation(of: Double.self, capacity: old.columns) { sums in
              sums.initialize(repeating: 0)
              rows.withUnsafeBufferPointer {
                Kernels.active.sum_gather_f64(
                  vectors.baseAddress, $0.baseAddress!, rows.count, old.columns, sums.baseAddress!)
              }
              var moved = 0.0
              var length = 0.0
              for column in 0..<old.columns {
                after[column] = Float(sums[column] / Double(rows.count))
                let difference = Double(after[column]) - Double(before[column])
                moved += difference * difference
                length += Double(before[column]) * Double(before[column])
              }
              // Rounded up, so that the bounds stay valid.
              moves[cluster] = Float(moved.squareRoot()).nextUp
              shifts[cluster] = length > 0 ? (moved / length).squareRoot() : moved.squareRoot()
            }
          }
        }
      }
    }
    return shifts.max() ?? 0
  }

  /// Assigns to each empty cluster the vector farthest from its centroid among those that are not alone in a cluster.
  private mutating func fillEmptyClusters(threads: Int) {
    var sizes = [Int](repeating: 0, count: centroids.rows)
    for label in labels { sizes[Int(label)] += 1 }
    let empty = sizes.indices.filter { sizes[$0] == 0 }
    guard !empty.isEmpty else { return }
    let distances = NearestCentroid(centroids).squaredDistances(of: vectors, labels: labels, threads: threads)
    var farthest = distances.indices.sorted { (distances[$0], $1) > (distances[$1], $0) }[...]
    for cluster in empty {
      while let row = farthest.first, distances[row] == 0 || sizes[Int(labels[row])] == 1 { farthest.removeFirst() }
      guard let row = farthest.popFirst() else { return }
      sizes[Int(labels[row])] -= 1
      sizes[cluster] = 1
      labels[row] = Int32(cluster)
      upper[row] = .infinity
      lower[row] = 0
    }
  }
}

/// The rows of a chunk that the bounds do not decide, and the memory to look them up; one instance per thread.
private final class OpenRows {
  private var rows: [Int] = []
  private let search: BlockSearch
  private let gathered: UnsafeMutablePointer<Float>

  init(_ centroids: NearestCentroid, chunk: Int) {
    rows.reserveCapacity(chunk)
    search = BlockSearch(centroids)
    gathered = .allocate(capacity: NearestCentroid.blockRows * centroids.matrix.columns)
  }

  deinit { gathered.deallocate() }

  func removeAll() { rows.removeAll(keepingCapacity: true) }

  func append(_ row: Int) { rows.append(row) }

  /// Passes the two nearest centroids of each row to `body`: the nearest one, and ½‖x − c‖² − ½‖x‖² for both.
  func forEachNearestTwo(
    of vectors: Matrix, _ body: (_ row: Int, _ best: Int32, _ value: Float, _ second: Float) -> Void
  ) {
    let columns = vectors.columns
    for start in stride(from: 0, to: rows.count, by: NearestCentroid.blockRows) {
      let block = rows[start..<min(start + NearestCentroid.blockRows, rows.count)]
      for (place, row) in block.enumerated() {
        (gathered + place * columns).update(from: vectors.baseAddress + row * columns, count: columns)
      }
      search.run(gathered, count: block.count)
      for (place, row) in block.enumerated() {
        body(row, Int32(search.best[place]), search.values[place], search.seconds[place])
      }
    }
  }
}

/// The two largest moves of centroids, which bound how much nearer any *other* centroid can have come.
private struct LargestTwo {
  private var index = -1
  private var first: Float = 0
  private var second: Float = 0

  init(_ moves: [Float]) {
    for (candidate, move) in moves.enumerated() {
      if move > first {
        (second, first, index) = (first, move, candidate)
      } else if move > second {
        second = move
      }
    }
  }

  func largest(except label: Int) -> Float { label == index ? second : first }
}
