import VectorCore

/// The centroids of an inverted file: which list a vector belongs to, and which lists a query looks at first.
///
/// Assignment is by squared L2 to the centroid under every metric. Lists are probed in the order of the metric's own
/// distance from query to centroid; under `angular` the centroids are of unit length, so both orders are one. Under
/// `hamming`, where a mean equals no vector, probing is by squared L2, which for bits is the Hamming distance.
struct CoarseQuantizer: Sendable {
  private let centroids: NearestCentroid
  private let probeMetric: Metric

  /// Clusters prepared vectors, or a random sample of them.
  ///
  /// - Parameters:
  ///   - vectors: n × d, prepared for the metric, finite.
  ///   - sampleSize: vectors to train on at most.
  /// - Throws: `IndexError.tooFewVectors` for fewer than `nlist`.
  static func train(
    _ vectors: Matrix, nlist: Int, sampleSize: Int, maxIterations: Int, metric: Metric, seed: UInt64, threads: Int
  ) throws(IndexError) -> CoarseQuantizer {
    guard vectors.rows >= nlist else {
      throw .tooFewVectors(what: "training nlist = \(nlist) clusters", needed: nlist, got: vectors.rows)
    }
    var generator = SeededGenerator(seed: seed)
    let sample =
      vectors.rows <= sampleSize
      ? vectors : vectors.gathering(generator.sample(sampleSize, below: vectors.rows).sorted())
    let clustering = KMeans.train(
      sample, k: nlist, maxIterations: maxIterations, seed: generator.next(), threads: threads)
    return CoarseQuantizer(
      centroids: NearestCentroid(metric.prepare(clustering.centroids, threads: threads)),
      probeMetric: metric == .hamming ? .euclidean : metric)
  }

  /// How many lists there are.
  var nlist: Int { centroids.matrix.rows }

  /// The list of each prepared vector; the lower list of equal ones. - Complexity: O(n·nlist·d).
  func assign(_ vectors: Matrix, threads: Int) -> [Int32] { centroids.assign(vectors, threads: threads) }

  /// Puts the `nprobe` nearest lists of the scratch's query into its `probes`; ties go to the lower list.
  ///
  /// - Complexity: O(nlist·d).
  func probe(_ nprobe: Int, scratch: ScanScratch) {
    let dimension = centroids.matrix.columns
    scratch.probes.reset(k: nprobe)
    for start in stride(from: 0, to: nlist, by: ScanScratch.blockRows) {
      let count = min(ScanScratch.blockRows, nlist - start)
      distances(
        probeMetric, from: scratch.query.vector, to: centroids.matrix.baseAddress + start * dimension, count: count,
        dimension: dimension, into: scratch.distances)
      for offset in 0..<count {
        let list = UInt64(start + offset)
        scratch.probes.offer(Neighbor(distance: scratch.distances[offset], sequence: list, id: list))
      }
    }
    scratch.probes.sort()
  }

  var memoryBytes: Int { nlist * (centroids.matrix.columns + 1) * MemoryLayout<Float>.stride }
}
