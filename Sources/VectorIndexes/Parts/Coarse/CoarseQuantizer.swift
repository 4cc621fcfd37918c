import VectorCore

/// The centroids of an inverted file, which assign vectors to lists and choose the lists that a query probes.
///
/// Under every metric a vector is assigned to the centroid with the least squared L2. A query probes lists in the order
/// of the metric's distance to their centroids. Under `angular` the centroids have unit length, so both orders are the
/// same. Under `hamming` the mean of vectors is not binary, so lists are probed by squared L2, which for bits is the
/// Hamming distance.
///
/// Outliers belong to none of the `nlist` clusters. The list with number `nlist`, after those of the clusters, holds
/// the outliers; every search computes their distances, whichever lists it probes.
struct CoarseQuantizer: Sendable {
  let centroids: NearestCentroid
  /// The centroids as stored vectors with their list numbers as ids, so that choosing lists is an exact search.
  let store: VectorStore
  /// Encodes the residuals of vectors from their centroids; `nil` for a metric for which codes give no bound.
  let residualQuantizer: ScalarQuantizer?
  /// The limit that decides which vectors are outliers.
  let outliers: OutlierLimit
  /// What a search for a recall goes by; `unmeasured` until `measureMargins`.
  private(set) var margins = ProbeMargins.unmeasured

  /// The greatest number of vectors to which the residual quantizer is fitted.
  private static let residualSampleSize = 512

  /// How a search for the best setting varies the number of lists.
  static let tuning = ParameterTuning.rootOfRows([0.5, 1, 2, 4, 8, 16])

  /// The default number of training vectors. More per list do not reduce the k-means error; fewer raise it by 2 %.
  static func defaultSampleSize(nlist: Int) -> Int { max(65_536, 256 * nlist) }

  /// Clusters prepared vectors, or a random sample of them, by k-means.
  ///
  /// - Parameters:
  ///   - vectors: n × d, prepared for the metric, finite.
  ///   - sampleSize: the greatest number of training vectors.
  /// - Throws: `IndexError.tooFewVectors` if there are fewer than `nlist`.
  static func train(
    _ vectors: Matrix, nlist: Int, sampleSize: Int, maxIterations: Int, metric: Metric, seed: UInt64, threads: Int
  ) throws(IndexError) -> CoarseQuantizer {
    guard vectors.rows >= nlist else {
      throw .tooFewVectors(what: "training nlist = \(nlist) clusters", needed: nlist, got: vectors.rows)
    }
    var generator = SeededGenerator(seed: seed)
    let sample = sample(of: vectors, size: sampleSize, using: &generator, threads: threads)
    let outliers = OutlierLimit(of: sample, leaving: nlist)
    let ordinary = outliers.ordinary(sample, threads: threads)
    var quantizer = CoarseQuantizer(
      clustering: ordinary, outliers: outliers, nlist: nlist, maxIterations: maxIterations, metric: metric,
      seed: generator.next(), threads: threads)
    quantizer.measureMargins(on: ordinary, spills: false, threads: threads)
    return quantizer
  }

  /// The training vectors: all vectors, or a random sample in their order.
  static func sample(
    of vectors: Matrix, size: Int, using generator: inout SeededGenerator, threads: Int
  ) -> Matrix {
    guard vectors.rows > size else { return vectors }
    return vectors.gathering(generator.sample(size, below: vectors.rows).sorted(), threads: threads)
  }

  /// Clusters a sample of at least `nlist` prepared vectors without outliers.
  init(
    clustering sample: Matrix, outliers: OutlierLimit, nlist: Int, maxIterations: Int, metric: Metric, seed: UInt64,
    threads: Int
  ) {
    self.outliers = outliers
    let clustering = KMeans.train(sample, k: nlist, maxIterations: maxIterations, seed: seed, threads: threads)
    let matrix = metric.prepare(clustering.centroids, threads: threads)
    centroids = NearestCentroid(matrix)
    store = Self.store(of: matrix, metric: metric, threads: threads)
    guard ScalarQuantizer.supports(metric) else {
      residualQuantizer = nil
      return
    }
    let stride = max(1, sample.rows / Self.residualSampleSize)
    let some = sample.gathering(Array(Swift.stride(from: 0, to: sample.rows, by: stride)))
    let labels = centroids.assign(some, threads: threads)
    residualQuantizer = ScalarQuantizer(
      fitting: some.residuals { matrix.baseAddress + Int(labels[$0]) * matrix.columns }, origin: some.mean,
      metric: metric, threads: threads)
  }

  /// Restores trained centroids, nlist × d; residuals are not encoded.
  init(centroids matrix: Matrix, outliers: OutlierLimit, margins: ProbeMargins, metric: Metric, threads: Int) {
    self.outliers = outliers
    self.margins = margins
    centroids = NearestCentroid(matrix)
    store = Self.store(of: matrix, metric: metric, threads: threads)
    residualQuantizer = nil
  }

