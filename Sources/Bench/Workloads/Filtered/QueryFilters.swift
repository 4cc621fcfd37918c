import Datasets
import VectorSearch

/// The filters of a cell's queries, and the rows that each of them accepts.
///
/// Equal filters exist once, however many queries have them.
final class QueryFilters: Sendable {
  let filters: [Filter]
  /// For each filter, the rows of the dataset that it accepts.
  let matches: [RowBitmap]
  /// For each query, the number of its filter.
  let numbers: [Int]

  init(_ filters: [Filter], matches: [RowBitmap], numbers: [Int]) {
    self.filters = filters
    self.matches = matches
    self.numbers = numbers
  }

  /// The filter of a query.
  subscript(query: Int) -> Filter { filters[numbers[query]] }

  /// The rows that the filter of a query accepts.
  func rows(of query: Int) -> RowBitmap { matches[numbers[query]] }

  /// What the filters accept, for queries of which k neighbours are requested.
  func figures(k: Int) -> WorkloadFigures.Filtering {
    let counts = numbers.map { matches[$0].count }
    return WorkloadFigures.Filtering(
      matches: Double(counts.reduce(0, +)) / Double(max(counts.count, 1)), unmatched: counts.count { $0 == 0 },
      underfilled: counts.count { (1..<k).contains($0) })
  }

  /// A digest of the accepted rows, which with the vectors determine the true neighbours. - Complexity: O(bits).
  var digest: String {
    var hash = SHA256()
    for bitmap in matches { bitmap.words.withUnsafeBytes { hash.update($0) } }
    numbers.withUnsafeBytes { hash.update($0) }
    return hash.finalize()
  }
}
