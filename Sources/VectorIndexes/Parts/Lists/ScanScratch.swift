import CKernels
import VectorCore

/// The working memory of searches that scan lists: the prepared query, the chosen lists, and blocks of results.
final class ScanScratch: SearchScratch {
  /// The greatest number of rows scanned together; their results stay in the L1 cache.
  static let blockRows = 512

  var query: PreparedQuery
  /// The nearest lists in order; the ids are list numbers.
  var probes = TopK(k: 0)
  /// The numbers of the lists to probe, nearest first.
  var probedLists: [UInt32] = []
  /// The distances of the centroids of these lists, as reported to users, if lists are chosen by centroids.
  var probedDistances: [Float] = []
  /// Further lists whose vectors are compared exactly: lists without product codes, and the list of the outliers.
  var exactLists: [UInt32] = []
  /// The number of the query among those that were last passed to `ListProbe.measure`; `nil` outside a batch.
  var member: Int?
  /// The working memory of the `ListProbe`; `nil` if it needs none.
  let probing: ProbeScratch?
  /// Room for `blockRows` distances.
  let distances: UnsafeMutablePointer<Float>
  /// Room for `blockRows` rows whose distances are to be computed together, and for their addresses.
  let rows: UnsafeMutablePointer<UInt32>
  let addresses: UnsafeMutablePointer<UnsafeRawPointer>
  /// Room for the projected query and as many floats as the query has.
  let projected: UnsafeMutablePointer<Float>
  /// The int8 codes of the query.
  let codes: UnsafeMutablePointer<Int8>
  /// The vectors that a bound has kept for one query.
  let kept: UnsafeMutablePointer<rbk_sq_kept>
  /// The vectors whose exact distances are computed at the end of the search, if at all.
  var deferred = DeferredCandidates()
  /// The rows that the filter of the search accepts.
  let filtered = FilteredRows()

  init(dimension: Int, metric: Metric, probing: ProbeScratch? = nil) {
    self.probing = probing
    query = PreparedQuery(dimension: dimension, metric: metric)
    distances = .allocate(capacity: Self.blockRows)
    rows = .allocate(capacity: Self.blockRows)
    addresses = .allocate(capacity: Self.blockRows)
    projected = .allocate(capacity: 2 * dimension)
    codes = .allocate(capacity: rbk_sq_query_bytes(dimension))
    kept = .allocate(capacity: Self.blockRows)
    super.init()
  }

  deinit {
    distances.deallocate()
    rows.deallocate()
    addresses.deallocate()
    projected.deallocate()
    codes.deallocate()
    kept.deallocate()
  }

  /// Adds a list, chosen by its centroid, to the lists to probe.
  func take(_ list: Neighbor) {
    probedLists.append(UInt32(list.id))
    probedDistances.append(list.distance)
  }

  /// Checks that a scratch was made by the searched index or one like it.
  static func of(_ scratch: SearchScratch, for index: some VectorIndex) -> ScanScratch {
    guard let scratch = scratch as? ScanScratch, scratch.query.dimension == index.dimension,
      scratch.query.metric == index.metric
    else { preconditionFailure("the scratch is not from this index's makeScratch") }
    return scratch
  }
}
