import VectorCore

/// The working memory of searches that scan lists: the prepared query, one block of distances, the lists to probe.
final class ScanScratch: SearchScratch {
  /// Rows whose distances are computed at once: a block of distances stays in the L1 cache.
  static let blockRows = 1024

  var query: PreparedQuery
  /// The nearest lists in order; their numbers are the ids.
  var probes = TopK(k: 0)
  /// `blockRows` distances.
  let distances: UnsafeMutablePointer<Float>

  init(dimension: Int, metric: Metric) {
    query = PreparedQuery(dimension: dimension, metric: metric)
    distances = .allocate(capacity: Self.blockRows)
    super.init()
  }

  deinit { distances.deallocate() }

  /// The scratch handed to a search, which must come from the searched index or one like it.
  static func of(_ scratch: SearchScratch, for index: some VectorIndex) -> ScanScratch {
    guard let scratch = scratch as? ScanScratch, scratch.query.dimension == index.dimension,
      scratch.query.metric == index.metric
    else { preconditionFailure("the scratch is not from this index's makeScratch") }
    return scratch
  }
}
