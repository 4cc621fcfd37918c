/// Which vectors of a `FractalCore` are outliers, and when that is found again.
struct FittedOutliers: Equatable {
  let limit: OutlierLimit
  /// Vectors that there were when the limit was found; 0: it never was.
  let count: Int
  /// Vectors that have come since.
  private(set) var insertions = 0

  /// Vectors of which a limit can be found.
  private static let fewest = 256

  /// Without a limit, as long as there are too few vectors for one.
  init(dimension: Int) { self.init(limit: .none(dimension: dimension), count: 0) }

  init(limit: OutlierLimit, count: Int, insertions: Int = 0) {
    self.limit = limit
    self.count = count
    self.insertions = insertions
  }

  mutating func countInsertion() { insertions += 1 }

  /// Whether so many vectors have come that the limit may be another: as many as there were, or a sixteenth of them where
  /// more than a thirty-second of all are outliers.
  func isDue(outliers: Int, of total: Int) -> Bool {
    guard total >= Self.fewest else { return false }
    return insertions >= max(count, Self.fewest) || (outliers > total / 32 && insertions >= max(count / 16, 16))
  }
}
