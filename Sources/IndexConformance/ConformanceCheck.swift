/// One check of the conformance suite; its raw value is the name that reports show.
public enum ConformanceCheck: String, CaseIterable, Sendable {
  /// An index is made, trained and filled, and says what it is and how much it holds.
  case filling = "filling"
  /// Searches find the nearest vectors, at their distances, in order and each once, for any k.
  case answers = "answers"
  /// Equal distances are ordered by insertion, and a replaced vector is inserted anew.
  case ties = "ties"
  /// An insertion of a stored id is refused or replaces vector and metadata, as the caller says.
  case conflictRules = "conflict rules"
  /// A batch with a fault anywhere is refused by the right error and changes nothing.
  case refusedBatches = "refused batches"
  /// A removal takes one vector out, once.
  case removal = "removal"
  /// An untrained index refuses to search and insert, bad training vectors are refused, and training happens once.
  case training = "training"
  /// Training again keeps what is stored, and nothing else.
  case retraining = "retraining"
  /// k = 0 and an empty index are answered with nothing.
  case emptyAnswers = "empty answers"
  /// Zero vectors are stored and found, a zero query has no neighbours under `angular`, and −0 is +0.
  case zeros = "zeros"
  /// Finite values whose squares or sums overflow are infinitely far, not errors and not NaN.
  case hugeValues = "huge values"
  /// A bad search is refused for its query, its metric, its filter or its k, in this order.
  case refusedSearches = "refused searches"
  /// Only vectors whose metadata the filter accepts are found.
  case filters = "filters"
  /// The same seed and history give the same answers, whatever the number of threads.
  case determinism = "determinism"
  /// A batch of queries is answered as its queries are one by one.
  case batches = "batches"
  /// Several threads search at once and get the answers that one thread gets.
  case concurrentSearches = "concurrent searches"
  /// Statistics name the kind, count the vectors, and grow with what is stored.
  case statistics = "statistics"
  /// A random history of insertions, removals, trainings and searches agrees with brute force.
  case randomOperations = "random operations"
}
