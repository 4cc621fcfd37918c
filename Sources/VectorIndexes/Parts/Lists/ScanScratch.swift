import CKernels
import VectorCore

/// The working memory of searches that scan lists: the prepared query, the lists to probe, blocks of results.
final class ScanScratch: SearchScratch {
  /// Rows that are scanned at once at most; what is written about them stays in the L1 cache.
  static let blockRows = 512

  var query: PreparedQuery
  /// The nearest lists in order; their numbers are the ids.
  var probes = TopK(k: 0)
  /// Numbers of the lists to probe, nearest first.
  var probedLists: [UInt32] = []
  /// Beside them, where lists are chosen by their centroids: the reported distances of these.
  var probedDistances: [Float] = []
  /// Lists beside them whose vectors are measured exactly: those that have no product codes yet, and the outliers.
  var exactLists: [UInt32] = []
  /// What the way to choose lists needs, where it needs anything.
  let probing: ProbeScratch?
  /// `blockRows` distances.
  let distances: UnsafeMutablePointer<Float>
  /// Rows that wait to be measured together.
  let rows: UnsafeMutablePointer<UInt32>
  /// The query's int8 codes.
  let codes: UnsafeMutablePointer<Int8>
  /// Vectors that a bound has kept, for one query.
  let kept: UnsafeMutablePointer<rbk_sq4_kept>
  /// Vectors whose exact distance waits for the end of the search.
  var deferred = DeferredCandidates()
  init(dimension: Int, metric: Metric, probing: ProbeScratch? = nil) {
    self.probing = probing
    query = PreparedQuery(dimension: dimension, metric: metric)
    distances = .allocate(capacity: Self.blockRows)
    rows = .allocate(capacity: ExactDistances.width)
    codes = .allocate(capacity: rbk_sq4_query_bytes(dimension))
    kept = .allocate(capacity: Self.blockRows)
    super.init()
  }

  deinit {
    distances.deallocate()
    rows.deallocate()
    codes.deallocate()
    kept.deallocate()
  }

  /// Adds a list, found by its centroid, to those to probe.
  func take(_ list: Neighbor) {
    probedLists.append(UInt32(list.id))
    probedDistances.append(list.distance)
  }

  /// The scratch handed to a search, which must come from the searched index or one like it.
  static func of(_ scratch: SearchScratch, for index: some VectorIndex) -> ScanScratch {
    guard let scratch = scratch as? ScanScratch, scratch.query.dimension == index.dimension,
      scratch.query.metric == index.metric
    else { preconditionFailure("the scratch is not from this index's makeScratch") }
    return scratch
  }
}
