/// A vector that the bound did not exclude, but whose estimate is above the distance of the k-th nearest.
struct DeferredCandidate {
  let list: UInt32
  let row: UInt32
  /// The estimate of its distance, less all possible errors except the vector's own coding error.
  let value: Float
  /// The vector's coding error.
  let error: Float
}

/// Candidates whose exact distances are computed at the end of the search, when the bound excludes most of them.
struct DeferredCandidates: ~Copyable {
  private(set) var count = 0
  private var capacity = 256
  private var candidates: UnsafeMutablePointer<DeferredCandidate>

  init() { candidates = .allocate(capacity: capacity) }

  deinit { candidates.deallocate() }

  subscript(index: Int) -> DeferredCandidate { candidates[index] }

  mutating func removeAll() { count = 0 }

  /// Appends a candidate; memory is kept from search to search. - Complexity: amortised O(1).
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
