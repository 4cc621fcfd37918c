import VectorIndexes

/// How an index is trained while it grows in a `drift` or a `runbook`.
public enum RunbookTraining: String, Sendable, Hashable, Codable {
  /// The harness does not train the index; a library may do so with the vectors of the first insertion.
  case none
  /// The index trains itself while vectors are inserted.
  case itself
  /// The index is trained on the vectors of the first insertion only.
  case first
  /// The index is trained on the first insertion, and again on all stored rows before each search after a change, which
  /// is the ideal.
  case each

  /// The kinds of training with which a subject is measured: one, or two for an index that the harness trains.
  static func ways(of subject: Subject) -> [RunbookTraining] {
    switch subject.type {
    case is any SelfTrainingIndex.Type: [.itself]
    case is any TrainableIndex.Type: [.first, .each]
    default: [.none]
    }
  }
}
