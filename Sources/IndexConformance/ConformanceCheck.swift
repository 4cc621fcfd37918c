/// One check of the conformance suite; its raw value is the name that reports show.
public enum ConformanceCheck: String, CaseIterable, Sendable {
  /// An index is made, trained and filled, and reports its kind and its number of vectors.
  case filling = "filling"
  /// Searches find the nearest vectors with their distances, in order and each once, for any k.
  case answers = "answers"
  /// Neighbours at equal distances are in the order of insertion, and a replaced vector counts as newly inserted.
  case ties = "ties"
  /// An insertion of a stored id is refused or replaces vector and metadata, as the caller chooses.
  case conflictRules = "conflict rules"
  /// A batch with an error anywhere is refused with the right error and changes nothing.
  case refusedBatches = "refused batches"
  /// A removal removes exactly one vector, once.
  case removal = "removal"
  /// An untrained index refuses searches and insertions, bad training vectors are refused, and training happens once.
  case training = "training"
  /// A new training keeps all stored vectors, and nothing else.
  case retraining = "retraining"
  /// With k = 0, and in an empty index, a search finds nothing.
  case emptyAnswers = "empty answers"
  /// Zero vectors are stored and found, a zero query has no neighbours under `angular`, and −0 is +0.
  case zeros = "zeros"
  /// A finite vector whose squares or sums overflow has an infinite distance, not an error and not NaN.
  case hugeValues = "huge values"
  /// An invalid search is refused for its query, its metric, its filter or its k, in this order.
  case refusedSearches = "refused searches"
  /// A search finds only vectors whose metadata the filter accepts.
  case filters = "filters"
  /// The same seed and history give the same answers, whatever the number of threads.
  case determinism = "determinism"
  /// The answers to a batch of queries equal those of single searches.
  case batches = "batches"
  /// Several threads that search at once get the same answers as one thread.
  case concurrentSearches = "concurrent searches"
  /// Statistics name the kind, count the vectors, and increase with the stored data.
  case statistics = "statistics"
  /// A random history of insertions, removals, trainings and searches has the same answers as brute force.
  case randomOperations = "random operations"
}
