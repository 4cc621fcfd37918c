import VectorIndexes

/// One search setting of the suite.
struct SuiteSearch: Sendable, Hashable {
  var kind: SuiteKind
  /// nil where the kind has none.
  var nprobe: Int?
  /// Candidates a neighbour that are measured exactly; nil where the kind has none.
  var refine: Int?
  var mode: SearchMode
  /// The first so many of the dataset's.
  var queries: Int

  /// As people write it: `ivf-pq(nprobe=4, refine=10) batch`.
  var label: String {
    let settings = [nprobe.map { "nprobe=\($0)" }, refine.map { "refine=\($0)" }].compactMap { $0 }
    return "\(kind.rawValue)\(settings.isEmpty ? "" : "(\(settings.joined(separator: ", ")))") \(mode.rawValue)"
  }
}

/// What the suite measures: our indexes, and what a peer has in their place.
enum SuiteKind: String, CaseIterable, Encodable {
  case flat
  case ivfFlat = "ivf-flat"
  case ivfPQ = "ivf-pq"
  /// With `spill=on`.
  case ivfPQSpill = "ivf-pq spill"

  /// The numbers of candidates a neighbour that a front is made of; nil: the kind has none.
  var refines: [Int?] { self == .flat || self == .ivfFlat ? [nil] : [4, 10, 20] }
}

/// One side of the suite: does one piece of work at a time, so that the sides can take turns.
protocol Contender: AnyObject {
  /// Builds an index in place of the last one of that kind.
  ///
  /// - Returns: seconds, without loading the dataset.
  func build(_ kind: SuiteKind) throws(BenchError) -> Double

  /// Answers the queries, again and again until the options' `leastSeconds` are over, after 50 of them untimed.
  ///
  /// - Returns: queries per second.
  func search(_ search: SuiteSearch) throws(BenchError) -> Double

  /// The ids found for each query, nearest first; negative where there is none.
  func answers(_ search: SuiteSearch) throws(BenchError) -> [[Int64]]
}
