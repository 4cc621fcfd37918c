/// A vector that its codes could not rule out when they were read, but that looks farther than the k-th nearest.
struct DeferredCandidate {
  let list: UInt32
  let row: UInt32
  /// The estimate of its distance, less all that may be wrong with it but the vector's own coding.
  let value: Float
  /// The vector's coding error.
  let error: Float
}

/// Candidates whose exact distance can wait: by the end of the search most of them are ruled out after all.
struct DeferredCandidates: ~Copyable {
  private(set) var count = 0
  private var capacity = 256
  private var candidates: UnsafeMutablePointer<DeferredCandidate>

  init() { candidates = .allocate(capacity: capacity) }

  deinit { candidates.deallocate() }

  subscript(index: Int) -> DeferredCandidate { candidates[index] }

  mutating func removeAll() { count = 0 }

  /// - Complexity: amortised O(1); memory is kept from search to search.
  mutating func append(_ candidate: DeferredCandidate) {
    if count == capacity {
      let grown = UnsafeMutablePointer<DeferredCandidate>.allocate(capacity: 2 * capacity)
      grown.moveInitialize(from: candidates, count: count)
      candidates.deallocate()
      candidates = grown
      capacity *= 2
    }
    (candidates + count).initialize(to: candidate)
    count += 1
  }
}