  /// Measures what a search for a recall goes by.
  ///
  /// - Parameters:
  ///   - sample: the training vectors without outliers, n × d, prepared.
  ///   - spills: whether each vector is also in a second list.
  /// - Complexity: as `ProbeMargins.init`.
  mutating func measureMargins(on sample: Matrix, spills: Bool, threads: Int) {
    let lists = ProbeMargins.Lists(
      centroids: centroids.matrix, metric: store.metric,
      sizes: Array(repeating: Double(sample.rows) / Double(nlist), count: nlist))
    margins = ProbeMargins(sample, in: lists, threads: threads) { rows in
      let some = sample.gathering(rows, threads: threads)
      let first = centroids.assign(some, threads: threads)
      let second = spills && nlist > 1 ? centroids.assignSecond(some, labels: first, threads: threads) : first
      return zip(first, second).map { ($0, $1) }
    }
  }

  private static func store(of centroids: Matrix, metric: Metric, threads: Int) -> VectorStore {
    let store = VectorStore(flat: centroids.columns, metric: metric == .hamming ? .euclidean : metric, projects: false)
    let lists = 0..<centroids.rows
    store.insert(
      InsertPlan(ids: lists.map(UInt64.init), metadata: [], rows: Array(lists), replacingRows: []), vectors: centroids,
      threads: threads
    ) { _ in 0 }
    return store
  }

  /// The number of clusters.
  var nlist: Int { centroids.count }

  /// The number of lists: one for each cluster, and the list of the outliers.
  var listCount: Int { nlist + 1 }

  /// The number of the list of the outliers.
  var outlierList: Int { nlist }

  /// The centres of all lists, listCount × d: the centroids, and the point from which the distance of outliers is
  /// measured.
  var centersOfLists: Matrix {
    let matrix = centroids.matrix
    return Matrix(rows: listCount, columns: matrix.columns) { floats in
      floats.baseAddress?.initialize(from: matrix.baseAddress, count: nlist * matrix.columns)
      _ = UnsafeMutableBufferPointer(rebasing: floats[(nlist * matrix.columns)...]).initialize(from: outliers.center)
    }
  }

  /// Makes a store with all lists.
  func makeStore(metric: Metric) -> VectorStore {
    VectorStore(
      dimension: centroids.matrix.columns, metric: metric, centers: centersOfLists, quantizer: residualQuantizer)
  }

  /// The list of each prepared vector; of equally near lists the one with the lower number. - Complexity: O(n·nlist·d).
  func assign(_ vectors: Matrix, threads: Int) -> [Int32] {
    var labels = centroids.assign(vectors, threads: threads)
    for (row, isOutlier) in outliers.isOutlier(vectors).enumerated() where isOutlier {
      labels[row] = Int32(outlierList)
    }
    return labels
  }

  /// Whether to find the nearest lists by computing the distances of all centroids, instead of a bounded scan.
  ///
  /// This takes two thirds of the time of a bounded scan if the centroids fit into the L2 cache, or if so many lists
  /// are probed that the bound excludes few.
  func isMeasuredWhole(probing wanted: Int) -> Bool {
    let cached = 512 << 10
    return wanted >= nlist / 8 || centroids.matrix.columns * nlist * MemoryLayout<Float>.stride <= cached
  }

  /// Finds the nearest lists from the distances of all centroids, nlist floats.
  ///
  /// The result equals that of a search in `store`. - Complexity: O(nlist).
  func findNearest(_ distances: UnsafePointer<Float>, into answer: inout TopK) {
    guard answer.k > 0 else { return }
    ListDistances(distances: distances, numbers: nil, count: nlist).offerNearest(to: &answer)
    finish(&answer)
  }

  /// Finds the lists within a margin of the nearest one in the same way; `answer` is reset to their number.
  ///
  /// Under `euclidean` the margin is one of squared distances. - Complexity: O(nlist).
  func findWithin(_ margin: Float, _ distances: UnsafePointer<Float>, into answer: inout TopK) {
    answer.reset(k: 0)
    ListDistances(distances: distances, numbers: nil, count: nlist).offer(withinMargin: margin, to: &answer)
    finish(&answer)
  }

  /// Writes the distances of all centroids from prepared queries to `distances`, count × nlist.
  ///
  /// All queries are compared with a few centroids at a time, which stay in the L1 cache.
  func measure(_ queries: UnsafePointer<Float>, count: Int, into distances: UnsafeMutablePointer<Float>) {
    let dimension = centroids.matrix.columns
    let rows = store.lists[0].row(0).assumingMemoryBound(to: Float.self)
    let together = count == 1 ? nlist : max(4, (16 << 10) / (dimension * MemoryLayout<Float>.stride))
    for first in stride(from: 0, to: nlist, by: together) {
      for query in 0..<count {
        VectorIndexes.distances(
          store.metric, from: queries + query * dimension, to: rows + first * dimension,
          count: min(together, nlist - first), dimension: dimension, into: distances + query * nlist + first)
      }
    }
  }

  private func finish(_ answer: inout TopK) {
    answer.distanceComputations += nlist
    answer.sort()
    store.metric.report(&answer)
  }

  /// The distance between the centroids of two lists, as reported to users. - Complexity: O(d).
  func distance(between a: Int, and b: Int) -> Float {
    let matrix = centroids.matrix
    var distance: Float = 0
    distances(
      store.metric, from: matrix.baseAddress + a * matrix.columns, to: matrix.baseAddress + b * matrix.columns,
      count: 1,
      dimension: matrix.columns, into: &distance)
    return store.metric == .euclidean ? distance.squareRoot() : distance
  }

  var memoryBytes: Int { nlist * (centroids.matrix.columns + 1) * MemoryLayout<Float>.stride + store.memoryBytes }
}
