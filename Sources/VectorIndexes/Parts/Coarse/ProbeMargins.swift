import CKernels
import Foundation
import VectorCore
import VectorSearch

/// How far beyond the nearest list a search has to go to find a share of the nearest vectors, measured on a sample.
///
/// The margin of a list is how much farther its centroid is from the query than the nearest centroid, in squared L2 or
/// in the metric's distance. Some vectors of the sample serve as queries: their nearest other vectors of it are found,
/// and the margins of the lists of these neighbours are noted. A search for a recall r probes the lists within
/// the r-quantile of these margins. So a query between many clusters probes many lists, and one near a centroid few; of
/// all rules that decide by the margin, this one probes the fewest lists for a mean recall.
///
/// The neighbours in a sample of s of n vectors are farther away than those among all n. So neighbours up to rank
/// k·s/n in the sample stand for the k nearest of all vectors.
///
/// The queries are in the lists, and draw the centroid of their own list a little towards them. For a list
/// of m vectors the distance is multiplied by m / (m − 1), a squared distance by the square of that, which gives the
/// distance from the centroid of the others.
struct ProbeMargins: Sendable, Equatable {
  /// The number of vectors that serve as queries.
  static let queries = 320
  /// The greatest rank of a neighbour whose margin is measured.
  static let greatestDepth = 128
  /// Among fewer vectors nothing is measured.
  static let fewestVectors = 2 * greatestDepth
  /// The depths whose margins are measured: 1, 2, 4, ….
  private static let depths = Array(sequence(first: 1) { $0 < greatestDepth ? 2 * $0 : nil })
  /// Level i is the (1 − (1 − i/steps)²)-quantile, so that the levels are dense near recall 1.
  private static let steps = 64

  /// The length of `quantiles` where margins were measured.
  static let count = depths.count * (steps + 1)

  /// Of an index that has measured nothing.
  static let unmeasured = ProbeMargins(sampled: 0, quantiles: [])

  /// The number of vectors among which neighbours were found.
  let sampled: Int
  /// For each depth in turn, `steps` + 1 quantiles of the margins of neighbours up to that rank.
  let quantiles: [Float]

  /// Restores measured margins.
  init(sampled: Int, quantiles: [Float]) {
    self.sampled = sampled
    self.quantiles = quantiles
  }

  /// The lists whose margins are measured.
  struct Lists {
    /// nlist × d, prepared.
    let centroids: Matrix
    /// The metric by whose distances lists are chosen.
    let metric: Metric
    /// For each list, the number of vectors of which its centroid is the mean, or the mean of these numbers.
    let sizes: [Double]
  }

  /// The list of a vector, and its second list, or the first again.
  typealias ListsOfVector = (first: Int32, second: Int32)

  /// Measures the margins on a sample, in which the nearest neighbours are found exactly.
  ///
  /// - Parameters:
  ///   - sample: vectors of the lists, without outliers, n × d, prepared.
  ///   - listsOfRows: the lists of some rows of the sample, which are in ascending order.
  /// - Complexity: O(queries·(n·d + nlist·d)).
  init(_ sample: Matrix, in lists: Lists, threads: Int, listsOfRows: (_ rows: [Int]) -> [ListsOfVector]) {
    guard sample.rows >= Self.fewestVectors else {
      self = .unmeasured
      return
    }
    let count = min(Self.queries, sample.rows / 2)
    let queries = (0..<count).map { $0 * sample.rows / count }
    let neighbors = Self.neighbors(
      of: queries, in: sample, depth: Self.greatestDepth, metric: lists.metric, threads: threads)
    let rows = Set(neighbors.joined()).union(queries).sorted()
    let listsOfRow = Dictionary(uniqueKeysWithValues: zip(rows, listsOfRows(rows)))
    self.init(
      of: sample.gathering(queries), in: queries.map { listsOfRow[$0]!.first },
      neighbors: neighbors.map { $0.map { listsOfRow[$0]! } }, lists: lists, sampled: sample.rows)
  }

  /// Measures the margins of the lists of known neighbours.
  ///
  /// - Parameters:
  ///   - queries: vectors of the lists, q × d, prepared.
  ///   - ownLists: the list of each query.
  ///   - neighbors: for each query, the lists of its nearest other vectors, nearest first, `greatestDepth` if there are so
  ///     many.
  ///   - sampled: the number of vectors of which these are the nearest.
  /// - Complexity: O(q·nlist·d).
  init(
    of queries: Matrix, in ownLists: [Int32], neighbors: [[ListsOfVector]], lists: Lists, sampled: Int
  ) {
    guard neighbors.contains(where: { !$0.isEmpty }) else {
      self = .unmeasured
      return
    }
    let margins = Self.margins(of: neighbors, queries: queries, ownLists: ownLists, lists: lists)
      .flatMap { $0.enumerated().map { (rank: $0, margin: $1) } }.sorted { $0.margin < $1.margin }
    let quantiles = Self.depths.flatMap { depth in
      let found = margins.filter { $0.rank < depth }.map(\.margin)
      return (0...Self.steps).map { step in
        let rest = 1 - Double(step) / Double(Self.steps)
        return found[min(found.count - 1, Int((1 - rest * rest) * Double(found.count)))]
      }
    }
    self.init(sampled: sampled, quantiles: quantiles)
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
      "mean recall for which each query searches as many lists as it needs, as measured on training vectors; 1 "
        + "searches all lists; auto: nprobe decides", insteadOf: "nprobe")
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
    of neighbors: [[ListsOfVector]], queries: Matrix, ownLists: [Int32], lists: Lists
  ) -> [[Float]] {
    /// The factor of the distance from a centroid to one of its vectors, if the centroid is to be that of the others.
    func withoutItself(_ size: Double) -> Float {
      let ratio = Float(size / max(size - 1, 1))
      return switch lists.metric {
      case .dot: 1
      case .manhattan: ratio
      case .euclidean, .angular, .hamming: ratio * ratio
      }
    }
    let nlist = lists.centroids.rows
    var distances = [Float](repeating: 0, count: nlist)
    return neighbors.enumerated().map { query, neighbors in
      VectorIndexes.distances(
        lists.metric, from: queries.baseAddress + query * queries.columns, to: lists.centroids.baseAddress,
        count: nlist, dimension: queries.columns, into: &distances)
      let own = Int(ownLists[query])
      distances[own] *= withoutItself(lists.sizes[own])
      let nearest = distances.min() ?? 0
      return neighbors.map { min(distances[Int($0.first)], distances[Int($0.second)]) - nearest }
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
