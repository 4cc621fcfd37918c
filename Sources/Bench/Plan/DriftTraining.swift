import VectorIndexes

/// How an index is trained while it grows in a `drift` workload.
public enum DriftTraining: String, Sendable, Hashable, Codable {
  /// The index needs no training.
  case none
  /// The index trains itself while vectors are inserted.
  case itself
  /// The index is trained on the first tenth only.
  case first
  /// The index is trained on the first tenth, and again on all stored rows after each further step, which is the ideal.
  case each

  /// The kinds of training with which a subject is measured: one, or two for an index that the harness trains.
  static func ways(of subject: Subject) -> [DriftTraining] {
    switch subject.type {
    case is any SelfTrainingIndex.Type: [.itself]
    case is any TrainableIndex.Type: [.first, .each]
    default: [.none]
    }
  }
}
