import CKernels
import Foundation
import VectorCore
import VectorSearch

/// How far beyond the nearest list a search has to go to find a share of the nearest vectors, measured at training.
///
/// The margin of a list is how much farther its centroid is from the query than the nearest centroid, in squared L2 or
/// in the metric's distance. Some training vectors serve as queries: their nearest other training vectors are found
/// exactly, and the margins of the lists of these neighbours are noted. A search for a recall r probes the lists within
/// the r-quantile of these margins. So a query between many clusters probes many lists, and one near a centroid few; of
/// all rules that decide by the margin, this one probes the fewest lists for a mean recall.
///
/// The neighbours in a sample of s of n vectors are farther away than those among all n. So neighbours up to rank
/// k·s/n in the sample stand for the k nearest of all vectors.
///
/// The queries took part in the training, which draws the centroid of their own list a little towards them. For a list
/// of m vectors the distance is multiplied by m / (m − 1), a squared distance by the square of that, which gives the
/// distance from the centroid of the others.
struct ProbeMargins: Sendable, Equatable {
  /// The number of training vectors that serve as queries.
  private static let queries = 320
  /// The greatest rank of a neighbour whose margin is measured.
  private static let greatestDepth = 128
  /// With fewer training vectors nothing is measured.
  private static let fewestVectors = 2 * greatestDepth
  /// The depths whose margins are measured: 1, 2, 4, ….
  private static let depths = Array(sequence(first: 1) { $0 < greatestDepth ? 2 * $0 : nil })
  /// Level i is the (1 − (1 − i/steps)²)-quantile, so that the levels are dense near recall 1.
  private static let steps = 64

  /// The length of `quantiles` where margins were measured.
  static let count = depths.count * (steps + 1)

  /// Of an index that has measured nothing.
  static let unmeasured = ProbeMargins(sampled: 0, quantiles: [])

  /// The number of training vectors that were measured.
  let sampled: Int
  /// For each depth in turn, `steps` + 1 quantiles of the margins of neighbours up to that rank.
  let quantiles: [Float]

  /// Restores measured margins.
  init(sampled: Int, quantiles: [Float]) {
    self.sampled = sampled
    self.quantiles = quantiles
  }

  /// Measures the margins.
  ///
  /// - Parameters:
  ///   - sample: the training vectors without outliers, n × d, prepared.
  ///   - spills: whether each vector is also in a second list.
  /// - Complexity: O(queries·(n·d + nlist·d)).
  init(_ sample: Matrix, quantizer: CoarseQuantizer, spills: Bool, threads: Int) {
    guard sample.rows >= Self.fewestVectors else {
      self = .unmeasured
      return
    }
    let count = min(Self.queries, sample.rows / 2)
    let queries = (0..<count).map { $0 * sample.rows / count }
    let neighbors = Self.neighbors(
      of: queries, in: sample, depth: Self.greatestDepth, metric: quantizer.store.metric, threads: threads)
    let margins = Self.margins(
      of: neighbors, queries: queries, sample: sample, quantizer: quantizer, spills: spills, threads: threads)
    let quantiles = Self.depths.flatMap { depth in
      let found = margins.flatMap { $0.prefix(depth) }.sorted()
      return (0...Self.steps).map { step in
        let rest = 1 - Double(step) / Double(Self.steps)
        return found[min(found.count - 1, Int((1 - rest * rest) * Double(found.count)))]
      }
    }
    self.init(sampled: sample.rows, quantiles: quantiles)
  }

  /// The margin within which a share `recall` of the `k` nearest is found.
  ///
  /// - Parameter rows: the number of vectors in the index.
  /// - Returns: `nil` if only a search of all lists can promise the recall: for recall 1, for neighbours that are farther
  ///   than those that were measured, and if nothing was measured.
  func margin(recall: Double, k: Int, rows: Int) -> Float? {
    guard recall < 1, sampled > 0, k > 0, rows > 0 else { return nil }
    let depth = log2(max(1, Double(k) * Double(sampled) / Double(rows)))
    guard depth <= log2(Double(Self.greatestDepth)) else { return nil }
    let step = Double(Self.steps) * (1 - (1 - max(recall, 0)).squareRoot())
    let (lower, left) = (min(Int(depth), Self.depths.count - 1), min(Int(step), Self.steps - 1))
    let (down, right) = (Float(depth - Double(lower)), Float(step - Double(left)))
    func quantile(_ depth: Int) -> Float {
      let at = min(depth, Self.depths.count - 1) * (Self.steps + 1) + left
      return quantiles[at] + right * (quantiles[at + 1] - quantiles[at])
    }
    return quantile(lower) + down * (quantile(lower + 1) - quantile(lower))
  }
}

extension ProbeMargins {
  /// The search parameter `recall` of an index of lists.
  static func field<Settings>(_ property: WritableKeyPath<Settings, Double?>) -> ParameterField<Settings> {
    .optionalReal(
      "recall", property, 0...1,
      "mean recall for which each query searches as many lists as it needs, as measured on training vectors; 1 searches "
        + "all lists; auto: nprobe decides", insteadOf: "nprobe")
  }
}

// MARK: - Measuring

extension ProbeMargins {
  /// The number of queries that share a pass over the sample, and the number of rows that they share at a time.
  private static let queriesOfPass = 64
  private static let rowsOfBlock = 256

