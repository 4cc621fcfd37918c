/// One answer of a search: a vector's id, its distance, and when it was inserted.
public struct Neighbor: Sendable, Equatable {
  public var distance: Float
  /// The insertion sequence, which breaks ties between equal distances.
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

/// The k nearest neighbours seen so far: a bounded max-heap whose memory is kept from query to query.
///
/// `reset` it, `offer` candidates, `sort` it once; then `count` and the subscript read the answer in order of
/// (distance, insertion sequence). A candidate whose distance is not a number counts as infinitely far.
///
/// - Complexity: `offer` O(1) for a candidate that is not among the k nearest, else O(log k); `sort` O(k log k).
public struct TopK: ~Copyable {
  /// How many neighbours are kept at most.
  public private(set) var k: Int
  /// How many neighbours there are.
  public private(set) var count: Int
  /// How many distances between the query and stored vectors this search has computed, exact or approximate.
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

  /// Empties the answer for a new search for the `k` nearest; allocates only when `k` is larger than ever before.
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

  /// Makes the answer of ids that another library has found, nearest first; it tells no distances, which are NaN here.
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

  /// The distance above which a candidate can't enter: the k-th smallest so far, or infinity until there are k.
  ///
  /// A candidate **at** the threshold may still enter, by its sequence, so scans skip only what is greater.
  @inlinable
  public var threshold: Float {
    count < k ? .infinity : (k > 0 ? heap[0].distance : -.infinity)
  }

  /// Takes the candidate when it is among the k nearest so far.
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

  /// Orders the neighbours by (distance, sequence); the heap is then read, not offered to, until the next `reset`.
  public mutating func sort() {
    var remaining = count
    while remaining > 1 {
      remaining -= 1
      let last = heap[remaining]
      heap[remaining] = heap[0]
      siftDown(last, over: remaining)
    }
  }

  /// Replaces every distance, which must keep their order.
  @inlinable
  public mutating func mapDistances(_ transform: (Float) -> Float) {
    for index in 0..<count { heap[index].distance = transform(heap[index].distance) }
  }

  /// Neighbour `index` in order, once sorted.
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

  /// Puts the candidate in the root's place and restores the heap of the first `size` neighbours.
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
