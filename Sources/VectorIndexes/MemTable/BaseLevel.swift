import Synchronization

/// The lists of a base index, none of which changes any more, and which of their vectors newer rows have replaced or
/// removed.
///
/// Unchecked because one writer marks what is replaced, by atomic stores that readers tell from their row limits.
final class BaseLevel: @unchecked Sendable {
  /// Of each vector of a list, the row that replaced or removed it, or `never`.
  typealias Ends = UnsafeMutablePointer<Atomic<UInt64>>

  let model: ProductModel
  let lists: PostingLists
  let defaultNProbe: Int
  /// The row after the last that is here: the insertion sequences of the vectors are below.
  let nextRow: UInt64
  /// The least row limit whose search finds here what it found before a flush: older versions are gone.
  let oldestLimit: UInt64
  /// Of each list, nil while it has lost no vector.
  let ends: UnsafeMutablePointer<Atomic<Ends?>>

  // What follows belongs to the writer.

  /// What is no longer the newest version, and the row that replaced or removed it.
  private(set) var superseded: [(id: UInt64, row: UInt64)] = []
  private var endCount = 0

  init(_ contents: BaseContents, oldestLimit: UInt64) {
    model = contents.model
    lists = contents.lists
    defaultNProbe = contents.defaultNProbe
    nextRow = contents.nextRow
    self.oldestLimit = oldestLimit
    ends = .allocate(capacity: contents.lists.listCount)
    for list in 0..<contents.lists.listCount { (ends + list).initialize(to: Atomic(nil)) }
  }

  deinit {
    for list in 0..<lists.listCount { ends[list].load(ordering: .acquiring)?.deallocate() }
    ends.deallocate()
  }

  /// Whether nothing has replaced or removed this vector below `limit`.
  static func isNewest(
    _ place: RowPlace, below limit: UInt64, ends: UnsafeMutablePointer<Atomic<Ends?>>
  ) -> Bool {
    guard let list = ends[Int(place.list)].load(ordering: .acquiring) else { return true }
    return list[Int(place.offset)].load(ordering: .relaxed) >= limit
  }

  /// Where the newest version of an id is, if it is here; from now on it can be marked.
  ///
  /// - Throws: `IndexError.storage`.
  /// - Complexity: O(1), in a file O(log n).
  func newestPlace(of id: UInt64) throws(IndexError) -> RowPlace? {
    guard let place = try lists.place(of: id), Self.isNewest(place, below: .max, ends: ends) else { return nil }
    try makeEnds(of: place.list)
    return place
  }

  /// Marks the version at a place that `newestPlace` has found, if it still is the newest, as ended by a row.
  ///
  /// - Complexity: O(1).
  func supersede(_ id: UInt64, at place: RowPlace, by row: UInt64) -> Bool {
    guard let list = ends[Int(place.list)].load(ordering: .relaxed),
      list[Int(place.offset)].load(ordering: .relaxed) == MemTableEntry.never
    else { return false }
    list[Int(place.offset)].store(row, ordering: .relaxed)
    superseded.append((id, row))
    return true
  }

  /// Bytes of what is kept beside the lists.
  var memoryBytes: Int {
    (endCount + lists.listCount) * MemoryLayout<UInt64>.stride
      + superseded.capacity * MemoryLayout<(id: UInt64, row: UInt64)>.stride
  }

  private func makeEnds(of list: UInt32) throws(IndexError) {
    guard ends[Int(list)].load(ordering: .relaxed) == nil else { return }
    let count = try lists.rowCount(of: list)
    let made = Ends.allocate(capacity: count)
    for offset in 0..<count { (made + offset).initialize(to: Atomic(MemTableEntry.never)) }
    ends[Int(list)].store(made, ordering: .releasing)
    endCount += count
  }
}
