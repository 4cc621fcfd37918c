import CKernels
import VectorCore

/// The candidates with the least estimates so far, unordered: they are appended, and from time to time truncated.
///
/// After `finish` the list has the least candidates by (estimate, list, row), whatever the order of the scan. Written
/// here instead of a heap: a cut finds its threshold by bisection, without a branch for each candidate, and takes a
/// fifth of the time. Memory is kept from search to search.
struct Shortlist: ~Copyable {
  /// The place of a candidate as one number: the list in the upper 32 bits, the row in the lower 32 bits.
  private typealias Place = UInt64

  /// A lower limit of all estimates: half of the least finite float, so that bisection cannot overflow.
  private static var least: Float { -Float.greatestFiniteMagnitude / 2 }

  private(set) var count = 0
  /// The estimate above which no candidate can remain; infinity until there are enough candidates.
  private(set) var threshold = Float.infinity
  private(set) var wanted = 0
  /// The number of candidates within the threshold that are not visible to the search.
  private(set) var hiddenCount = 0
  private var capacity: Int
  /// One allocation, because a batch has thousands of lists: places, ties and estimates.
  private var memory: UnsafeMutableRawPointer
  /// The estimates; a NaN estimate is stored as infinity.
  private var estimates: UnsafeMutablePointer<Float>
  private var places: UnsafeMutablePointer<Place>
  /// During a cut, the places of candidates with equal estimates.
  private var ties: UnsafeMutablePointer<Place>

  init() {
    capacity = Self.fewest
    memory = .allocate(byteCount: Self.bytes(Self.fewest), alignment: MemoryLayout<Place>.alignment)
    (places, ties, estimates) = Self.parts(of: memory, capacity)
  }

  deinit { memory.deallocate() }

  /// The capacity of a new list.
  private static var fewest: Int { 192 }

  /// About the bytes of a list for a search of the `wanted` least candidates.
  static func bytes(for wanted: Int) -> Int { bytes(max(fewest, 2 * wanted)) }

  private static func bytes(_ capacity: Int) -> Int {
    capacity * (2 * MemoryLayout<Place>.stride + MemoryLayout<Float>.stride)
  }

  private static func parts(
    of memory: UnsafeMutableRawPointer, _ capacity: Int
  ) -> (places: UnsafeMutablePointer<Place>, ties: UnsafeMutablePointer<Place>, estimates: UnsafeMutablePointer<Float>)
  {
    let places = memory.bindMemory(to: Place.self, capacity: 2 * capacity)
    let estimates = UnsafeMutableRawPointer(places + 2 * capacity)
    return (places, places + capacity, estimates.bindMemory(to: Float.self, capacity: capacity))
  }

  func estimate(_ index: Int) -> Float { estimates[index] }

  func place(_ index: Int) -> RowPlace {
    RowPlace(list: UInt32(places[index] >> 32), offset: UInt32(truncatingIfNeeded: places[index]))
  }

  /// Empties the list for a new search of the `wanted` ≥ 1 least candidates.
  mutating func reset(wanted: Int) {
    self.wanted = wanted
    count = 0
    hiddenCount = 0
    threshold = .infinity
  }

  /// Adds the rows that a scan has kept and the search may return; their numbers are relative to row `start`.
  ///
  /// Of spilled copies it adds only those whose own list is not scanned.
  ///
  /// - Parameter isProbed: for each list, whether the search scans it.
  /// - Complexity: amortised O(added).
  mutating func append(
    _ kept: UnsafePointer<rbk_pq_kept>, count added: Int, of rows: CodedRows, from start: Int,
    isProbed: UnsafePointer<Bool>, in source: some ProductSource
  ) {
    guard added > 0 else { return }
    if count + added > capacity { grow(to: max(count + added, 2 * capacity)) }
    for index in 0..<added {
      let row = start + Int(kept[index].index)
      let place = rows.place(row)
      let isVisible = source.isVisible(place)
      write(kept[index].estimate, place)
      hiddenCount += isVisible ? 0 : 1
      if rows.origins != nil, isProbed[Int(place.list)] { continue }
      count += isVisible ? 1 : 0
    }
    cutWhenLong()
  }

  /// Adds a candidate if it is visible to the search, otherwise counts it as hidden. - Complexity: amortised O(1).
  mutating func append(_ estimate: Float, at place: RowPlace, in source: some ProductSource) {
    guard source.isVisible(place) else {
      hiddenCount += 1
      return
    }
    if count == capacity { grow(to: 2 * capacity) }
    write(estimate, place)
    count += 1
    cutWhenLong()
  }

  /// Appends a candidate.
  private mutating func write(_ estimate: Float, _ place: RowPlace) {
    estimates[count] = estimate.isNaN ? .infinity : max(estimate, Self.least)
    places[count] = Place(place.list) << 32 | Place(place.offset)
  }

  /// Cuts the list: the first cut sets a threshold, and later ones wait until they are worth their cost.
  private mutating func cutWhenLong() {
    if count >= (threshold == .infinity ? wanted : 2 * wanted) { cut(toAtMost: wanted + wanted / 4) }
  }

  /// Keeps the `wanted` least candidates, or all if there are fewer. - Complexity: O(count).
  mutating func finish() { cut(toAtMost: wanted) }

  /// Moves the candidates with estimates up to `limit` to the front; returns the number of these.
  mutating func moveForward(within limit: Float, from start: Int) -> Int {
    var next = start
    for index in start..<count {
      let (estimate, place) = (estimates[index], places[index])
      (estimates[index], places[index]) = (estimates[next], places[next])
      (estimates[next], places[next]) = (estimate, place)
      next += estimate <= limit ? 1 : 0
    }
    return next - start
  }

  /// An estimate that at least `some` ≥ 1 candidates do not exceed, and at most `most` unless estimates are equal.
  func limit(ofLeast some: Int, atMost most: Int) -> Float {
    Kernels.active.limit_of_least_f32(estimates, count, some, most)
  }

  private mutating func cut(toAtMost most: Int) {
    guard count >= wanted, wanted > 0 else { return }
    let limit = limit(ofLeast: wanted, atMost: most)
    threshold = limit
    guard count > most else { return }
    var less = 0
    var equal = 0
    for index in 0..<count {
      let (estimate, place) = (estimates[index], places[index])
      estimates[less] = estimate
      places[less] = place
      ties[equal] = place
      less += estimate < limit ? 1 : 0
      equal += estimate == limit ? 1 : 0
    }
    // Of candidates with equal estimates the first ones stay, if not all can.
    let staying = less + equal <= most ? equal : wanted - less
    moveLeast(staying, of: ties, count: equal) { $0 < $1 }
    for index in 0..<staying {
      estimates[less + index] = limit
      places[less + index] = ties[index]
    }
    count = less + staying
  }

  private mutating func grow(to newCapacity: Int) {
    let grown = UnsafeMutableRawPointer.allocate(
      byteCount: Self.bytes(newCapacity), alignment: MemoryLayout<Place>.alignment)
    let parts = Self.parts(of: grown, newCapacity)
    parts.places.moveInitialize(from: places, count: count)
    parts.estimates.moveInitialize(from: estimates, count: count)
    memory.deallocate()
    (memory, capacity) = (grown, newCapacity)
    (places, ties, estimates) = parts
  }
}
