/// A vector that its codes could not rule out when they were read, but that looks farther than the k-th nearest.
struct DeferredCandidate {
  let list: UInt32
  let row: UInt32
  /// The estimate of its distance, less all that may be wrong with it but the vector's own coding, and, but under `dot`,
  /// less the square of the coding error.
  let value: Float
  /// The vector's coding error.
  let error: Float
}

/// Candidates whose exact distance can wait: by the end of the search most of them are ruled out after all.
typealias DeferredCandidates = ReusedList<DeferredCandidate>