  /// For each query, the numbers of its `depth` nearest rows, nearest first, without its own.
  private static func neighbors(
    of queries: [Int], in sample: Matrix, depth: Int, metric: Metric, threads: Int
  ) -> [[Int]] {
    var all = [[Int]](repeating: [], count: queries.count)
    all.withUnsafeMutableBufferPointer { all in
      let all = Disjoint(all)
      parallelChunks(of: queries.count, chunk: queriesOfPass, threads: threads) { _, part in
        let nearest = UnsafeMutablePointer<TopK>.allocate(capacity: part.count)
        for place in 0..<part.count { (nearest + place).initialize(to: TopK(k: depth)) }
        scan(sample, for: queries[part], by: metric, into: nearest)
        for (place, query) in part.enumerated() {
          nearest[place].sort()
          all[query] = (0..<nearest[place].count).map { Int(nearest[place][$0].id) }
        }
        nearest.deinitialize(count: part.count)
        nearest.deallocate()
      }
    }
    return all
  }

  /// Offers every row to every query but itself, block by block, so that the queries share the rows in the cache.
  private static func scan(
    _ sample: Matrix, for queries: ArraySlice<Int>, by metric: Metric, into nearest: UnsafeMutablePointer<TopK>
  ) {
    let ranks = RowRanks(of: sample.gathering(Array(queries)), in: sample, metric: metric)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: (queries.count + 1) * rowsOfBlock) { room in
      guard let room = room.baseAddress else { return }
      for first in stride(from: 0, to: sample.rows, by: rowsOfBlock) {
        let count = min(rowsOfBlock, sample.rows - first)
        ranks.write(first..<first + count, into: room, stride: rowsOfBlock, norms: room + queries.count * rowsOfBlock)
        for (place, query) in queries.enumerated() {
          let ranks = room + place * rowsOfBlock
          for row in 0..<count where !(ranks[row] > nearest[place].threshold) && first + row != query {
            nearest[place].offer(
              Neighbor(distance: ranks[row], sequence: UInt64(first + row), id: UInt64(first + row)))
          }
        }
      }
    }
  }

  /// For each query, the margins of its neighbours' lists in the order of the neighbours.
  private static func margins(
    of neighbors: [[Int]], queries: [Int], sample: Matrix, quantizer: CoarseQuantizer, spills: Bool, threads: Int
  ) -> [[Float]] {
    let rows = Set(neighbors.joined()).union(queries).sorted()
    let some = sample.gathering(rows, threads: threads)
    let first = quantizer.centroids.assign(some, threads: threads)
    let second =
      spills && quantizer.nlist > 1 ? quantizer.centroids.assignSecond(some, labels: first, threads: threads) : first
    let listsOfRow = Dictionary(uniqueKeysWithValues: zip(rows, zip(first, second)))
    let listSize = Float(sample.rows) / Float(quantizer.nlist)
    let ratio = listSize / max(listSize - 1, 1)
    let withoutItself: Float =
      switch quantizer.store.metric {
      case .dot: 1
      case .manhattan: ratio
      case .euclidean, .angular, .hamming: ratio * ratio
      }
    return zip(queries, neighbors).map { query, neighbors in
      var distances = [Float](repeating: 0, count: quantizer.nlist)
      quantizer.measure(sample.baseAddress + query * sample.columns, into: &distances)
      distances[Int(listsOfRow[query]!.0)] *= withoutItself
      let nearest = distances.min() ?? 0
      return neighbors.map { row in
        let lists = listsOfRow[row]!
        return min(distances[Int(lists.0)], distances[Int(lists.1)]) - nearest
      }
    }
  }
}

/// Numbers by which the rows of a matrix are in the order of their distances from some queries.
///
/// Of the squared distance ‖x − q‖² the part ‖x − o‖² − 2·⟨q − o, x⟩ depends on the row x. The products of all queries
/// are computed together; the origin o is the mean of the queries, so that far from zero no digits are lost.
private struct RowRanks {
  private let sample: Matrix
  private let metric: Metric
  /// The queries; under squared L2 without the origin.
  private let queries: Matrix
  private let origin: [Float]

  init(of queries: Matrix, in sample: Matrix, metric: Metric) {
    self.sample = sample
    self.metric = metric
    guard metric == .euclidean else {
      (self.queries, origin) = (queries, [])
      return
    }
    let origin = queries.mean
    self.origin = origin
    self.queries = Matrix(rows: queries.rows, columns: queries.columns) { floats in
      for index in floats.indices { floats[index] = queries.floats[index] - origin[index % queries.columns] }
    }
  }

  /// Writes the numbers of some rows for query i from `out` + i·`stride` on.
  ///
  /// - Parameter norms: room for a float for each row.
  func write(_ rows: Range<Int>, into out: UnsafeMutablePointer<Float>, stride: Int, norms: UnsafeMutablePointer<Float>)
  {
    let (kernels, dimension) = (Kernels.active, sample.columns)
    let address = sample.baseAddress + rows.lowerBound * dimension
    guard metric != .manhattan else {
      for query in 0..<queries.rows {
        kernels.l1_f32(queries.baseAddress + query * dimension, address, rows.count, dimension, out + query * stride)
      }
      return
    }
    kernels.dot_block_f32(queries.baseAddress, queries.rows, address, rows.count, dimension, out, stride)
    if metric == .euclidean { kernels.l2_f32(origin, address, rows.count, dimension, norms) }
    for query in 0..<queries.rows {
      let ranks = out + query * stride
      if metric == .euclidean {
        for row in 0..<rows.count { ranks[row] = norms[row] - 2 * ranks[row] }
      } else {
        for row in 0..<rows.count { ranks[row] = -ranks[row] }
      }
    }
  }
}
