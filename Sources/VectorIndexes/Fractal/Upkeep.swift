/// What a `FractalIndex` has done to keep itself in shape since it was made.
struct Upkeep {
  /// One kind of work: how often, on how many vectors, for how long.
  struct Work {
    private(set) var count = 0
    private(set) var vectors = 0
    private(set) var duration = Duration.zero

    /// Does the work and counts it in.
    mutating func measure(vectors: Int, _ body: () -> Void) {
      duration += ContinuousClock().measure(body)
      count += 1
      self.vectors += vectors
    }

    var seconds: Double { duration / .seconds(1) }
  }

  /// Buffers coded.
  var cascades = Work()
  /// Leaves parted in two.
  var splits = Work()
  /// Leaves that joined a sibling.
  var merges = Work()
  /// Codebooks trained anew by `refit`, and all postings coded anew.
  var refits = Work()

  /// The figures of `IndexStatistics`.
  var figures: [String: Double] {
    [
      "cascades": Double(cascades.count), "splits": Double(splits.count), "merges": Double(merges.count),
      "coded_vectors": Double(cascades.vectors), "moved_vectors": Double(splits.vectors + merges.vectors),
      "cascade_seconds": cascades.seconds, "split_seconds": splits.seconds, "merge_seconds": merges.seconds,
      "refits": Double(refits.count), "refitted_vectors": Double(refits.vectors), "refit_seconds": refits.seconds,
    ]
  }
}
