/// The distance beyond which vectors of a `FractalCore` are outliers, and when this limit must be recomputed.
struct FittedOutliers: Equatable {
  let limit: OutlierLimit
  /// The number of vectors when the limit was computed; 0 before that.
  let count: Int
  /// The number of vectors inserted since the limit was computed.
  private(set) var insertions = 0

  /// The smallest number of vectors from which a limit can be computed.
  private static let fewest = 256

  /// Makes a value without a limit, for an index with too few vectors.
  init(dimension: Int) { self.init(limit: .none(dimension: dimension), count: 0) }

  init(limit: OutlierLimit, count: Int, insertions: Int = 0) {
    self.limit = limit
    self.count = count
    self.insertions = insertions
  }

  mutating func countInsertion() { insertions += 1 }

  /// Whether the limit must be recomputed: after as many insertions as there were vectors when it was computed.
  ///
  /// If more than 1/32 of all vectors are outliers, insertions of 1/16 of that number are enough.
  func isDue(outliers: Int, of total: Int) -> Bool {
    guard total >= Self.fewest else { return false }
    return insertions >= max(count, Self.fewest) || (outliers > total / 32 && insertions >= max(count / 16, 16))
  }
}
