import VectorIndexes

/// One search setting of the suite.
struct SuiteSearch: Sendable, Hashable {
  /// `flat` or `ivf-flat`.
  var kind: String
  /// nil where the kind has none.
  var nprobe: Int?
  var mode: SearchMode
  /// The first so many of the dataset's.
  var queries: Int

  /// As people write it: `ivf-flat(nprobe=4) batch`.
  var label: String { "\(kind)\(nprobe.map { "(nprobe=\($0))" } ?? "") \(mode.rawValue)" }
}

/// One side of the suite: does one piece of work at a time, so that the sides can take turns.
protocol Contender: AnyObject {
  /// Builds an index in place of the last one of that kind.
  ///
  /// - Returns: seconds, without loading the dataset.
  func build(_ kind: String) throws(BenchError) -> Double

  /// Answers the queries, again and again until the options' `leastSeconds` are over, after 50 of them untimed.
  ///
  /// - Returns: queries per second.
  func search(_ search: SuiteSearch) throws(BenchError) -> Double

  /// The ids found for each query, nearest first; negative where there is none.
  func answers(_ search: SuiteSearch) throws(BenchError) -> [[Int64]]
}
