/// What `recallbench run` does with datasets and indexes.
public enum Workload: String, CaseIterable, Sendable {
  /// Builds each index over the whole dataset and measures its searches.
  case sweep
  /// Grows each index over a dataset whose distribution moves, and measures its searches meanwhile.
  case drift
  /// Writes the vectors at a set rate while readers search.
  case ingest
}
