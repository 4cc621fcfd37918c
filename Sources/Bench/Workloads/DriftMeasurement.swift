import VectorIndexes

/// What was measured of one index, searched one way, after one step of a `DriftWorkload`.
public struct DriftMeasurement: Sendable {
  /// How an index keeps up with the vectors.
  public enum Training: String, Sendable {
    /// There is nothing to train.
    case none
    /// The index trains itself, grown by inserts alone.
    case itself
    /// Trained on the first tenth only.
    case first
    /// Trained on the first tenth, and trained anew on all that is stored at each further step: the ideal.
    case each
  }

  /// From 1.
  public let step: Int
  public let training: Training
  /// Storing the vectors of this step; those of a file with their commit.
  public let insertSeconds: Double
  /// Training or training anew at this step; 0 where there was none.
  public let trainSeconds: Double
  /// What the index says of itself after this step.
  public let statistics: IndexStatistics
  /// Its searches, judged by the true neighbours among the rows that are stored; `dataset` is these rows.
  public let measurement: Measurement

  /// Stored so far.
  public var rows: Int { measurement.dataset.trainSize }
}
