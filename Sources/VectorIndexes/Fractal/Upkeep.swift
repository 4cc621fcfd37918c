/// The maintenance work that a `FractalCore` has done since it was made.
///
/// A class, because one kind of work may start another while it is being measured: each updates its own property.
final class Upkeep {
  /// One kind of work: how often it was done, on how many vectors, and for how long.
  struct Work {
    private(set) var count = 0
    private(set) var vectors = 0
    private(set) var duration = Duration.zero

    /// Does the work and adds it to the counts.
    mutating func measure(vectors: Int, _ body: () -> Void) {
      measure {
        body()
        return vectors
      }
    }

    /// Does the work, which returns the number of its vectors, and adds it to the counts.
    mutating func measure(_ body: () -> Int) {
      duration += ContinuousClock().measure { vectors += body() }
      count += 1
    }

    var seconds: Double { duration / .seconds(1) }
  }

  /// Encoding of full buffers.
  var cascades = Work()
  /// Splits of leaves.
  var splits = Work()
  /// Moves of vectors to nearer leaves after a split.
  var reassigns = Work()
  /// Merges of leaves into a sibling.
  var merges = Work()
  /// Trainings by `refit`, in which all postings are encoded again.
  var refits = Work()
  /// Measurements of the margins of leaves.
  var measurements = Work()

  /// Figures for `IndexStatistics.figures`.
  var figures: [String: Double] {
    [
      "cascades": Double(cascades.count), "splits": Double(splits.count), "merges": Double(merges.count),
      "coded_vectors": Double(cascades.vectors), "moved_vectors": Double(splits.vectors + merges.vectors),
      "cascade_seconds": cascades.seconds, "split_seconds": splits.seconds, "merge_seconds": merges.seconds,
      "reassigned_vectors": Double(reassigns.vectors), "reassign_seconds": reassigns.seconds,
      "refits": Double(refits.count), "refitted_vectors": Double(refits.vectors), "refit_seconds": refits.seconds,
      "measurements": Double(measurements.count), "measured_vectors": Double(measurements.vectors),
      "measurement_seconds": measurements.seconds,
    ]
  }
}
