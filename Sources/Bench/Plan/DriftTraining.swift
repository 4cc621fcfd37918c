import VectorIndexes

/// How an index of a `drift` is trained while it grows.
public enum DriftTraining: String, Sendable, Hashable, Codable {
  /// There is nothing to train.
  case none
  /// The index trains itself, grown by inserts alone.
  case itself
  /// On the first tenth only.
  case first
  /// On the first tenth, and again on all that is stored at each further step: the ideal.
  case each

  /// The ways in which an index takes part: one, or two where the harness trains it.
  static func ways(of subject: Subject) -> [DriftTraining] {
    switch subject.type {
    case is any SelfTrainingIndex.Type: [.itself]
    case is any TrainableIndex.Type: [.first, .each]
    default: [.none]
    }
  }
}
