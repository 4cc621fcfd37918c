import CKernels
import VectorCore

/// The candidates of least estimate seen so far, in no order: appended as they come, cut now and then.
///
/// What remains after `finish` are the least by (estimate, list, row), whatever the order in which lists were scanned.
/// A cut finds its threshold by bisection, without a branch for each candidate: a fifth of the time of a heap. Memory
/// is kept from search to search.
struct Shortlist: ~Copyable {
  /// Where a candidate is, as one number: its list, and its row there in the lower 32 bits.
  private typealias Place = UInt64

  /// No estimate is below: half of what a float holds, so that bisection can't overflow.
  private static let least = -Float.greatestFiniteMagnitude / 2

  private(set) var count = 0
  /// The estimate above which nothing can remain: infinity until there are enough.
  private(set) var threshold = Float.infinity
  private(set) var wanted = 0
  /// Candidates that were offered within the threshold, but that the search may not find.
  private(set) var hiddenCount = 0
  private var capacity = 0
  /// Infinity for an estimate that is not a number.
  private var estimates: UnsafeMutablePointer<Float>
  private var places: UnsafeMutablePointer<Place>
  /// Places of equal estimates, during a cut.
  private var ties: UnsafeMutablePointer<Place>

  init() {
    estimates = .allocate(capacity: 0)
    places = .allocate(capacity: 0)
    ties = .allocate(capacity: 0)
  }

  deinit {
    estimates.deallocate()
    places.deallocate()
    ties.deallocate()
  }

  func estimate(_ index: Int) -> Float { estimates[index] }

  func place(_ index: Int) -> RowPlace {
    RowPlace(list: UInt32(places[index] >> 32), offset: UInt32(truncatingIfNeeded: places[index]))
  }

  /// Empties the list for a new search for the `wanted` ≥ 1 least.
  mutating func reset(wanted: Int) {
    self.wanted = wanted
    count = 0
    hiddenCount = 0
    threshold = .infinity
  }

  /// Adds what a scan has kept of coded rows, counted from row `start`, and the search may find; of spilled copies those whose
  /// own list is not scanned.
  ///
  /// - Parameter isProbed: for each list, whether it is scanned.
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

  /// Adds a candidate that the search may find, or counts it as hidden. - Complexity: amortised O(1).
  mutating func append(_ estimate: Float, at place: RowPlace, in source: some ProductSource) {
    guard source.isVisible(place) else {
      hiddenCount += 1
      return
    }
    if count == capacity { grow(to: max(64, 2 * capacity)) }
    write(estimate, place)
    count += 1
    cutWhenLong()
  }

  /// Writes a candidate behind the last one.
  private mutating func write(_ estimate: Float, _ place: RowPlace) {
    estimates[count] = estimate.isNaN ? .infinity : max(estimate, Self.least)
    places[count] = Place(place.list) << 32 | Place(place.offset)
  }

  /// The first cut makes a threshold; later ones wait until they are worth their cost.
  private mutating func cutWhenLong() {
    if count >= (threshold == .infinity ? wanted : 2 * wanted) { cut(toAtMost: wanted + wanted / 4) }
  }

  /// Leaves exactly the `wanted` least, or all where there are no more. - Complexity: O(count).
  mutating func finish() { cut(toAtMost: wanted) }

  /// Moves the candidates that are at most as far as `limit` to the front, and says how many they are.
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

  /// An estimate within which are at least `some` ≥ 1 of all candidates, and no more than `most` unless they are equal.
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
    // Of equal ones the first, where not all can stay.
    let staying = less + equal <= most ? equal : wanted - less
    moveLeast(staying, of: ties, count: equal) { $0 < $1 }
    for index in 0..<staying {
      estimates[less + index] = limit
      places[less + index] = ties[index]
    }
    count = less + staying
  }

  private mutating func grow(to newCapacity: Int) {
    func move<Element>(_ elements: inout UnsafeMutablePointer<Element>) {
      let grown = UnsafeMutablePointer<Element>.allocate(capacity: newCapacity + 1)
      grown.moveInitialize(from: elements, count: count)
      elements.deallocate()
      elements = grown
    }
    move(&estimates)
    move(&places)
    ties.deallocate()
    ties = .allocate(capacity: newCapacity + 1)
    capacity = newCapacity
  }
}
