import VectorCore

/// How a batch is divided.
enum BatchLimits {
  /// The number of queries processed together.
  ///
  /// They read the codes of each list once together, and go from query to query for each list. So there are few where the
  /// codes are small, so that their states stay in the L2 cache (`ivf-pq` on sift-50k: 128 are 1.1 times as fast as 1024),
  /// and many where the codes come from memory, as long as their states take no more than 64 MiB; at least 64.
  ///
  /// - Parameters:
  ///   - codeBytes: about the bytes of the codes of all lists.
  ///   - stateBytes: about the bytes that a batch keeps for each query.
  ///   - fewest: 1024 where queries also share vectors (`ivf-flat` on sift-50k: 1.04 to 1.09 times as fast as 450).
  static func rows(codeBytes: Int, stateBytes: Int, fewest: Int) -> Int {
    max(64, min(max(fewest, codeBytes >> 13), 4096, (64 << 20) / stateBytes))
  }
}

extension Matrix {
  /// The rows in order, `size` at a time and the rest.
  func batches(of size: Int) -> some Sequence<Matrix> {
    stride(from: 0, to: rows, by: size).lazy.map { self[rows: $0..<min($0 + size, rows)] }
  }
}
