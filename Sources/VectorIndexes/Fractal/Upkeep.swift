/// What a `FractalCore` has done to keep itself in shape since it was made.
///
/// A class, because one kind of work may make another necessary: each is measured in a property of its own.
final class Upkeep {
  /// One kind of work: how often, on how many vectors, for how long.
  struct Work {
    private(set) var count = 0
    private(set) var vectors = 0
    private(set) var duration = Duration.zero

    /// Does the work and counts it in.
    mutating func measure(vectors: Int, _ body: () -> Void) {
      measure {
        body()
        return vectors
      }
    }

    /// Does the work, which tells how many vectors it was about, and counts it in.
    mutating func measure(_ body: () -> Int) {
      duration += ContinuousClock().measure { vectors += body() }
      count += 1
    }

    var seconds: Double { duration / .seconds(1) }
  }

  /// Buffers coded.
  var cascades = Work()
  /// Leaves parted in two.
  var splits = Work()
  /// Vectors moved to nearer leaves after a split.
  var reassigns = Work()
  /// Leaves that joined a sibling.
  var merges = Work()
  /// Codebooks trained again by `refit`, and all postings coded again.
  var refits = Work()

  /// The figures of `IndexStatistics`.
  var figures: [String: Double] {
    [
      "cascades": Double(cascades.count), "splits": Double(splits.count), "merges": Double(merges.count),
      "coded_vectors": Double(cascades.vectors), "moved_vectors": Double(splits.vectors + merges.vectors),
      "cascade_seconds": cascades.seconds, "split_seconds": splits.seconds, "merge_seconds": merges.seconds,
      "reassigned_vectors": Double(reassigns.vectors), "reassign_seconds": reassigns.seconds,
      "refits": Double(refits.count), "refitted_vectors": Double(refits.vectors), "refit_seconds": refits.seconds,
    ]
  }
}
