/// One neighbour in the answer of a search: the id of a vector, its distance and its insertion sequence.
public struct Neighbor: Sendable, Equatable {
  public var distance: Float
  /// The insertion sequence, by which neighbours at equal distances are ordered.
  public var sequence: UInt64
  public var id: UInt64

  public init(distance: Float, sequence: UInt64, id: UInt64) {
    self.distance = distance
    self.sequence = sequence
    self.id = id
  }

  /// Whether this neighbour comes before the other: by (distance, insertion sequence).
  @inlinable
  public func precedes(_ other: Neighbor) -> Bool {
    distance < other.distance || (distance == other.distance && sequence < other.sequence)
  }
}

/// The k nearest neighbours so far: a bounded max-heap whose memory is kept from query to query.
///
/// Call `reset`, `offer` for each candidate, and `sort` once; then `count` and the subscript give the answer in order
/// of (distance, insertion sequence). A NaN distance counts as infinite. Written here because Swift's standard library
/// has no heap.
///
/// - Complexity: `offer` O(1) for a candidate that is not among the k nearest, else O(log k); `sort` O(k log k).
public struct TopK: ~Copyable {
  /// The greatest number of neighbours that are kept.
  public private(set) var k: Int
  /// The number of neighbours.
  public private(set) var count: Int
  /// The number of distances between the query and stored vectors computed by this search, exact or approximate.
  public var distanceComputations: Int
  @usableFromInline var heap: UnsafeMutablePointer<Neighbor>
  private var capacity: Int

  /// Makes an empty answer for the `k` nearest.
  public init(k: Int) {
    precondition(k >= 0, "k is not negative")
    self.k = k
    count = 0
    distanceComputations = 0
    capacity = max(k, 16)
    heap = .allocate(capacity: capacity)
  }

  deinit { heap.deallocate() }

  /// Empties the answer for a new search for the `k` nearest; allocates only if `k` is larger than in all searches
  /// before.
  public mutating func reset(k: Int) {
    precondition(k >= 0, "k is not negative")
    if k > capacity {
      heap.deallocate()
      capacity = k
      heap = .allocate(capacity: capacity)
    }
    self.k = k
    count = 0
    distanceComputations = 0
  }

  /// Fills the answer with ids found by another library, nearest first. That library gives no distances, so these are
  /// NaN.
  ///
  /// - Complexity: O(ids).
  public mutating func fill(_ ids: UnsafeBufferPointer<UInt64>, k: Int) {
    precondition(ids.count <= k, "\(ids.count) neighbours where k is \(k)")
    reset(k: k)
    for (rank, id) in ids.enumerated() {
      (heap + rank).initialize(to: Neighbor(distance: .nan, sequence: UInt64(rank), id: id))
    }
    count = ids.count
  }

  /// Whether there are k candidates.
  @inlinable
  public var isFull: Bool { count == k }

  /// The distance above which a candidate cannot enter: the k-th smallest so far, infinity until there are k.
  ///
  /// A candidate **at** the threshold may still enter because of its sequence, so scans skip only greater distances.
  @inlinable
  public var threshold: Float {
    count < k ? .infinity : (k > 0 ? heap[0].distance : -.infinity)
  }

  /// Adds the candidate if it is among the k nearest so far.
  @inlinable
  public mutating func offer(_ candidate: Neighbor) {
    var candidate = candidate
    if candidate.distance.isNaN { candidate.distance = .infinity }
    if count < k {
      siftUp(candidate)
    } else if k > 0, candidate.precedes(heap[0]) {
      siftDown(candidate, over: k)
    }
  }

  /// Orders the neighbours by (distance, sequence). Afterwards `offer` must not be called until the next `reset`.
  public mutating func sort() {
    var remaining = count
    while remaining > 1 {
      remaining -= 1
      let last = heap[remaining]
      heap[remaining] = heap[0]
      siftDown(last, over: remaining)
    }
  }

  /// Replaces every distance; the new distances must have the same order.
  @inlinable
  public mutating func mapDistances(_ transform: (Float) -> Float) {
    for index in 0..<count { heap[index].distance = transform(heap[index].distance) }
  }

  /// Neighbour `index` in order, after `sort`.
  @inlinable
  public subscript(index: Int) -> Neighbor {
    precondition(index >= 0 && index < count, "neighbour \(index) of \(count)")
    return heap[index]
  }

  @usableFromInline
  mutating func siftUp(_ candidate: Neighbor) {
    var hole = count
    count += 1
    while hole > 0 {
      let parent = (hole - 1) / 2
      guard heap[parent].precedes(candidate) else { break }
      heap[hole] = heap[parent]
      hole = parent
    }
    (heap + hole).initialize(to: candidate)
  }

  /// Replaces the root by the candidate and restores the heap of the first `size` neighbours.
  @usableFromInline
  mutating func siftDown(_ candidate: Neighbor, over size: Int) {
    var hole = 0
    while true {
      var child = 2 * hole + 1
      guard child < size else { break }
      if child + 1 < size, heap[child].precedes(heap[child + 1]) { child += 1 }
      guard candidate.precedes(heap[child]) else { break }
      heap[hole] = heap[child]
      hole = child
    }
    heap[hole] = candidate
  }
}
